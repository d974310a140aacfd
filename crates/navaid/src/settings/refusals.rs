//! What Nacos can do and this release cannot: whoever asks for it gets one clear sentence instead of a server
//! that silently does less. Each function goes away with the release that brings its capability.

use std::net::IpAddr;

use super::Settings;
use super::catalog;
use super::cluster_conf::{self, MemberAddress, MemberList};
use super::container::SERVERS;
use super::conversion::{self, Reading};
use super::files::ClusterConf;
use super::load::Surroundings;
use super::mistake::{Mistake, Notice, Weight};
use super::protections::AUTH_SWITCHES;
use super::reader::Reader;
use super::source::Origin;

/// Adds a mistake for every capability that is asked for and not there.
pub(crate) fn check(
    reader: &mut Reader<'_>,
    settings: &Settings,
    surroundings: &Surroundings,
    cluster_conf: Option<&ClusterConf>,
) {
    access_control(reader);
    external_database(reader);
    encryption(reader);
    name_checks(reader);
    cluster(reader, settings, surroundings, cluster_conf);
}

/// An open server must not pass for a locked one.
fn access_control(reader: &mut Reader<'_>) {
    if reader.read(&catalog::AUTH_ENABLED)
        && let Some(text) = reader.raw(catalog::AUTH_ENABLED.about.name)
    {
        reader.refuse(
            &text,
            "access control is not available yet, and the server does not start open when it was asked to be \
             locked; set it to false to run without",
        );
    }
    for key in AUTH_SWITCHES {
        if let Some(text) = reader.raw(key) {
            match conversion::switch(&text.value) {
                Reading::Plain(true) => {
                    let note = "access control is not available yet: these calls are open";
                    reader.notice(Weight::Note, text.written, note);
                }
                Reading::Refused => reader.refuse(&text, "expected true or false"),
                Reading::Plain(false) | Reading::Odd(..) | Reading::Absent => {}
            }
        }
    }
}

/// Data must not land in the embedded store when it was meant for a database.
fn external_database(reader: &mut Reader<'_>) {
    for key in ["spring.sql.init.platform", "spring.datasource.platform"] {
        let Some(text) = reader.raw(key) else { continue };
        if !matches!(text.value.trim().to_ascii_lowercase().as_str(), "" | "derby") {
            reader.refuse(
                &text,
                "an external database is not supported yet; leave it empty to use the embedded store",
            );
            return;
        }
    }
}

/// Switches of TLS. Everything but a plain no asks for it.
pub(crate) const TLS_SWITCHES: [&str; 3] =
    ["server.ssl.enabled", "nacos.remote.server.rpc.tls.enableTls", "nacos.remote.peer.rpc.tls.enableTls"];
/// Keys that turn TLS on by themselves, unless the first of [`TLS_SWITCHES`] is off.
pub(crate) const TLS_STORES: [&str; 3] =
    ["server.ssl.key-store", "server.ssl.certificate", "server.ssl.bundle"];

/// A plain port must not pass for an encrypted one.
fn encryption(reader: &mut Reader<'_>) {
    let problem = "TLS is not available yet; set it to false to listen without";
    let mut is_refused = false;
    for key in TLS_SWITCHES {
        let Some(text) = reader.raw(key) else { continue };
        if !matches!(conversion::switch(&text.value), Reading::Plain(false) | Reading::Absent) {
            is_refused |= key == TLS_SWITCHES[0];
            reader.refuse(&text, problem);
        }
    }
    let is_off = reader
        .raw(TLS_SWITCHES[0])
        .is_some_and(|text| conversion::switch(&text.value) == Reading::Plain(false));
    for key in TLS_STORES.iter().filter(|_| !is_off && !is_refused) {
        if let Some(text) = reader.raw(key).filter(|text| !text.value.trim().is_empty()) {
            reader.refuse(&text, "TLS is not available yet, and this turns it on; set server.ssl.enabled=false to listen without");
            return;
        }
    }
}

/// Names are checked where they are parsed; a server that was asked not to must not pass for a lenient one.
fn name_checks(reader: &mut Reader<'_>) {
    if let Some(text) = reader.raw("nacos.core.param.check.enabled")
        && conversion::switch(&text.value) == Reading::Plain(false)
    {
        let note = "it cannot be switched off: characters and lengths of names are always checked";
        reader.notice(Weight::Warning, text.written, note);
    }
}

const NO_CLUSTER: &str = "clusters are not supported yet, and running alone would keep data on one machine that \
                          was meant for several; set nacos.standalone=true (MODE=standalone) to run alone";

