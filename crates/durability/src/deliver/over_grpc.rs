//! Listening over gRPC.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::listener::{Listener, count};
use super::{GROUP, TAG};
use crate::grpc::{GrpcClient, Pushes};
use crate::session::{self, End};

/// How long a forgetful client takes from reading a change to believing that it is in step.
const ABSENT_MIND: Duration = Duration::from_millis(20);

/// Listens for ever, over one connection after the other; ends with a mistake of the server.
pub(super) async fn listen(listener: Rc<Listener>, port: u16, connecting: Rc<Semaphore>) -> Result<()> {
    session::repeat(async || hold_session(&listener, port, &connecting).await).await
}

async fn hold_session(listener: &Listener, port: u16, connecting: &Semaphore) -> Result<Infallible, End> {
    let permit = connecting.acquire().await.expect("the semaphore is never closed");
    let mut labels = vec![("module", "config")];
    labels.extend(listener.temper.is_tagged.then_some(("Vipserver-Tag", TAG)));
    let registered = GrpcClient::register_as(port, &labels).await;
    let (mut client, mut pushes) = registered.map_err(|_| End::Cut)?;
    while !is_in_step(listener, &mut client).await? {
        read(listener, &mut client).await?;
    }
    drop(permit);
    count(&listener.connections);
    loop {
        until_notice(listener, &mut pushes).await?;
        read(listener, &mut client).await?;
        if listener.temper.is_forgetful {
            // What comes in the meantime is acknowledged and has no consequence.
            while timeout(ABSENT_MIND, until_notice(listener, &mut pushes))
                .await
                .is_ok_and(|told| told.is_ok())
            {}
            continue;
        }
        while !is_in_step(listener, &mut client).await? {
            read(listener, &mut client).await?;
        }
    }
}

async fn until_notice(listener: &Listener, pushes: &mut Pushes) -> Result<(), End> {
    loop {
        let (kind, _) = pushes.next_whenever().await.map_err(|_| End::Cut)?;
        if kind == "ConfigChangeNotifyRequest" {
            count(&listener.notices);
            return Ok(());
        }
    }
}

/// Tells the server what the client holds; says whether that is what it would be given.
async fn is_in_step(listener: &Listener, client: &mut GrpcClient) -> Result<bool, End> {
    let context = json!({"dataId": listener.data_id(), "group": GROUP, "tenant": "", "md5": listener.md5()});
    let body = json!({"listen": true, "configListenContexts": [context], "module": "config"});
    let answer = client.call("ConfigBatchListenRequest", &body).await.map_err(|_| End::Cut)?;
    let answer = answer.success().map_err(End::Mistake)?;
    Ok(answer.body["changedConfigs"].as_array().is_none_or(Vec::is_empty))
}

async fn read(listener: &Listener, client: &mut GrpcClient) -> Result<(), End> {
    let body = json!({"dataId": listener.data_id(), "group": GROUP, "tenant": "", "module": "config"});
    let answer = client.call("ConfigQueryRequest", &body).await.map_err(|_| End::Cut)?;
    let taken = || {
        if answer.body["errorCode"] == 300 {
            return listener.take(None, None);
        }
        if !answer.is_success() {
            bail!("a read was answered {}", answer.body);
        }
        let content = answer.body["content"].as_str().context("a content")?;
        listener.take(Some(content.into()), answer.body["md5"].as_str())
    };
    taken().map_err(End::Mistake)
}
