//! A server and what these tests call on it, in both generations.

use std::sync::LazyLock;

use anyhow::{Result, ensure};
use conformance::{Ports, Server, binary};
use durability::{HttpAnswer, HttpClient, Pairs};
use hyper::Method;
use serde_json::Value;

use crate::archive::{self, Entries};

/// Tests of one process run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);
const BORDER: &str = "a-border-of-this-form";

/// Which API is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    V1,
    V3,
}

pub(crate) use Generation::{V1, V3};

pub(crate) const BOTH: [Generation; 2] = [V1, V3];

/// A server of one test's own.
pub(crate) struct Bed {
    server: Server,
    pub(crate) http: HttpClient,
}

impl Bed {
    pub(crate) async fn start() -> Result<Self> {
        let server = Server::start_with(&binary()?, &PORTS, &[]).await?;
        let http = HttpClient::connect(server.target().port).await?;
        Ok(Self { server, http })
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.target().port
    }

    pub(crate) async fn create_namespace(&mut self, id: &str) -> Result<()> {
        let named: &Pairs<'_> = &[("namespaceId", id), ("namespaceName", id)];
        self.http.call(Method::POST, "/nacos/v3/admin/core/namespace", named).await?.success()?;
        Ok(())
    }

    pub(crate) async fn publish(&mut self, parameters: &Pairs<'_>) -> Result<()> {
        self.http.call(Method::POST, "/nacos/v3/admin/cs/config", parameters).await?.success()?;
        Ok(())
    }

    /// The content of an item; none where there is no such item.
    pub(crate) async fn content(
        &mut self,
        namespace: &str,
        group: &str,
        data_id: &str,
    ) -> Result<Option<String>> {
        let item: &Pairs<'_> = &[("tenant", namespace), ("group", group), ("dataId", data_id)];
        let answer = self.http.call(Method::GET, "/nacos/v1/cs/configs", item).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(Some(answer.success()?.body))
    }

    /// How many items a namespace has.
    pub(crate) async fn count(&mut self, namespace: &str) -> Result<u64> {
        let all: &Pairs<'_> = &[
            ("search", "blur"),
            ("dataId", ""),
            ("group", ""),
            ("tenant", namespace),
            ("pageNo", "1"),
            ("pageSize", "1"),
        ];
        let answer = self.http.call(Method::GET, "/nacos/v1/cs/configs", all).await?.success()?.json()?;
        Ok(answer["totalCount"].as_u64().unwrap_or_default())
    }

    /// Row id of an item, as clients send it.
    pub(crate) async fn id(&mut self, namespace: &str, group: &str, data_id: &str) -> Result<String> {
        let item: &Pairs<'_> = &[("namespaceId", namespace), ("groupName", group), ("dataId", data_id)];
        let answer = self.http.call(Method::GET, "/nacos/v3/admin/cs/config", item).await?.success()?;
        Ok(answer.json()?["data"]["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Uploads an archive and passes on whatever is answered.
    pub(crate) async fn upload(
        &mut self,
        generation: Generation,
        namespace: &str,
        policy: &str,
        archive: &[u8],
    ) -> Result<HttpAnswer> {
        let head = format!(
            "--{BORDER}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"configs.zip\"\r\n\
             Content-Type: application/zip\r\n\r\n"
        );
        let body = [head.as_bytes(), archive, format!("\r\n--{BORDER}--\r\n").as_bytes()].concat();
        let (path, named): (_, &Pairs<'_>) = match generation {
            V1 => {
                ("/nacos/v1/cs/configs", &[("import", "true"), ("namespace", namespace), ("policy", policy)])
            }
            V3 => ("/nacos/v3/admin/cs/config/import", &[("namespaceId", namespace), ("policy", policy)]),
        };
        self.http.post(path, named, &format!("multipart/form-data; boundary={BORDER}"), body).await
    }

    /// Imports an archive and gives the report.
    pub(crate) async fn import(
        &mut self,
        generation: Generation,
        namespace: &str,
        policy: &str,
        archive: &[u8],
    ) -> Result<Value> {
        report(generation, &self.upload(generation, namespace, policy, archive).await?)
    }

    /// Clones into a namespace and gives the report.
    pub(crate) async fn clone_into(
        &mut self,
        generation: Generation,
        namespace: &str,
        policy: &str,
        items: &Value,
    ) -> Result<Value> {
        let (path, named): (_, &Pairs<'_>) = match generation {
            V1 => ("/nacos/v1/cs/configs", &[("clone", "true"), ("tenant", namespace), ("policy", policy)]),
            V3 => ("/nacos/v3/admin/cs/config/clone", &[("namespaceId", namespace), ("policy", policy)]),
        };
        let answer = self.http.post(path, named, "application/json", items.to_string()).await?;
        report(generation, &answer)
    }

    /// Everything of a namespace: `export` and `exportV2` in v1, an empty word in v3.
    pub(crate) async fn export(&mut self, namespace: &str, word: &str) -> Result<Entries> {
        let answer = match word {
            "" => {
                let named: &Pairs<'_> = &[("namespaceId", namespace), ("ids", "")];
                self.http.call(Method::GET, "/nacos/v3/admin/cs/config/export", named).await?
            }
            word => {
                let named: &Pairs<'_> = &[(word, "true"), ("tenant", namespace), ("ids", "")];
                self.http.call(Method::GET, "/nacos/v1/cs/configs", named).await?
            }
        };
        archive::unpack(&answer.success()?.bytes)
    }

    /// Nothing went wrong that only the server saw.
    pub(crate) fn end(mut self) -> Result<()> {
        let faults = self.server.faults();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    }
}

/// What an import or a clone that was done says of its items.
fn report(generation: Generation, answer: &HttpAnswer) -> Result<Value> {
    let json = answer.json()?;
    let done = if generation == V1 { 200 } else { 0 };
    ensure!(answer.status == 200 && json["code"] == done, "answered {}: {}", answer.status, answer.body);
    Ok(json["data"].clone())
}

/// Runs a test to its end.
pub(crate) fn run(test: impl Future<Output = Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test).unwrap_or_else(|error| panic!("{error:?}"));
}
