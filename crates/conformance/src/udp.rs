//! The push port of a 1.x client: takes the server's datagrams and acknowledges them.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::inbox::Inbox;
use crate::json::Json;

/// The largest datagram there is.
pub(crate) const DATAGRAM_LIMIT: usize = 65_535;
/// The first bytes of a gzip stream.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

/// An open push port; closed when dropped.
#[derive(Debug)]
pub(crate) struct UdpListener {
    port: u16,
    inbox: Arc<Inbox>,
    _listening: JoinSet<()>,
}

impl UdpListener {
    /// Opens a port that the system chooses.
    pub(crate) async fn open() -> Result<Self> {
        let socket = UdpSocket::bind(("0.0.0.0", 0)).await.context("open push port")?;
        let port = socket.local_addr()?.port();
        let inbox = Arc::new(Inbox::default());
        let mut listening = JoinSet::new();
        listening.spawn(listen(socket, Arc::clone(&inbox)));
        Ok(Self { port, inbox, _listening: listening })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inbox
    }
}

async fn listen(socket: UdpSocket, inbox: Arc<Inbox>) {
    let mut buffer = vec![0; DATAGRAM_LIMIT];
    while let Ok((length, sender)) = socket.recv_from(&mut buffer).await {
        // No step asks for the type of an unreadable datagram, so the step that waits for a push fails.
        match read(&buffer[..length]) {
            Ok(push) => {
                if socket.send_to(acknowledgement(&push).to_ascii().as_bytes(), sender).await.is_err() {
                    return;
                }
                let kind = push.get("type").map(Json::bare).unwrap_or_default();
                inbox.put(kind, push);
            }
            Err(error) => inbox.put("unreadable".to_owned(), format!("{error:#}").into()),
        }
    }
}

/// The push of a datagram: its `data` parsed, and whether it came compressed under `gzip`.
pub(crate) fn read(datagram: &[u8]) -> Result<Json> {
    let is_packed = datagram.starts_with(GZIP_MAGIC);
    let mut text = String::new();
    if is_packed {
        GzDecoder::new(datagram).read_to_string(&mut text).context("unpack datagram")?;
    } else {
        text.push_str(std::str::from_utf8(datagram)?);
    }
    let Json::Object(mut fields) = Json::parse(&text)? else { anyhow::bail!("datagram is no object") };
    let data = fields.iter_mut().find(|(key, _)| key == "data").context("datagram lacks data")?;
    data.1 = Json::parse(data.1.as_text().context("data is no text")?)?;
    fields.push(("gzip".to_owned(), Json::Bool(is_packed)));
    Ok(Json::Object(fields))
}

fn acknowledgement(push: &Json) -> Json {
    let reference = push.get("lastRefTime").map_or("None".to_owned(), Json::bare);
    Json::object([("type", "push-ack".into()), ("lastRefTime", reference.into()), ("data", "".into())])
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const PUSH: &str = r#"{"type": "dom", "data": "{\"hosts\": []}", "lastRefTime": 77}"#;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn datagram_is_read_plain_and_compressed() {
        let expected = r#"{"type": "dom", "data": {"hosts": []}, "lastRefTime": 77, "gzip": false}"#;
        assert_eq!(read(PUSH.as_bytes()).unwrap().to_unicode(), expected);
        assert_eq!(read(&packed(PUSH)).unwrap().to_unicode(), expected.replace("false", "true"));
    }

    #[test]
    fn push_is_acknowledged_and_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = UdpListener::open().await.unwrap();
            let server = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
            server.send_to(PUSH.as_bytes(), ("127.0.0.1", listener.port())).await.unwrap();
            let mut answer = [0; 200];
            let length = server.recv(&mut answer).await.unwrap();
            let expected = br#"{"type": "push-ack", "lastRefTime": "77", "data": ""}"#;
            assert_eq!(&answer[..length], expected);
            assert_eq!(listener.inbox().take("dom", Duration::from_millis(50)).await.len(), 1);
        });
    }
}
