//! Clients that publish, and come back as SDKs do.

use std::convert::Infallible;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use hyper::Method;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::board::{Board, count};
use super::{service_name, services_of};
use crate::dice::Dice;
use crate::grpc::{GrpcAnswer, GrpcClient};
use crate::http::HttpClient;
use crate::session::{self, End};

const INSTANCE: &str = "/nacos/v1/ns/instance";
const BEAT: &str = "/nacos/v1/ns/instance/beat";
/// Java registers again within this after it has connected.
const REDO_MAX: u64 = 3_000;
/// One in so many is as slow as Python SDKs are, measured by the window …
const SLOW_ONE_IN: u64 = 5;
/// … and takes up to this.
const SLOW_MAX: u64 = 7_000;
/// Pause between two beats.
const BEATS: Duration = Duration::from_secs(2);
/// What the server is told of it: the interval, the silence borne, and that after which the instance goes.
const TERMS: &str = r#"{"preserved.heart.beat.interval":"2000","preserved.heart.beat.timeout":"18000","preserved.ip.delete.timeout":"20000"}"#;

/// Who publishes. Each client has one address, in all its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Client {
    Grpc(usize),
    Http(usize),
}

impl Client {
    pub(super) fn number(self) -> usize {
        match self {
            Self::Grpc(number) | Self::Http(number) => number,
        }
    }

    fn ip(self) -> String {
        match self {
            Self::Grpc(number) => format!("10.1.0.{number}"),
            Self::Http(number) => format!("10.2.0.{number}"),
        }
    }

    pub(super) fn address(self) -> String {
        format!("{}:80", self.ip())
    }
}

/// Publishes for ever, over one connection after the other.
pub(super) async fn over_grpc(
    board: Rc<Board>,
    number: usize,
    port: u16,
    mut dice: Dice,
    connecting: Rc<Semaphore>,
) -> Result<()> {
    let mut is_first = true;
    session::repeat(async || {
        let redo = match dice.below(SLOW_ONE_IN) {
            0 => dice.below(SLOW_MAX),
            _ => dice.below(REDO_MAX),
        };
        let redo = Duration::from_millis(if std::mem::take(&mut is_first) { 0 } else { redo });
        hold_connection(&board, number, port, (redo, &connecting)).await
    })
    .await
}

async fn hold_connection(
    board: &Board,
    number: usize,
    port: u16,
    (redo, connecting): (Duration, &Semaphore),
) -> Result<Infallible, End> {
    let client = Client::Grpc(number);
    if board.is_dead(client) {
        return pending().await;
    }
    let permit = connecting.acquire().await.expect("the semaphore is never closed");
    let registered = GrpcClient::register_as(port, &[("module", "naming"), ("source", "sdk")]).await;
    let (mut connection, mut pushes) = registered.map_err(|_| End::Cut)?;
    drop(permit);
    count(&board.connections);
    sleep(redo).await;
    for service in services_of(number) {
        let instance = json!({"ip": client.ip(), "port": 80, "weight": 1.0, "healthy": true, "enabled": true,
                              "ephemeral": true, "metadata": {"client": number.to_string()}});
        let body = json!({"namespace": "public", "groupName": "DEFAULT_GROUP", "serviceName": service_name(service),
                          "type": "registerInstance", "instance": instance, "module": "naming"});
        done(connection.call("InstanceRequest", &body).await)?;
    }
    loop {
        // What comes is of no interest but its end.
        pushes.next_whenever().await.map_err(|_| End::Cut)?;
    }
}

/// Registers once and beats for ever; an instance that the server does not know is a mistake of it.
pub(super) async fn over_http(board: Rc<Board>, number: usize, port: u16, mut dice: Dice) -> Result<()> {
    let mut has_registered = false;
    let mut first_beat = Duration::from_millis(dice.below(2_000));
    session::repeat(async || {
        let client = Client::Http(number);
        if board.is_dead(client) {
            return pending().await;
        }
        let mut http = HttpClient::connect(port).await.map_err(|_| End::Cut)?;
        if !has_registered {
            for service in services_of(number) {
                let name = service_name(service);
                let body =
                    [("serviceName", &*name), ("ip", &client.ip()), ("port", "80"), ("metadata", TERMS)];
                call(&mut http, Method::POST, INSTANCE, &body).await?;
            }
            has_registered = true;
        }
        sleep(std::mem::take(&mut first_beat)).await;
        loop {
            if board.is_dead(client) {
                return pending().await;
            }
            for service in services_of(number) {
                let name = service_name(service);
                let body = [("serviceName", &*name), ("ip", &client.ip()), ("port", "80")];
                let answer = call(&mut http, Method::PUT, BEAT, &body).await?;
                if !answer.contains("\"code\":10200") {
                    return Err(End::Mistake(anyhow!("a beat of {name} was answered {answer}")));
                }
                count(&board.beats);
            }
            sleep(BEATS).await;
        }
    })
    .await
}

/// Passes a successful answer on. A server that starts or stops says so, and is asked again.
pub(super) fn done(answer: Result<GrpcAnswer>) -> Result<GrpcAnswer, End> {
    const STARTING: i32 = 300;
    let answer = answer.map_err(|_| End::Cut)?;
    if answer.is_success() {
        return Ok(answer);
    }
    if answer.body["errorCode"] == STARTING {
        return Err(End::Cut);
    }
    Err(End::Mistake(anyhow!("answered {}: {}", answer.kind, answer.body)))
}

async fn call(
    http: &mut HttpClient,
    method: Method,
    path: &str,
    parameters: &[(&str, &str)],
) -> Result<String, End> {
    let answer = http.call(method, path, parameters).await.map_err(|_| End::Cut)?;
    match answer.status {
        200 => Ok(answer.body),
        // It starts, or stops.
        503 => Err(End::Cut),
        status => Err(End::Mistake(anyhow!("{path} was answered {status}: {}", answer.body))),
    }
}
