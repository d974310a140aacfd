//! Clients of the configuration centre that mean well, as they were seen (`spec/clients-on-the-wire`).

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use durability::{GrpcAnswer, GrpcClient, HttpAnswer, HttpClient, Pushes};
use http_body_util::Full;
use hyper::{Method, Request};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::subject::{check, check_with};

const ITEM_PATH: &str = "/nacos/v1/cs/configs";
const LISTENER_PATH: &str = "/nacos/v1/cs/configs/listener";
const NAMING_PATH: &str = "/nacos/v1/ns/instance";
const FORM: &str = "application/x-www-form-urlencoded";
/// Of an item that is there, and holds `1`.
const HELD: &str = "c4ca4238a0b923820dcc509a6f75849b";
/// A notice that is due comes sooner, on however busy a machine.
const NOTICE_WAIT: Duration = Duration::from_secs(10);
/// As often as a Python client lists what did not change in some minutes.
const ROUNDS: usize = 50;
const SECRET: &str = "s3cret-of-node";

async fn publish(http: &mut HttpClient, data_id: &str, group: &str, content: &str) -> Result<()> {
    let item = [("dataId", data_id), ("group", group), ("content", content)];
    http.call(Method::POST, ITEM_PATH, &item).await?.success()?;
    Ok(())
}

/// Sends a request with a form that is written out.
async fn form(
    http: &mut HttpClient,
    method: &str,
    target: &str,
    form: &str,
    headers: &[(&str, &str)],
) -> Result<HttpAnswer> {
    let mut request = Request::builder().method(method).uri(target).header("host", "x");
    if !form.is_empty() {
        request = request.header("content-type", FORM);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    http.send(request.body(Full::from(Bytes::from(form.to_owned())))?).await
}

fn item(data_id: &str, tenant: &Value) -> Value {
    json!({"dataId": data_id, "group": "g", "tenant": tenant})
}

async fn listen(client: &mut GrpcClient, items: &[(&str, &Value, &str)]) -> Result<GrpcAnswer> {
    let context = |(data_id, tenant, md5): &(&str, &Value, &str)| json!({"dataId": data_id, "group": "g", "tenant": tenant, "md5": md5});
    let contexts: Vec<Value> = items.iter().map(context).collect();
    // Go and Rust send the names of one item beside those that they list.
    let body = json!({"listen": true, "requestId": null, "dataId": null, "group": "", "tenant": null,
        "configListenContexts": contexts});
    client.call("ConfigBatchListenRequest", &body).await?.success()
}

/// The next notice about an item.
async fn notice(pushes: &mut Pushes) -> Result<Value> {
    let noticed = async {
        loop {
            let (kind, body) = pushes.next().await?;
            if kind == "ConfigChangeNotifyRequest" {
                return anyhow::Ok(body);
            }
        }
    };
    timeout(NOTICE_WAIT, noticed).await.context("no notice came")?
}

/// dubbo-go keeps remote metadata in a group of 128 characters, and under a data id with a digest of 128 behind it.
#[test]
fn longest_names_of_dubbo_go_are_published_and_read() {
    check(async |subject| {
        let (app, revision) = ("a".repeat(127), "0f".repeat(64));
        let long_id = format!("{app}:{revision}");
        ensure!((revision.len(), long_id.len()) == (128, 256));
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let mut http = HttpClient::connect(subject.port()).await?;
        for (data_id, group) in [(&*app, &*revision), (&*long_id, "DEFAULT_GROUP")] {
            let named =
                json!({"dataId": data_id, "group": group, "tenant": "", "content": "{}", "casMd5": ""});
            client.call("ConfigPublishRequest", &named).await?.success()?;
            ensure!(client.call("ConfigQueryRequest", &named).await?.success()?.body["content"] == "{}");
            let read = http.call(Method::GET, ITEM_PATH, &[("dataId", data_id), ("group", group)]).await?;
            ensure!(read.success()?.body == "{}");
        }
        Ok(())
    });
}

/// (!) A leading `&`, an empty group that stands for any, and the parameters in any order.
#[test]
fn search_of_dubbo_go_finds_an_application_in_every_group() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        let groups = ["DEFAULT_GROUP", "dubbo", &"0f".repeat(64)];
        for group in groups {
            publish(&mut http, "app", group, "{}").await?;
        }
        publish(&mut http, "application", "dubbo", "{}").await?;
        for query in [
            "&search=accurate&dataId=app&pageNo=1&pageSize=500&group=",
            "&group=&pageSize=500&dataId=app&search=accurate&pageNo=1&tenant=",
        ] {
            let found =
                form(&mut http, "GET", &format!("{ITEM_PATH}?{query}"), "", &[]).await?.success()?.json()?;
            let rows = found["pageItems"].as_array().context("items of a page")?;
            let found: BTreeSet<&str> = rows.iter().filter_map(|row| row["group"].as_str()).collect();
            ensure!(rows.len() == 3 && found == groups.into(), "{rows:?}");
        }
        Ok(())
    });
}

