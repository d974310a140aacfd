//! The actions of a step, read from its JSON.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{seconds, texts};
use crate::json::Json;

/// How long a `push` step listens when it does not say.
const PUSH_WAIT: Duration = Duration::from_secs(3);
/// How long a `join` step waits when it does not say.
const JOIN_WAIT: Duration = Duration::from_secs(35);
/// The wait after `connect` and `start` when they do not say: what they began should have reached the server.
const SETTLE: Duration = Duration::from_secs(1);

/// What a step does.
#[derive(Debug)]
pub(crate) enum Action {
    /// One HTTP request.
    Http(HttpRequest),
    /// The same in the background, for a request that the server holds.
    Start(StartRequest),
    /// The answer of a started request.
    Join { name: String, wait: Duration },
    /// Opens a gRPC connection.
    Connect(Connect),
    /// One unary gRPC request.
    Call(Call),
    /// One message on the stream.
    Send(Send),
    /// The pushes of a type that arrive.
    Push(Push),
    /// Opens the push port of a 1.x client; its number becomes the variable `NAME_port`.
    Udp { name: String },
    /// Whether the server has closed the stream.
    StreamState { on: String },
    /// Drops the connection without deregistering.
    Close { on: String },
    /// Waits.
    Pause(Duration),
}

/// An HTTP request as the scenario writes it.
#[derive(Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<Json>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) port: PortChoice,
    /// Lower-case names of the answer's headers to keep.
    pub(crate) keep_headers: Vec<String>,
    /// Whether the seconds that the answer took count.
    pub(crate) keep_elapsed: bool,
    /// Whether only the size and the MD5 of the answer's body count.
    pub(crate) digest: bool,
    /// Whether the entries of the archive in the body count, where it is one.
    pub(crate) unzip: bool,
}

/// The body of an HTTP request.
#[derive(Debug)]
pub(crate) enum Body {
    None,
    Form(Json),
    Json(Json),
    Multipart(Json),
    Text(String),
}

/// The port that a request goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PortChoice {
    /// The main port plus an offset.
    Main {
        offset: i32,
    },
    Console,
    Fixed(u16),
}

/// A request to start, and how long to wait after that.
#[derive(Debug)]
pub(crate) struct StartRequest {
    pub(crate) name: String,
    pub(crate) request: HttpRequest,
    pub(crate) settle: Duration,
}

/// A gRPC connection to open.
#[derive(Debug)]
pub(crate) struct Connect {
    pub(crate) name: String,
    /// The body of the setup request; `None` leaves the stream closed.
    pub(crate) setup: Option<Json>,
    pub(crate) client_ip: String,
    pub(crate) settle: Duration,
    /// Whether what is pushed is answered; recorded clients always do.
    pub(crate) acknowledges: bool,
}

/// A unary gRPC request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) on: String,
    pub(crate) kind: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(String, String)>,
}

/// A message on the stream.
#[derive(Debug)]
pub(crate) struct Send {
    pub(crate) on: String,
    pub(crate) kind: String,
    pub(crate) body: String,
}

/// Pushes to wait for.
#[derive(Debug)]
pub(crate) struct Push {
    pub(crate) on: String,
    pub(crate) kind: String,
    pub(crate) wait: Duration,
    /// Every push that arrived, oldest first, instead of the last one.
    pub(crate) all: bool,
}

impl Action {
    /// Reads the action of a step whose variables are filled in.
    pub(crate) fn parse(step: &Json) -> Result<Self> {
        for (kind, spec) in step.fields() {
            return Ok(match kind.as_str() {
                "http" => Action::Http(HttpRequest::parse(spec)?),
                "start" => Action::Start(StartRequest::parse(spec, step)?),
                "join" => {
                    Action::Join { name: spec.bare(), wait: seconds(step.get("wait")).unwrap_or(JOIN_WAIT) }
                }
                "connect" => Action::Connect(Connect::parse(spec)?),
                "call" => Action::Call(Call::parse(spec)?),
                "send" => Action::Send(Send::parse(spec)?),
                "push" => Action::Push(Push::parse(spec)?),
                "udp" => Action::Udp { name: text(spec, "as")? },
                "stream_state" => Action::StreamState { on: text(spec, "on")? },
                "close" => Action::Close { on: text(spec, "on")? },
                "pause" => Action::Pause(seconds(Some(spec)).context("pause is no number of seconds")?),
                _ => continue,
            });
        }
        bail!("no known action in {}", step.to_unicode())
    }
}

