//! What a running server makes of a file that changes.

use super::super::follow::Change;
use super::*;

const AT: &str = "conf/application.properties";

/// A server that was started with this file.
fn started(text: &str) -> (Start, Follower) {
    let start = Start::new().main_file(text);
    let follower = Follower::new(start.surroundings.clone(), &start.loaded());
    (start, follower)
}

/// What the server says once the file is this; the length of the text must differ from the one before.
fn changed((start, mut follower): (Start, Follower), text: &str) -> ((Start, Follower), Vec<String>) {
    let start = start.main_file(text);
    let says = |change: Change| match change {
        Change::Log(filter) => format!("log {filter}"),
        Change::Later { key, value, origin } => format!("{key} = {value} ({origin})"),
        Change::Removed { key } => format!("removed {key}"),
        Change::Refused(mistakes) => mistakes.to_string(),
    };
    let said = follower.look().into_iter().map(says).collect();
    ((start, follower), said)
}

/// A Nacos server would be locked from now on. This one stays open, and says so.
#[test]
fn s1_access_control_that_is_switched_on_in_the_file_is_refused_aloud() {
    let server = started("nacos.core.auth.enabled=false");
    let (server, said) = changed(server, "nacos.core.auth.enabled=yes");
    assert!(said.len() == 1 && said[0].contains("access control is not available yet"), "{said:?}");
    for wrong in ["nacos.core.auth.enabled=", "nacos.core.auth.enabled=maybe"] {
        let (_, said) = changed(started("nacos.core.auth.enabled=false"), wrong);
        assert!(said.len() == 1 && said[0].contains("expected true or false"), "{said:?}");
    }
    let (_, said) = changed(server, "");
    assert_eq!(said, [""; 0]);
}

#[test]
fn s1_emptied_or_removed_protection_stays_and_is_warned_about() {
    let (server, said) = changed(started("navaid.mesh.token=t0ken"), "navaid.mesh.token=");
    assert!(said.len() == 1 && said[0].contains("would stand open"), "{said:?}");
    let (server, said) = changed(server, "# nothing");
    assert_eq!(said, ["removed navaid.mesh.token"]);
    let (server, said) = changed(server, "navaid.mesh.token=0ther");
    assert_eq!(said, [format!("navaid.mesh.token = *** ({AT}:1)")]);
    let (_, said) = changed(server, "navaid.mesh.token=0therwise");
    assert_eq!(said, [format!("navaid.mesh.token = *** ({AT}:1)")]);
}

#[test]
fn changed_level_of_the_log_counts_at_once_and_all_else_at_the_next_start() {
    let server = started("navaid.log.level=warn\nmaxContent=5");
    let (server, said) = changed(server, "navaid.log.level=debug\nmaxContent=66\n");
    assert_eq!(said, [format!("maxContent = 66 ({AT}:2)"), "log debug".to_owned()]);
    let (server, said) = changed(server, "");
    assert_eq!(said, ["maxContent = 10485760 (default)", "log info"]);
    let (server, said) = changed(server, "");
    assert_eq!(said, [""; 0]);
    let (_, said) = changed(server, "a=\\u1");
    assert!(said.len() == 1 && said[0].contains("malformed"), "{said:?}");
}
