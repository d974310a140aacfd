//! The program as a user meets it: exit codes, output, signals.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;

use crate::server::{DEADLINE, Process, directory, free_port, navaid};

const SECRET: &str = "correct-horse-battery";

fn output(dir: &Path, args: &[&str]) -> Output {
    navaid(dir, args).output().expect("the program runs")
}

#[test]
fn reference_page_in_the_repository_is_current() {
    let printed = output(directory().path(), &["settings"]).stdout;
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let committed = fs::read(committed).expect("docs/settings.md exists");
    assert!(printed == committed, "docs/settings.md is old; run: navaid settings > docs/settings.md");
}

#[test]
fn version_is_printed() {
    let printed = output(directory().path(), &["--version"]).stdout;
    assert_eq!(String::from_utf8_lossy(&printed).trim(), concat!("navaid ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_settings_end_with_code_2_and_all_mistakes() {
    let output = output(directory().path(), &["--set", "server.port=x", "--set", "maxContent=y"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("2 mistakes") && told.contains("server.port = \"x\" (flag --set)"), "{told}");
    assert!(told.contains("maxContent = \"y\""), "{told}");
}

#[test]
fn effective_settings_mask_secrets() {
    let dir = directory();
    fs::create_dir(dir.path().join("conf")).expect("it can be made");
    let file = format!("db.password.0={SECRET}\nunknown.password={SECRET}\nmaxContent=7\n");
    fs::write(dir.path().join("conf/application.properties"), file).expect("it can be written");
    let output = navaid(dir.path(), &["settings", "--effective"])
        .env("NACOS_AUTH_TOKEN", SECRET)
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(0));
    let (listed, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        listed.contains("maxContent = 7") && listed.contains("conf/application.properties:3"),
        "{listed}"
    );
    assert!(!listed.contains(SECRET) && !told.contains(SECRET), "{listed}{told}");
    assert!(told.contains("unknown.password"), "{told}");
}

#[test]
#[cfg(unix)]
fn terminated_server_ends_cleanly_and_logs_no_secret() {
    let (dir, port) = (directory(), free_port());
    let port = format!("server.port={port}");
    let child = navaid(dir.path(), &["--set", &port, "--set", "nacos.console.port=0", "--data", "d"])
        .env("NACOS_AUTH_IDENTITY_VALUE", SECRET)
        .env("NAVAID_LOG_LEVEL", "debug")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut server = Process(child);
    let mut log = BufReader::new(server.0.stderr.take().expect("it is piped"));
    let mut told = String::new();
    while !told.contains("navaid is starting") {
        assert_ne!(log.read_line(&mut told).expect("the log is readable"), 0, "it ended: {told}");
    }
    let kill = Command::new("kill").arg(server.0.id().to_string()).status().expect("kill runs");
    assert!(kill.success());
    assert_eq!(server.0.wait().expect("it ends").code(), Some(0));
    std::io::Read::read_to_string(&mut log, &mut told).expect("the log is readable");
    assert!(told.contains(port.trim_start_matches("server.")) && told.contains("stopped"), "{told}");
    assert!(!told.contains(SECRET), "{told}");
}

/// A Nacos server would be locked from then on. This one has no lock, and whoever turns the key must learn that.
#[test]
fn access_control_that_is_switched_on_while_the_server_runs_is_told_in_the_log() {
    let (dir, port) = (directory(), free_port());
    let file = dir.path().join("my.properties");
    let settings = format!("nacos.server.main.port={port}\nnacos.console.port=0\n");
    fs::write(&file, &settings).expect("it can be written");
    let child = navaid(dir.path(), &["-c", "my.properties", "--data", "d"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut server = Process(child);
    let log = BufReader::new(server.0.stderr.take().expect("it is piped"));
    let (sender, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in log.lines() {
            let _ = sender.send(line.expect("the log is readable")); // nobody listens once the test is over
        }
    });
    let read_until = |sentence: &str| {
        let mut told = String::new();
        while !told.contains(sentence) {
            let line = lines.recv_timeout(DEADLINE);
            told.push_str(&line.unwrap_or_else(|_| panic!("no {sentence:?} in time: {told}")));
        }
        told
    };
    read_until("Nacos started successfully");
    fs::write(&file, settings + "nacos.core.auth.enabled=true\n").expect("it can be written");
    let told = read_until("access control is not available yet");
    assert!(told.contains("WARN") && told.contains("my.properties:3"), "{told}");
    drop(server);
    reader.join().expect("the log ends with its server");
}
