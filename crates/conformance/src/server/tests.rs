use std::os::unix::fs::PermissionsExt;

use super::*;

/// Starts a shell script in place of the server.
fn start(script: &str) -> Result<Server> {
    let directory = TempDir::new().unwrap();
    let binary = directory.path().join("navaid");
    fs::write(&binary, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let recording = Recording::new("nacos-2.5.1", "auth-x", "");
    runtime.block_on(Server::start(&binary, &Ports::default(), &recording))
}

#[test]
fn server_that_ends_early_is_reported_with_its_log() {
    let error = format!("{:#}", start("echo cannot open store >&2; exit 3").unwrap_err());
    assert!(error.contains("exit status: 3") && error.contains("cannot open store"), "{error}");
}

#[test]
fn server_is_given_its_ports_directory_and_settings() {
    let error = format!("{:#}", start(r#"echo "$@"; exit 1"#).unwrap_err());
    assert!(error.contains("server --data "), "{error}");
    for setting in ["nacos.server.main.port=", "nacos.console.port=", "nacos.core.auth.enabled=true"] {
        assert!(error.contains(&format!("--set {setting}")), "{error}");
    }
}

#[test]
fn port_taken_by_another_is_tried_again() {
    let error = start("echo Address already in use; exit 1").unwrap_err();
    assert_eq!(error.to_string(), "ports were taken by others 3 times");
}

#[test]
fn panic_and_unasked_end_are_faults() {
    let directory = TempDir::new().unwrap();
    let log = "INFO ready\nthread 'main' panicked at src/main.rs:1:1:\nboom\n";
    fs::write(log_path(&directory), log).unwrap();
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    let launch =
        Launch { binary: PathBuf::new(), ports: ServerPorts { main: 1, console: 2 }, settings: Vec::new() };
    let mut server = Server { launch, child, target: Target::new("127.0.0.1", 1, None), directory };
    assert_eq!(server.faults(), ["the server panicked: thread 'main' panicked at src/main.rs:1:1:"]);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(server.faults()[0].starts_with("the server ended by itself"));
    assert_eq!(server.log_tail(), log.trim_end());
}
