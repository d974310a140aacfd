//! The mesh port.

use std::net::IpAddr;
use std::time::Duration;

use navaid_mesh::{Limits, MeshSettings, PushTiming, TlsFiles, Translation};

use super::catalog::mesh as leaves;
use super::reader::Reader;

/// What the mesh port is started with.
#[derive(Debug, Clone)]
pub struct MeshListen {
    /// `None` means all addresses.
    pub address: Option<IpAddr>,
    pub port: u16,
    pub edge: MeshSettings,
}

/// Longest wait of a service for rest, where no key says otherwise.
const DEBOUNCE_MAX: Duration = Duration::from_secs(5);

/// Reads all leaves; none if the port stays closed.
pub(crate) fn read(reader: &mut Reader<'_>, address: Option<IpAddr>) -> Option<MeshListen> {
    let is_enabled = reader.read(&leaves::ENABLED);
    let extension = reader.read(&leaves::EXTENSION);
    let (own_address, port) = (reader.read(&leaves::ADDRESS), reader.read(&leaves::PORT));
    reader.read(&leaves::SERVER_FULL);
    let edge = MeshSettings {
        translation: read_translation(reader),
        timing: read_timing(reader),
        limits: Limits { streams: reader.read(&leaves::STREAMS), ..Limits::default() },
        tls: read_tls(reader),
        token: reader.read(&leaves::TOKEN),
    };
    let is_open = is_enabled && extension != Some(false);
    is_open.then(|| MeshListen { address: own_address.or(address), port, edge })
}

fn read_translation(reader: &mut Reader<'_>) -> Translation {
    Translation {
        suffix: reader.read(&leaves::SUFFIX),
        namespaces: reader.read(&leaves::NAMESPACES),
        groups: reader.read(&leaves::GROUPS),
        istio_namespace: reader.read(&leaves::ISTIO_NAMESPACE).map(Into::into),
        export_to: reader.read(&leaves::EXPORT_TO),
        is_hostname_verbatim: reader.read(&leaves::HOSTNAME_VERBATIM),
        is_single_port: reader.read(&leaves::SINGLE_PORT),
    }
}

fn read_timing(reader: &mut Reader<'_>) -> PushTiming {
    let (longest, interval) = (reader.read(&leaves::DEBOUNCE_MAX), reader.read(&leaves::PUSH_INTERVAL));
    PushTiming {
        quiet: reader.read(&leaves::DEBOUNCE_AFTER),
        quiet_max: longest.or(interval).unwrap_or(DEBOUNCE_MAX),
        spacing: reader.read(&leaves::SPACING),
    }
}

/// Certificate and key go together, and callers can only be known by certificates where there is TLS.
fn read_tls(reader: &mut Reader<'_>) -> Option<TlsFiles> {
    let certificate = reader.read(&leaves::CERTIFICATE);
    let key = reader.read(&leaves::KEY);
    let client_authorities = reader.read(&leaves::CLIENT_CA);
    let mut lonely = |leaf: &super::leaf::About, other: &super::leaf::About| {
        if let Some(text) = reader.raw(leaf.name) {
            reader.refuse(&text, format!("it has no meaning without {}", other.name));
        }
    };
    match (&certificate, &key) {
        (Some(_), None) => lonely(&leaves::CERTIFICATE.about, &leaves::KEY.about),
        (None, Some(_)) => lonely(&leaves::KEY.about, &leaves::CERTIFICATE.about),
        (None, None) if client_authorities.is_some() => {
            lonely(&leaves::CLIENT_CA.about, &leaves::CERTIFICATE.about);
        }
        (None, None) | (Some(_), Some(_)) => {}
    }
    Some(TlsFiles { certificate: certificate?, key: key?, client_authorities })
}