impl HttpRequest {
    /// A bare GET on the main port.
    pub(crate) fn get(path: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: None,
            headers: Vec::new(),
            body: Body::None,
            port: PortChoice::Main { offset: 0 },
            keep_headers: Vec::new(),
            keep_elapsed: false,
            digest: false,
            unzip: false,
        }
    }

    fn parse(spec: &Json) -> Result<Self> {
        let keep_headers =
            spec.get("keep_headers").map_or(vec!["content-type".to_owned()], |names| texts(Some(names)));
        Ok(Self {
            method: text(spec, "method")?,
            path: text(spec, "path")?,
            query: spec.get("query").cloned(),
            headers: pairs(spec.get("headers")),
            body: Body::parse(spec),
            port: PortChoice::parse(spec)?,
            keep_headers: keep_headers.iter().map(|name| name.to_ascii_lowercase()).collect(),
            keep_elapsed: flag(spec, "keep_elapsed"),
            digest: flag(spec, "digest"),
            unzip: flag(spec, "unzip"),
        })
    }
}

impl Body {
    fn parse(spec: &Json) -> Self {
        if let Some(form) = spec.get("form") {
            Body::Form(form.clone())
        } else if let Some(json) = spec.get("json") {
            Body::Json(json.clone())
        } else if let Some(parts) = spec.get("multipart") {
            Body::Multipart(parts.clone())
        } else {
            spec.get("body").map_or(Body::None, |body| Body::Text(body.bare()))
        }
    }
}

impl PortChoice {
    fn parse(spec: &Json) -> Result<Self> {
        let number = |key: &str| spec.get(key).and_then(Json::as_number);
        if let Some(port) = number("port") {
            return Ok(PortChoice::Fixed(format!("{port}").parse().context("port is out of range")?));
        }
        let offset = format!("{}", number("port_offset").unwrap_or(0.0))
            .parse()
            .context("port_offset is out of range")?;
        Ok(if flag(spec, "console") { PortChoice::Console } else { PortChoice::Main { offset } })
    }
}

impl StartRequest {
    fn parse(spec: &Json, step: &Json) -> Result<Self> {
        let settle = seconds(step.get("settle")).unwrap_or(SETTLE);
        Ok(Self { name: text(step, "as")?, request: HttpRequest::parse(spec)?, settle })
    }
}

impl Connect {
    fn parse(spec: &Json) -> Result<Self> {
        let has_stream = spec.get("stream") != Some(&Json::Bool(false));
        let setup = spec.get("setup").cloned().unwrap_or(Json::Object(Vec::new()));
        Ok(Self {
            name: text(spec, "as")?,
            setup: has_stream.then_some(setup),
            client_ip: spec.get("client_ip").map_or("127.0.0.1".to_owned(), Json::bare),
            settle: seconds(spec.get("settle")).unwrap_or(SETTLE),
            acknowledges: true,
        })
    }
}

impl Call {
    fn parse(spec: &Json) -> Result<Self> {
        let headers = pairs(spec.get("headers"));
        Ok(Self { on: text(spec, "on")?, kind: text(spec, "type")?, body: message_body(spec), headers })
    }
}

impl Send {
    fn parse(spec: &Json) -> Result<Self> {
        Ok(Self { on: text(spec, "on")?, kind: text(spec, "type")?, body: message_body(spec) })
    }
}

impl Push {
    fn parse(spec: &Json) -> Result<Self> {
        Ok(Self {
            on: text(spec, "on")?,
            kind: text(spec, "type")?,
            wait: seconds(spec.get("wait")).unwrap_or(PUSH_WAIT),
            all: flag(spec, "all"),
        })
    }
}

/// The text of a gRPC message: `raw` as it is, else the JSON `body`.
fn message_body(spec: &Json) -> String {
    match (spec.get("raw"), spec.get("body")) {
        (Some(raw), _) if *raw != Json::Null => raw.bare(),
        (_, Some(body)) => body.to_ascii(),
        (_, None) => "{}".to_owned(),
    }
}

fn text(spec: &Json, key: &str) -> Result<String> {
    spec.get(key).and_then(Json::as_text).map(str::to_owned).with_context(|| format!("no text {key}"))
}

fn flag(spec: &Json, key: &str) -> bool {
    spec.get(key).is_some_and(Json::is_true)
}

fn pairs(fields: Option<&Json>) -> Vec<(String, String)> {
    fields.map_or(&[][..], Json::fields).iter().map(|(name, value)| (name.clone(), value.bare())).collect()
}
