//! Routing rules from the configuration centre, seen by sinks of both protocols.

use anyhow::{Result, ensure};
use bytes::Bytes;
use mesh_check::{Age, Bed, IstiodSink, Pilot14Sink, Sink, View, run};
use prost::Message;
use serde_json::Value;

const ENTRIES: &str = "/nacos/v3/admin/mesh/entries";

/// The first field of both kinds of rules: `hosts` and `host`.
#[derive(Clone, PartialEq, Eq, Message)]
struct FirstField {
    #[prost(string, repeated, tag = "1")]
    hosts: Vec<String>,
}

fn rule(kind: &str, name: &str, host: &str) -> String {
    let hosts = if kind == "VirtualService" { format!("hosts: [{host}]") } else { format!("host: {host}") };
    format!(
        "apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{hosts}}}\n---\n"
    )
}

/// `name=hosts` of every rule, whatever the protocol calls its kind.
fn rules(view: &View) -> Vec<String> {
    let is_rule = |asked: &str| {
        let asked = asked.to_lowercase();
        asked.contains("virtualservice") || asked.contains("destinationrule")
    };
    let kinds = view.others.iter().filter(|(asked, _)| is_rule(asked)).map(|(_, bodies)| bodies);
    let shown = |(name, body): (&String, &Bytes)| {
        let hosts = FirstField::decode(body.clone()).map(|first| first.hosts.join(","));
        format!("{name}={}", hosts.unwrap_or_default())
    };
    let mut rules: Vec<String> = kinds.flatten().map(shown).collect();
    rules.sort();
    rules
}

struct Mesh {
    bed: Bed,
    sinks: [Sink; 2],
}

impl Mesh {
    async fn start() -> Result<Self> {
        let bed = Bed::start(&[]).await?;
        let port = bed.mesh_port();
        let newest = Sink::start(port, IstiodSink::new(Age::Istio1_30));
        let sinks = [newest, Sink::start(port, Pilot14Sink::new(7))];
        Ok(Self { bed, sinks })
    }

    async fn publish(&self, data_id: &str, tags: &str, content: &str) -> Result<()> {
        let query = [("dataId", data_id), ("group", "mesh"), ("content", content), ("config_tags", tags)];
        self.bed.call("POST", "/nacos/v1/cs/configs", &query).await.map(drop)
    }

    async fn remove(&self, data_id: &str) -> Result<()> {
        let query = [("dataId", data_id), ("group", "mesh")];
        self.bed.call("DELETE", "/nacos/v1/cs/configs", &query).await.map(drop)
    }

    /// What the server says becomes of an item.
    async fn shown(&self, data_id: &str) -> Result<Value> {
        let query = [("dataId", data_id), ("groupName", "mesh")];
        Ok(self.bed.call("GET", ENTRIES, &query).await?["data"].clone())
    }

    async fn until(&mut self, wanted: &[&str]) -> Result<()> {
        for sink in &mut self.sinks {
            sink.until(&format!("{wanted:?}"), |view| rules(view) == wanted).await?;
        }
        Ok(())
    }

    fn end(self) -> Result<()> {
        self.sinks.iter().try_for_each(Sink::clean)?;
        self.bed.end()
    }
}

#[test]
fn rules_follow_their_item_and_its_tag() {
    run(async {
        let mut mesh = Mesh::start().await?;
        let both =
            rule("VirtualService", "shop", "shop.test") + &rule("DestinationRule", "pool", "pool.test");
        mesh.publish("routes", "team-a,Virtual-Service", &both).await?;
        mesh.until(&["public/pool=pool.test", "public/shop=shop.test"]).await?;
        mesh.publish("routes", "virtual-service", &rule("VirtualService", "shop", "shop2.test")).await?;
        mesh.until(&["public/shop=shop2.test"]).await?;
        mesh.bed.restart().await?;
        mesh.publish("rule", "destination-rule", &rule("DestinationRule", "pool", "pool.test")).await?;
        mesh.until(&["public/pool=pool.test", "public/shop=shop2.test"]).await?;

        // The same content without the tag.
        mesh.publish("routes", "other", &rule("VirtualService", "shop", "shop2.test")).await?;
        mesh.until(&["public/pool=pool.test"]).await?;
        mesh.remove("rule").await?;
        mesh.until(&[]).await?;
        mesh.end()
    });
}

#[test]
fn broken_content_leaves_the_last_good_one_and_is_explained() {
    run(async {
        let mut mesh = Mesh::start().await?;
        mesh.publish("routes", "virtual-service", &rule("VirtualService", "shop", "shop.test")).await?;
        mesh.until(&["public/shop=shop.test"]).await?;
        let broken = rule("VirtualService", "shop", "shop2.test").replace("hosts", "hots");
        mesh.publish("routes", "virtual-service", &broken).await?;
        // A second item, which is only there once the first was looked at.
        mesh.publish("rule", "destination-rule", &rule("DestinationRule", "pool", "pool.test")).await?;
        mesh.until(&["public/pool=pool.test", "public/shop=shop.test"]).await?;
        let shown = mesh.shown("routes").await?;
        ensure!(shown["rules"][0]["name"] == "public/shop", "{shown}");
        let finding = shown["findings"][0].as_str().unwrap_or_default();
        ensure!(finding.contains("spec.hots: VirtualService has no such field"), "{finding}");
        mesh.end()
    });
}

#[test]
fn name_that_another_item_has_is_left_to_it_until_it_goes() {
    run(async {
        let mut mesh = Mesh::start().await?;
        mesh.publish("first", "virtual-service", &rule("VirtualService", "shop", "first.test")).await?;
        mesh.until(&["public/shop=first.test"]).await?;
        let second =
            rule("VirtualService", "shop", "second.test") + &rule("DestinationRule", "pool", "pool.test");
        mesh.publish("second", "virtual-service", &second).await?;
        mesh.publish("third", "virtual-service", &rule("VirtualService", "other", "other.test")).await?;
        mesh.until(&["public/other=other.test", "public/shop=first.test"]).await?;
        let shown = mesh.shown("second").await?;
        ensure!(shown["rules"].as_array().is_some_and(Vec::is_empty), "{shown}");
        let finding = shown["findings"][0].as_str().unwrap_or_default();
        ensure!(finding.contains("another configuration item has public/shop already"), "{finding}");

        mesh.remove("first").await?;
        mesh.until(&["public/other=other.test", "public/pool=pool.test", "public/shop=second.test"]).await?;
        mesh.end()
    });
}
