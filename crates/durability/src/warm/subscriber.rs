//! Clients that look.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use hyper::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::board::{Board, count, subscribed};
use super::publisher::done;
use super::{SERVICES, service_name};
use crate::grpc::GrpcClient;
use crate::http::HttpClient;
use crate::session::{self, End};

const LIST: &str = "/nacos/v1/ns/instance/list";
/// Pause of who lists, after each service.
const LISTS: Duration = Duration::from_millis(10);

/// Subscribes for ever, over one connection after the other.
pub(super) async fn listen(
    board: Rc<Board>,
    number: usize,
    port: u16,
    connecting: Rc<Semaphore>,
) -> Result<()> {
    session::repeat(async || hold_connection(&board, number, port, &connecting).await).await
}

async fn hold_connection(
    board: &Board,
    number: usize,
    port: u16,
    connecting: &Semaphore,
) -> Result<Infallible, End> {
    let permit = connecting.acquire().await.expect("the semaphore is never closed");
    let registered = GrpcClient::register_as(port, &[("module", "naming"), ("source", "sdk")]).await;
    let (mut connection, mut pushes) = registered.map_err(|_| End::Cut)?;
    drop(permit);
    count(&board.connections);
    for service in subscribed(number) {
        let body = json!({"namespace": "public", "groupName": "DEFAULT_GROUP", "serviceName": service_name(service),
                          "subscribe": true, "clusters": "", "module": "naming"});
        let answer = done(connection.call("SubscribeServiceRequest", &body).await)?;
        board.show(service, &answer.body["serviceInfo"], Some(number)).map_err(End::Mistake)?;
        count(&board.answers);
    }
    loop {
        let (kind, body) = pushes.next_whenever().await.map_err(|_| End::Cut)?;
        if kind == "NotifySubscriberRequest" {
            let view = &body["serviceInfo"];
            board.show(number_of(view).map_err(End::Mistake)?, view, Some(number)).map_err(End::Mistake)?;
            count(&board.pushes);
        }
    }
}

fn number_of(view: &Value) -> Result<usize> {
    let name = view["name"].as_str().and_then(|name| name.strip_prefix("warm-"));
    Ok(name.ok_or_else(|| anyhow!("a push of another service: {view}"))?.parse()?)
}

/// Lists all services over HTTP, for ever.
pub(super) async fn list(board: Rc<Board>, port: u16) -> Result<()> {
    session::repeat(async || {
        let mut http = HttpClient::connect(port).await.map_err(|_| End::Cut)?;
        for service in (0..SERVICES).cycle() {
            let asked = [("serviceName", service_name(service))];
            let asked = [("serviceName", &*asked[0].1)];
            let answer = http.call(Method::GET, LIST, &asked).await.map_err(|_| End::Cut)?;
            if answer.status == 503 {
                return Err(End::Cut);
            }
            let view = answer.json().map_err(End::Mistake)?;
            board.show(service, &view, None).map_err(End::Mistake)?;
            count(&board.lists);
            sleep(LISTS).await;
        }
        unreachable!("the services go round")
    })
    .await
}
