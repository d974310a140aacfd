//! Runs the steps of one scenario against one server.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::grpc::GrpcConnection;
use crate::http;
use crate::json::Json;
use crate::path::{pick, pick_mut};
use crate::scenario::{Action, Push, StartRequest, Step, texts};
use crate::target::Target;
use crate::udp::UdpListener;
use crate::variables::Variables;

/// gRPC listens at the main port plus this.
pub(crate) const GRPC_OFFSET: u16 = 1000;

/// The state of a run: variables, open connections, requests that still wait for their answer.
pub(crate) struct Runner {
    target: Target,
    variables: Variables,
    connections: HashMap<String, Connection>,
    started: HashMap<String, oneshot::Receiver<Result<Json>>>,
    tasks: JoinSet<()>,
}

enum Connection {
    Grpc(Box<GrpcConnection>),
    Udp(UdpListener),
}

impl Runner {
    /// A run with a token of its own, so that a scenario can be repeated on the same server.
    pub(crate) fn new(target: &Target, token: &str) -> Self {
        let mut variables = Variables::default();
        variables.set("uid", token.into());
        variables.set("host", target.host.as_str().into());
        variables.set("port", target.port.to_string().into());
        let target = target.clone();
        Self {
            target,
            variables,
            connections: HashMap::new(),
            started: HashMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// The variables as they would be once `answer` is taken as the answer of `step`.
    pub(crate) fn variables_after(&self, step: &Step, answer: &Json) -> Variables {
        let mut variables = self.variables.clone();
        for (name, path) in step.save() {
            let found = if path == "$text" {
                answer.get("text")
            } else {
                content(answer).and_then(|c| pick(c, path))
            };
            if let Some(value) = found {
                variables.set(name, value.clone());
            }
        }
        variables
    }

    /// Goes on with these variables.
    pub(crate) fn set_variables(&mut self, variables: Variables) {
        self.variables = variables;
    }

    /// Takes the step once and gives its answer, without what other clients put there (`keep_items`) and without
    /// CHAR padding (`trim`).
    ///
    /// # Errors
    /// There was no answer.
    pub(crate) async fn answer(&mut self, step: &Step) -> Result<Json> {
        let filled = self.variables.substitute(step.json());
        let mut answer = self.act(Action::parse(&filled)?).await?;
        for (path, wanted) in filled.get("keep_items").map_or(&[][..], Json::fields) {
            let wanted = texts(Some(wanted));
            if let Some(Json::List(items)) =
                content_mut(&mut answer).and_then(|content| pick_mut(content, path))
            {
                items.retain(|item| wanted.iter().any(|text| item.to_unicode().contains(text)));
            }
        }
        Ok(if step.is_trimmed() { trimmed(answer) } else { answer })
    }

    async fn act(&mut self, action: Action) -> Result<Json> {
        match action {
            Action::Http(request) => return http::send(&self.target, &request).await,
            Action::Start(start) => self.start(start).await,
            Action::Join { name, wait } => return self.join(&name, wait).await,
            Action::Connect(spec) => {
                let port = self.target.port + GRPC_OFFSET;
                let (connection, check) = GrpcConnection::open(&self.target.host, port, &spec).await?;
                self.connections.insert(spec.name, Connection::Grpc(Box::new(connection)));
                sleep(spec.settle).await;
                return Ok(check);
            }
            Action::Call(call) => return self.grpc(&call.on)?.call(&call).await,
            Action::Send(send) => self.grpc(&send.on)?.send(&send.kind, &send.body).await?,
            Action::Push(push) => return self.pushes(&push).await,
            Action::Udp { name } => {
                let listener = UdpListener::open().await?;
                self.variables.set(&format!("{name}_port"), listener.port().to_string().into());
                self.connections.insert(name, Connection::Udp(listener));
            }
            Action::StreamState { on } => {
                let closed = self.grpc(&on)?.closed().unwrap_or("None".to_owned());
                return Ok(Json::object([("text", closed.into())]));
            }
            Action::Close { on } => {
                self.connections.remove(&on).with_context(|| format!("no connection {on}"))?;
            }
            Action::Pause(wait) => sleep(wait).await,
        }
        Ok(Json::Object(Vec::new()))
    }

    async fn start(&mut self, start: StartRequest) {
        let (answered, answer) = oneshot::channel();
        let target = self.target.clone();
        self.tasks.spawn(async move {
            // Nobody listens once the scenario has ended, which needs no answer.
            answered.send(http::send(&target, &start.request).await).ok();
        });
        self.started.insert(start.name, answer);
        sleep(start.settle).await;
    }

    async fn join(&mut self, name: &str, wait: Duration) -> Result<Json> {
        let answer =
            self.started.get_mut(name).with_context(|| format!("no request {name} waits for its answer"))?;
        if let Ok(answer) = timeout(wait, &mut *answer).await {
            self.started.remove(name);
            return answer.context("the request was given up")?;
        }
        Ok(Json::object([("text", "(no answer yet)".into())]))
    }

    async fn pushes(&mut self, push: &Push) -> Result<Json> {
        let connection =
            self.connections.get(&push.on).with_context(|| format!("no connection {}", push.on))?;
        let inbox = match connection {
            Connection::Grpc(connection) => connection.inbox(),
            Connection::Udp(listener) => listener.inbox(),
        };
        let mut found = inbox.take(&push.kind, push.wait).await;
        let (kind, body) = if push.all {
            (push.kind.as_str().into(), Json::List(found))
        } else {
            found.pop().map_or((Json::Null, Json::Null), |last| (push.kind.as_str().into(), last))
        };
        Ok(Json::object([("type", kind), ("body", body)]))
    }

    fn grpc(&mut self, name: &str) -> Result<&mut GrpcConnection> {
        match self.connections.get_mut(name) {
            Some(Connection::Grpc(connection)) => Ok(connection),
            Some(Connection::Udp(_)) => anyhow::bail!("{name} is no gRPC connection"),
            None => anyhow::bail!("no connection {name}"),
        }
    }
}

/// The part of an answer that paths lead into.
fn content(answer: &Json) -> Option<&Json> {
    answer.get("json").or_else(|| answer.get("body"))
}

fn content_mut(answer: &mut Json) -> Option<&mut Json> {
    let key = if answer.get("json").is_some() { "json" } else { "body" };
    pick_mut(answer, key)
}

fn trimmed(value: Json) -> Json {
    match value {
        Json::Text(text) => text.trim_end_matches(' ').into(),
        Json::List(items) => Json::List(items.into_iter().map(trimmed).collect()),
        Json::Object(fields) => {
            Json::Object(fields.into_iter().map(|(key, value)| (key, trimmed(value))).collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value,
    }
}