/// Go fills every field that it has nothing for with an empty text; Rust sends nulls.
#[test]
fn empty_texts_and_nulls_of_a_publish_say_nothing() {
    check(async |subject| {
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let go = json!({"type": "", "tag": "", "betaIps": "", "config_tags": "", "appName": "", "src_user": "",
            "encryptedDataKey": ""});
        let rust = json!({"encryptedDataKey": ""});
        for (content, cas, addition) in [
            ("1", json!(""), &go),
            ("2", json!(null), &rust),
            ("3", json!(""), &go),
            ("4", json!(null), &json!(null)),
        ] {
            let named = json!({"dataId": "a", "group": "g", "tenant": "", "content": content, "casMd5": cas,
                "additionMap": addition});
            client.call("ConfigPublishRequest", &named).await?.success()?;
            let query = json!({"dataId": "a", "group": "g", "tenant": "", "tag": ""});
            let read = client.call("ConfigQueryRequest", &query).await?.success()?.body;
            ensure!(
                read["content"] == content && read["beta"] == false && read["contentType"] == "text",
                "{read}"
            );
        }
        Ok(())
    });
}

/// Java, Go and Rust list one item after a change, and all of them every few minutes only.
#[test]
fn listening_to_one_item_leaves_the_others() {
    check(async |subject| {
        let (mut client, mut pushes) = GrpcClient::register(subject.port(), "config").await?;
        let none = json!("");
        listen(&mut client, &[("a", &none, ""), ("b", &none, "")]).await?;
        listen(&mut client, &[("b", &none, "")]).await?;
        let mut http = HttpClient::connect(subject.port()).await?;
        for data_id in ["a", "b"] {
            publish(&mut http, data_id, "g", "1").await?;
            ensure!(notice(&mut pushes).await?["dataId"] == data_id);
        }
        Ok(())
    });
}

/// The default namespace is an empty text for Java 2.x and Go, `public` for Java 3.x, and nothing for Rust.
#[test]
fn every_client_is_told_of_an_item_in_its_own_words() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        let spellings = [json!(""), json!("public"), json!(null)];
        let mut clients = Vec::new();
        for tenant in &spellings {
            let (mut client, pushes) = GrpcClient::register(subject.port(), "config").await?;
            ensure!(listen(&mut client, &[("a", tenant, "")]).await?.body["changedConfigs"] == json!([]));
            clients.push((client, pushes, tenant));
        }
        publish(&mut http, "a", "g", "1").await?;
        for (client, pushes, tenant) in &mut clients {
            ensure!(notice(pushes).await?["tenant"] == **tenant, "the notice for {tenant}");
            let changed = &listen(client, &[("a", tenant, "")]).await?.body["changedConfigs"];
            ensure!(changed[0]["tenant"] == **tenant, "the answer for {tenant} is {changed}");
        }
        Ok(())
    });
}

