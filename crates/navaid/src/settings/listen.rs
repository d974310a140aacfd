//! Where the server listens.

use std::net::IpAddr;

use super::catalog;
use super::context_path::ContextPath;
use super::mistake::{Mistake, Weight};
use super::reader::{Reader, Text};
use super::source::Origin;

/// Distance from the main port at which the clients of Nacos look for gRPC.
const GRPC_OFFSET: u16 = 1000;

/// Ports, addresses and context paths. All ports are different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Address of all ports; `None` means all addresses.
    pub address: Option<IpAddr>,
    /// HTTP API; gRPC is accepted on it as well.
    pub main_port: u16,
    /// Address of the gRPC port; `None` means all addresses.
    pub grpc_address: Option<IpAddr>,
    /// gRPC of clients.
    pub grpc_port: u16,
    /// Console and its health paths; `None` when it is off.
    pub console_port: Option<u16>,
    /// Path in front of the HTTP API.
    pub context_path: ContextPath,
    /// Path in front of the console port.
    pub console_context_path: ContextPath,
}

impl Listen {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let main_port = reader.read(&catalog::MAIN_PORT);
        note_old_port(reader, main_port);
        let grpc_port = reader.read(&catalog::GRPC_PORT).unwrap_or(main_port + GRPC_OFFSET);
        reader.derived(&catalog::GRPC_PORT, grpc_port);
        let console_port = reader.read(&catalog::CONSOLE_PORT);
        let address = reader.read(&catalog::LISTEN_ADDRESS);
        let grpc_address = reader.read(&catalog::GRPC_LISTEN_ADDRESS).or(address);
        refuse_equal(
            reader,
            &[
                (catalog::MAIN_PORT.about.name, main_port),
                (catalog::GRPC_PORT.about.name, grpc_port),
                (catalog::CONSOLE_PORT.about.name, console_port),
            ],
        );
        Self {
            address,
            main_port,
            grpc_address,
            grpc_port,
            console_port: (console_port != 0).then_some(console_port),
            context_path: reader.read(&catalog::CONTEXT_PATH),
            console_context_path: reader.read(&catalog::CONSOLE_CONTEXT_PATH),
        }
    }
}

/// Keys of Nacos 3: where one is written, the settings are meant for it.
const OF_NACOS_3: [&str; 5] = [
    "nacos.server.contextPath",
    "nacos.console.port",
    "nacos.deployment.type",
    "nacos.core.auth.admin.enabled",
    "nacos.core.auth.console.enabled",
];

/// Nacos 3 takes `server.port` for some of its ports only. Here it is the main port, for all that follow it. A flag is
/// meant for Navaid.
fn note_old_port(reader: &mut Reader<'_>, port: u16) {
    let about = &catalog::MAIN_PORT.about;
    let ([old], true) = (about.also, OF_NACOS_3.iter().any(|key| reader.is_written(key))) else { return };
    if reader.is_written(about.name) || about.default == port.to_string() {
        return;
    }
    let is_flag = |text: &Text<'_>| matches!(text.written.origin, Origin::Flag(_));
    if let Some(text) = reader.raw(old).filter(|text| !is_flag(text)) {
        let note = "it is the main port, which gRPC follows; Nacos 3 leaves gRPC where it is and lets the console try \
                    this port too: write nacos.server.main.port";
        reader.notice(Weight::Warning, text.written, note);
    }
}

/// Two listeners cannot have one port.
fn refuse_equal(reader: &mut Reader<'_>, ports: &[(&'static str, u16)]) {
    for (index, (key, port)) in ports.iter().enumerate() {
        if let Some((other, _)) = ports[..index].iter().find(|(_, other)| other == port) {
            let row = reader.rows.iter().find(|row| row.key == *key);
            reader.mistakes.push(Mistake {
                key: (*key).to_owned(),
                value: Some(port.to_string()),
                origin: row.map_or(Origin::Default, |row| row.origin.clone()),
                problem: format!("expected a port of its own; {other} has the same"),
            });
        }
    }
}
