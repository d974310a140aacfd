//! Connections that do nothing, or too little.

use anyhow::{Context, Result, ensure};
use durability::GrpcClient;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use crate::subject::{DEADLINE, check};

const IDLE: usize = 1000;
/// What a connection that does nothing may cost, in KiB.
const IDLE_MAX: u64 = 64;
/// Between two bytes of a client that is slow.
const DRIP: Duration = Duration::from_millis(500);

#[test]
fn connections_that_do_nothing_leave_room_for_others() {
    check(async |subject| {
        let before = subject.resident()?;
        let mut idle = Vec::new();
        for number in 0..IDLE {
            let port = if number % 2 == 0 { subject.port() } else { subject.grpc_port() };
            idle.push(TcpStream::connect(("127.0.0.1", port)).await?);
        }
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        client.call("HealthCheckRequest", &json!({})).await?.success()?;
        subject.serves().await?;
        let after = subject.resident()?;
        ensure!(
            after < before + IDLE as u64 * IDLE_MAX / 1024,
            "memory went from {before} MiB to {after} MiB"
        );
        Ok(())
    });
}

/// Java's `shutDown` closes its half of the stream and keeps the connection (`spec/clients-on-the-wire` A §2).
#[test]
fn clients_that_close_their_half_and_stay_are_gone_for_others_and_cost_little() {
    check(async |subject| {
        let before = subject.resident()?;
        let mut half_closed = Vec::new();
        for number in 0..IDLE {
            let (mut client, pushes) = GrpcClient::register(subject.port(), "naming").await?;
            let instance = json!({"ip": "10.0.0.1", "port": number + 1, "ephemeral": true});
            let body = json!({"namespace": "public", "groupName": "g", "serviceName": "half",
                              "type": "registerInstance", "instance": instance});
            client.call("InstanceRequest", &body).await?.success()?;
            half_closed.push((client, pushes.close_half()));
        }
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "naming").await?;
        let query = json!({"namespace": "public", "groupName": "g", "serviceName": "half"});
        let gone = async {
            while client.call("ServiceQueryRequest", &query).await?.body["serviceInfo"]["hosts"]
                .as_array()
                .is_none_or(|hosts| !hosts.is_empty())
            {
                sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        };
        timeout(DEADLINE, gone).await.context("their instances stay")??;
        let after = subject.resident()?;
        ensure!(
            after < before + IDLE as u64 * IDLE_MAX / 1024,
            "memory went from {before} MiB to {after} MiB"
        );
        Ok(())
    });
}

#[test]
fn client_that_does_not_finish_its_request_is_cut_off() {
    check(async |subject| {
        let heads: [&[u8]; 7] = [
            b"",
            b"P",
            b"PRI * HTTP/2.0\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
            b"GET /nacos HTTP/1.1\r\n",
            b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
            b"POST /nacos/v1/cs/configs HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\ndata",
        ];
        let mut cases = JoinSet::new();
        for port in [subject.port(), subject.grpc_port()] {
            for head in heads {
                cases.spawn(async move {
                    drip(port, head).await.with_context(|| format!("{:?}", head.escape_ascii().to_string()))
                });
            }
        }
        while let Some(case) = cases.join_next().await {
            case??;
        }
        Ok(())
    });
}

/// Sends the beginning of a request, then, within a header, a byte from time to time, until the server closes the connection.
async fn drip(port: u16, head: &[u8]) -> Result<()> {
    let (mut incoming, mut outgoing) = TcpStream::connect(("127.0.0.1", port)).await?.into_split();
    outgoing.write_all(head).await?;
    let is_in_header = head.ends_with(b": ");
    let slow = async {
        loop {
            sleep(DRIP).await;
            if is_in_header && outgoing.write_all(b"x").await.is_err() {
                break;
            }
        }
    };
    let mut answer = Vec::new();
    let closed = async {
        tokio::select! {
            // An error is an end too: the server closed with bytes unread.
            _ = incoming.read_to_end(&mut answer) => {}
            () = slow => {}
        }
    };
    timeout(DEADLINE, closed).await.context("the server waits for ever")
}