/// Java takes an answer without content, and every error but 403, for an item that is not there, and tells its
/// application so after code 300.
#[test]
fn absent_item_has_a_code_of_its_own_and_one_that_is_there_a_content() {
    check(async |subject| {
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let named = item("a", &json!(""));
        let absent = client.call("ConfigQueryRequest", &named).await?;
        ensure!((&*absent.kind, &absent.body["errorCode"]) == ("ConfigQueryResponse", &json!(300)));
        ensure!(absent.body["resultCode"] == 500 && absent.body.get("content").is_none(), "{}", absent.body);
        let mut publish = named.clone();
        publish["content"] = json!("");
        let refused = client.call("ConfigPublishRequest", &publish).await?;
        ensure!(
            !refused.is_success() && refused.kind == "ConfigPublishResponse",
            "an empty content: {refused:?}"
        );
        publish["content"] = json!(" 0");
        client.call("ConfigPublishRequest", &publish).await?.success()?;
        let read = client.call("ConfigQueryRequest", &named).await?.success()?;
        ensure!(read.body["content"] == publish["content"], "{}", read.body);
        client.call("ConfigRemoveRequest", &named).await?.success()?;
        ensure!(client.call("ConfigQueryRequest", &named).await?.body["errorCode"] == 300);
        Ok(())
    });
}

/// (!) Python lists an item that is as it says, or not there, every five seconds, for ever.
#[test]
fn client_that_lists_the_same_again_and_again_costs_no_line_of_the_log() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        publish(&mut http, "there", "g", "1").await?;
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let none = json!("");
        let before = subject.log();
        for _ in 0..ROUNDS {
            let answer = listen(&mut client, &[("absent", &none, ""), ("there", &none, HELD)]).await?;
            ensure!(answer.body["changedConfigs"] == json!([]), "{}", answer.body);
        }
        ensure!(subject.log() == before, "{}", subject.log());
        Ok(())
    });
}

/// (!) Python connects twice when it comes back, and lists its items over the first connection before it closes that.
#[test]
fn end_of_a_first_connection_takes_no_listening_from_the_second() {
    check(async |subject| {
        let none = json!("");
        let (mut first, first_pushes) = GrpcClient::register(subject.port(), "config").await?;
        listen(&mut first, &[("a", &none, "")]).await?;
        let (mut second, mut pushes) = GrpcClient::register(subject.port(), "config").await?;
        listen(&mut second, &[("a", &none, "")]).await?;
        drop((first, first_pushes));
        let mut http = HttpClient::connect(subject.port()).await?;
        publish(&mut http, "a", "g", "1").await?;
        ensure!(notice(&mut pushes).await?["dataId"] == "a");
        Ok(())
    });
}

/// (!) Python 1.0 writes the namespace as a fourth field, also where it has none.
#[test]
fn fourth_field_of_a_listened_item_may_be_empty() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        publish(&mut http, "a", "g", "1").await?;
        let listening = "Listening-Configs=a%02g%02%02%01b%02g%02%02%01";
        let patience = [("Long-Pulling-Timeout", "30000")];
        let answer = form(&mut http, "POST", LISTENER_PATH, listening, &patience).await?.success()?;
        ensure!(answer.body.trim() == "a%02g%01", "{answer:?}");
        Ok(())
    });
}

/// (!) Seata listens to every setting that it may find, most of which are not there, beside the item that has them all.
#[test]
fn poll_with_many_absent_items_is_held_until_one_of_them_comes() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        publish(&mut http, "seata.properties", "SEATA_GROUP", "1").await?;
        let absent: String = (0..60).map(|n| format!("client.rm.{n}%02SEATA_GROUP%02%01")).collect();
        let listening = format!("Listening-Configs=seata.properties%02SEATA_GROUP%02{HELD}%01{absent}");
        let patience = [("Long-Pulling-Timeout", "30000")];
        let mut other = HttpClient::connect(subject.port()).await?;
        let change = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            publish(&mut other, "client.rm.59", "SEATA_GROUP", "1").await
        };
        let poll = form(&mut http, "POST", LISTENER_PATH, &listening, &patience);
        let (answer, changed) = tokio::join!(poll, change);
        changed?;
        // One that is not held names nothing.
        ensure!(answer?.success()?.body.trim() == "client.rm.59%02SEATA_GROUP%01");
        Ok(())
    });
}

