//! Listening by long polling.

use std::convert::Infallible;
use std::rc::Rc;

use anyhow::{Result, bail};
use hyper::Method;
use tokio::sync::Semaphore;

use super::listener::{Listener, count};
use super::{GROUP, ITEM_PATH, POLL, TAG};
use crate::http::HttpClient;
use crate::session::{self, End};

/// Polls for ever, over one connection after the other; ends with a mistake of the server.
pub(super) async fn listen(listener: Rc<Listener>, port: u16, connecting: Rc<Semaphore>) -> Result<()> {
    session::repeat(async || hold_session(&listener, port, &connecting).await).await
}

async fn hold_session(listener: &Listener, port: u16, connecting: &Semaphore) -> Result<Infallible, End> {
    let permit = connecting.acquire().await.expect("the semaphore is never closed");
    let mut http = HttpClient::connect(port).await.map_err(|_| End::Cut)?;
    drop(permit);
    count(&listener.connections);
    loop {
        if is_told(listener, &mut http).await? {
            count(&listener.notices);
            read(listener, &mut http).await?;
        }
    }
}

/// One poll; says whether it was told of a change.
async fn is_told(listener: &Listener, http: &mut HttpClient) -> Result<bool, End> {
    let listening = format!("{}\u{2}{GROUP}\u{2}{}\u{1}", listener.data_id(), listener.md5());
    let hold = POLL.as_millis().to_string();
    let mut headers = vec![("Long-Pulling-Timeout", hold.as_str())];
    headers.extend(tag(listener));
    let path = format!("{ITEM_PATH}/listener");
    let asked = [("Listening-Configs", listening.as_str())];
    let answer = http.call_with(Method::POST, &path, &asked, &headers).await.map_err(|_| End::Cut)?;
    Ok(!answer.success().map_err(End::Mistake)?.body.trim().is_empty())
}

async fn read(listener: &Listener, http: &mut HttpClient) -> Result<(), End> {
    let (data_id, headers) = (listener.data_id(), Vec::from_iter(tag(listener)));
    let asked = [("dataId", data_id.as_str()), ("group", GROUP)];
    let answer = http.call_with(Method::GET, ITEM_PATH, &asked, &headers).await.map_err(|_| End::Cut)?;
    let md5 = answer.headers.get("content-md5").and_then(|value| value.to_str().ok());
    let taken = match answer.status {
        200 => listener.take(Some(answer.body.as_str().into()), md5),
        404 => listener.take(None, None),
        status => (|| bail!("a read was answered {status} {}", answer.body))(),
    };
    taken.map_err(End::Mistake)
}

fn tag(listener: &Listener) -> Option<(&'static str, &'static str)> {
    listener.temper.is_tagged.then_some(("Vipserver-Tag", TAG))
}
