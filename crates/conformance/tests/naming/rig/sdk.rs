//! A client of 2.x: one connection that publishes and subscribes.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use conformance::{Acknowledging, GrpcAnswer, GrpcClient, Target};
use serde_json::{Value, json};

const GROUP: &str = "DEFAULT_GROUP";
/// A push that should come, and takes longer, is missing.
const PUSH_WAIT: Duration = Duration::from_secs(20);

/// One connection; dropped, it is closed without a word.
pub(crate) struct Sdk(GrpcClient);

impl Sdk {
    pub(crate) async fn connect(target: &Target, acknowledging: Acknowledging) -> Result<Self> {
        Ok(Self(GrpcClient::connect(target, "naming", acknowledging).await?))
    }

    pub(crate) async fn call(&mut self, kind: &str, body: &Value) -> Result<GrpcAnswer> {
        self.0.call(kind, body).await
    }

    pub(crate) async fn register(&mut self, service: &str, instance: Value) -> Result<()> {
        let answer = self.try_register(service, instance).await?;
        ensure!(answer.body["resultCode"] == 200, "register: {answer:?}");
        Ok(())
    }

    pub(crate) async fn try_register(&mut self, service: &str, instance: Value) -> Result<GrpcAnswer> {
        let body = json!({
            "namespace": "public", "serviceName": service, "groupName": GROUP,
            "type": "registerInstance", "instance": instance,
        });
        self.call("InstanceRequest", &body).await
    }

    /// The view that the subscription is answered with.
    pub(crate) async fn subscribe(&mut self, service: &str, clusters: &str) -> Result<Value> {
        let body = json!({
            "namespace": "public", "serviceName": service, "groupName": GROUP,
            "subscribe": true, "clusters": clusters,
        });
        self.view("SubscribeServiceRequest", &body).await
    }

    pub(crate) async fn query(&mut self, service: &str) -> Result<Value> {
        let body = json!({
            "namespace": "public", "serviceName": service, "groupName": GROUP,
            "cluster": "", "healthyOnly": false, "udpPort": 0,
        });
        self.view("ServiceQueryRequest", &body).await
    }

    /// The view of the oldest push that was not taken yet; none if there is none `within` the time.
    pub(crate) async fn push_within(&self, within: Duration) -> Result<Option<Value>> {
        let push = self.push_of("NotifySubscriberRequest", within).await?;
        Ok(push.map(|mut push| push["serviceInfo"].take()))
    }

    /// The oldest push of a type that was not taken yet; none if there is none `within` the time.
    pub(crate) async fn push_of(&self, kind: &str, within: Duration) -> Result<Option<Value>> {
        self.0.push(kind, within).await
    }

    /// The view of the next push.
    pub(crate) async fn push(&self) -> Result<Value> {
        self.push_within(PUSH_WAIT).await?.context("no push came")
    }

    /// Pushes until one has what is looked for.
    pub(crate) async fn push_with(&self, found: impl Fn(&Value) -> bool) -> Result<Value> {
        loop {
            let view = self.push().await?;
            if found(&view) {
                return Ok(view);
            }
        }
    }

    /// Whether the server has closed the stream.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    async fn view(&mut self, kind: &str, body: &Value) -> Result<Value> {
        let mut answer = self.call(kind, body).await?;
        ensure!(answer.body["resultCode"] == 200, "{kind}: {answer:?}");
        Ok(answer.body["serviceInfo"].take())
    }
}

/// A healthy instance `1.1.1.1:PORT`.
pub(crate) fn instance(port: u16) -> Value {
    json!({
        "ip": "1.1.1.1", "port": port, "weight": 1.0, "healthy": true, "enabled": true,
        "ephemeral": true, "clusterName": "DEFAULT", "metadata": {},
    })
}