/// (!) Python 1.0 and Rust log in at a path without `users`; Java puts the name into the query and the password into the
/// form, Go both into the form.
#[test]
fn login_is_answered_at_the_path_and_in_the_form_of_every_client() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        let pair = format!("username=u&password={SECRET}");
        for (target, body) in [
            (format!("/nacos/v1/auth/login?{pair}"), String::new()),
            (format!("/nacos/v1/auth/users/login?{pair}"), String::new()),
            ("/nacos/v1/auth/users/login?username=u".to_owned(), format!("password={SECRET}")),
            ("/nacos/v1/auth/users/login".to_owned(), pair.clone()),
            ("/nacos/v3/auth/user/login?username=u".to_owned(), format!("password={SECRET}")),
        ] {
            let answer = form(&mut http, "POST", &target, &body, &[]).await?.success()?.json()?;
            let token = answer["accessToken"].as_str().context("a token")?;
            // Java renews a token of less than 75 s only when it has run out.
            ensure!(answer["tokenTtl"].as_u64() >= Some(90), "{answer}");
            let query = format!("{NAMING_PATH}/list?serviceName=s&accessToken={token}");
            form(&mut http, "GET", &query, "", &[("accessToken", token)]).await?.success()?;
        }
        Ok(())
    });
}

/// (!) Node sends its name and password with every call, in the query or in the form, and a signature made with no key.
#[test]
fn credentials_of_node_are_taken_and_reach_neither_the_log_nor_an_error() {
    check_with(&[("navaid.log.level", "debug")], async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        let pair = format!("username=u&password={SECRET}");
        let signed = [
            ("Spas-Signature", "fOz3DScQc4WjA2z4p0ibRQ=="),
            ("Client-Version", "nodejs-diamond-client/2.6.3"),
        ];
        let item = format!("dataId=a&group=g&tenant=&{pair}");
        let address = format!("serviceName=s&ip=1.1.1.1&port=80&{pair}");
        for (method, target, body) in [
            ("POST", ITEM_PATH.to_owned(), format!("{item}&content=1&type=&appName=")),
            ("GET", format!("{ITEM_PATH}?{item}"), String::new()),
            ("POST", format!("{NAMING_PATH}?{address}"), String::new()),
            ("GET", format!("{NAMING_PATH}/list?serviceName=s&{pair}"), String::new()),
            ("DELETE", format!("{NAMING_PATH}?{address}"), String::new()),
        ] {
            form(&mut http, method, &target, &body, &signed).await?.success()?;
        }
        for (method, target, body) in [
            ("GET", format!("{ITEM_PATH}?dataId=none&group=g&{pair}"), String::new()),
            ("POST", ITEM_PATH.to_owned(), format!("dataId=a&group=g&{pair}")),
            ("POST", ITEM_PATH.to_owned(), format!("dataId=a%20b&group=g&content=1&{pair}")),
            ("POST", LISTENER_PATH.to_owned(), format!("Listening-Configs=x&{pair}")),
            ("POST", LISTENER_PATH.to_owned(), format!("Listening-Configs=x&{pair}")),
            ("POST", format!("{NAMING_PATH}?serviceName=s&ip=1.1.1.1&port=x&{pair}"), String::new()),
            ("PUT", format!("{NAMING_PATH}/beat?serviceName=s&beat=%7B&{pair}"), String::new()),
            ("GET", format!("/nacos/v1/nowhere?{pair}"), String::new()),
        ] {
            let answer = form(&mut http, method, &target, &body, &signed).await?;
            ensure!(answer.status >= 400 && !answer.body.contains(SECRET), "{target}: {answer:?}");
        }
        ensure!(!subject.log().contains(SECRET), "{}", subject.log());
        Ok(())
    });
}

/// dubbo-go listens with an empty digest 5 s after it read the item, Spring with the one that it read 10 s before.
#[test]
fn first_listening_names_what_changed_since_the_item_was_read() {
    check(async |subject| {
        let mut http = HttpClient::connect(subject.port()).await?;
        let (mut client, _pushes) = GrpcClient::register(subject.port(), "config").await?;
        let none = json!("");
        publish(&mut http, "a", "g", "1").await?;
        publish(&mut http, "b", "g", "2").await?;
        let answer = listen(&mut client, &[("a", &none, ""), ("b", &none, HELD)]).await?;
        let changed = answer.body["changedConfigs"].as_array().context("a list")?;
        ensure!(changed.len() == 2, "{changed:?}");
        Ok(())
    });
}
