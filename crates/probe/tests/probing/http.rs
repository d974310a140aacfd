//! HTTP probes, from the request to the mark.

use navaid_core::{Switches, service::HealthChecker};
use navaid_probe::Mark;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

use crate::rig::{Rig, listen, subject};

/// Answers each request with a status.
async fn serve(listener: TcpListener, status: u16) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        assert!(request.starts_with(b"GET /h HTTP/1.1\r\n"), "redirects are not followed");
        let answer = format!("HTTP/1.1 {status} S\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// Probes an instance that answers with `status`: how many probes it took to mark it.
async fn probes_until_marked(status: u16) -> usize {
    let (listener, port) = listen().await;
    let checker = HealthChecker::Http { path: "/h".into(), headers: "".into(), expected_code: 200 };
    let rig = Rig::start(subject(port, checker), Switches::default());
    let mut server = JoinSet::new();
    server.spawn(serve(listener, status));
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    let probed = rig.table.probed_at_marks.lock()[0];
    assert!(rig.newest(port).contains(&status.to_string()));
    rig.stop().await;
    probed
}

#[tokio::test]
async fn statuses_mark_at_once_or_at_the_third_probe() {
    let marked = tokio::join!(probes_until_marked(404), probes_until_marked(503), probes_until_marked(302));
    assert_eq!(marked, (1, 3, 3));
}
