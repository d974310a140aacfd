//! The program under test: started in a directory of its own, without the variables of whoever runs the tests.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Longer than the slowest thing here takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn navaid(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_navaid"));
    command.args(args).current_dir(dir).env_clear();
    command
}

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory for the test")
}

/// A started program, killed when the test is over.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended already
        let _ = self.0.wait();
    }
}

/// A server that is ready.
pub(crate) struct Server {
    _process: Process,
    port: u16,
    _dir: TempDir,
}

impl Server {
    /// Starts one with `settings`, each `key=value`, and waits until it is ready.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let (dir, port) = (directory(), free_port());
        let child = navaid(dir.path(), &["--set", &format!("server.port={port}"), "--data", "d"])
            .args(["--set", "nacos.console.port=0"])
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let server = Self { _process: Process(child), port, _dir: dir };
        wait_for("server", || server.ask("GET", "/v3/admin/core/state/readiness").0 == 200);
        server
    }

    /// Status and body of a call; 0 while nobody listens.
    pub(crate) fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return (0, String::new()) };
        let head = format!(
            "{method} /nacos{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers in text");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head, then a body");
        (status.expect("a status"), body.to_owned())
    }

    /// Makes a call that is answered `ok`.
    pub(crate) fn done(&self, method: &str, path: &str) {
        assert_eq!(self.ask(method, path), (200, "ok".to_owned()), "{method} {path}");
    }
}

/// A main port whose gRPC port is free as well.
pub(crate) fn free_port() -> u16 {
    let free =
        |port| TcpListener::bind(("0.0.0.0", port)).and_then(|l| l.local_addr()).map(|a| a.port()).ok();
    (0..100)
        .filter_map(|_| free(0))
        .find(|port| *port <= 64_534 && free(port + 1000).is_some())
        .expect("some pair of ports is free")
}

pub(crate) fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < DEADLINE, "no {what} in time");
        std::thread::sleep(Duration::from_millis(50));
    }
}