/// A server that was meant for a cluster must not run alone.
fn cluster(
    reader: &mut Reader<'_>,
    settings: &Settings,
    surroundings: &Surroundings,
    cluster_conf: Option<&ClusterConf>,
) {
    let standalone = reader.read(&catalog::STANDALONE);
    reader.derived(&catalog::STANDALONE, true);
    if standalone == Some(true) {
        return;
    }
    if standalone == Some(false)
        && let Some(text) = reader.raw(catalog::STANDALONE.about.name)
    {
        return reader.refuse(&text, NO_CLUSTER);
    }
    let Some(named) = members(reader, settings, surroundings, cluster_conf) else { return };
    let (own, others): (Vec<_>, Vec<_>) =
        named.list.members.iter().partition(|member| is_self(member, settings, surroundings));
    if own.len() > 1 {
        let text = "several members are this server; a Java server takes them for different ones".to_owned();
        reader.notices.push(Notice {
            weight: Weight::Warning,
            key: named.key.clone(),
            origin: named.origin.clone(),
            text,
        });
    }
    let others: Vec<String> = others.into_iter().map(MemberAddress::to_string).collect();
    if !others.is_empty() {
        reader.mistakes.push(Mistake {
            key: named.key,
            value: Some(others.join(",")),
            origin: named.origin,
            problem: NO_CLUSTER.to_owned(),
        });
    }
}

/// Members, and who named them.
struct Named {
    key: String,
    origin: Origin,
    list: MemberList,
}

/// The list that counts: `NACOS_SERVERS`, else `cluster.conf`, else `nacos.member.list`.
fn members(
    reader: &mut Reader<'_>,
    settings: &Settings,
    surroundings: &Surroundings,
    cluster_conf: Option<&ClusterConf>,
) -> Option<Named> {
    let port = settings.listen.main_port;
    let servers =
        surroundings.environment.iter().find(|(name, value)| name == SERVERS && !value.trim().is_empty());
    let listed = reader.raw("nacos.member.list").filter(|text| !text.value.trim().is_empty());
    let from_setting = listed.map(|text| Named {
        key: text.written.name.clone(),
        origin: text.written.origin.clone(),
        list: cluster_conf::read_list(&text.value, port),
    });
    let named = if let Some((name, value)) = servers {
        let list = cluster_conf::read_servers(value, port);
        Named { key: name.clone(), origin: Origin::Variable(name.clone()), list }
    } else if let Some((path, bytes)) = cluster_conf {
        let list = match bytes {
            Ok(bytes) => cluster_conf::read_file(bytes, port),
            Err(problem) => MemberList::unreadable(problem),
        };
        Named { key: "cluster.conf".to_owned(), origin: Origin::File { path: path.clone(), line: 0 }, list }
    } else {
        return remark(reader, from_setting?);
    };
    if let Some(hidden) = from_setting.filter(|hidden| hidden.list.members != named.list.members) {
        let text = format!("it has no effect: the members of {} count", named.key);
        reader.notices.push(Notice { weight: Weight::Warning, key: hidden.key, origin: hidden.origin, text });
    }
    remark(reader, named)
}

/// Reports what is odd or wrong in a list; a list with errors is no list.
fn remark(reader: &mut Reader<'_>, named: Named) -> Option<Named> {
    let at = |line: u32| match &named.origin {
        Origin::File { path, .. } => Origin::File { path: path.clone(), line },
        origin => origin.clone(),
    };
    for warning in &named.list.warnings {
        reader.notices.push(Notice {
            weight: Weight::Warning,
            key: named.key.clone(),
            origin: at(warning.line),
            text: warning.text.clone(),
        });
    }
    for error in &named.list.errors {
        reader.mistakes.push(Mistake {
            key: named.key.clone(),
            value: None,
            origin: at(error.line),
            problem: error.text.clone(),
        });
    }
    named.list.errors.is_empty().then_some(named)
}

/// Whether a member is this server: its port, and an address or a name of this machine.
fn is_self(member: &MemberAddress, settings: &Settings, surroundings: &Surroundings) -> bool {
    let host = member.host.trim_start_matches('[').trim_end_matches(']');
    let own_names = [settings.own_address.as_deref(), surroundings.host_name.as_deref(), Some("localhost")];
    let own_address = || host.parse::<IpAddr>().is_ok_and(surroundings.is_own_address);
    member.port == settings.listen.main_port && (own_names.contains(&Some(host)) || own_address())
}
