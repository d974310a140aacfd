//! Every gRPC exchange that was recorded from a real server: requests must read, answers and pushes must read and
//! write back to the same JSON.

#![expect(clippy::unwrap_used, reason = "a test may panic, also outside of its own function")]

use std::{fs, path::Path};

use navaid_wire::grpc::{
    Body, Request, Response, config::*, config_fuzzy_watch::*, connection::*, naming::*,
    naming_fuzzy_watch::*,
};
use serde_json::{Value, json};

const GENERATIONS: [&str; 3] = ["nacos-2.0.4", "nacos-2.5.1", "nacos-3.1"];

/// What became of one body.
enum Read {
    /// Its JSON, written again.
    Again(Value),
    Refused(String),
}

macro_rules! by_name {
    ($name:expr, $body:expr, $read:ident: $($type:ident)*) => {
        match $name {
            $(stringify!($type) => Some($read::<$type>($body)),)*
            _ => None,
        }
    };
}

fn request(name: &str, body: &[u8]) -> Option<Read> {
    by_name!(name, body, read_request:
        ServerCheckRequest ConnectionSetupRequest HealthCheckRequest InstanceRequest BatchInstanceRequest
        PersistentInstanceRequest ServiceQueryRequest SubscribeServiceRequest ServiceListRequest
        NamingFuzzyWatchRequest ConfigQueryRequest ConfigPublishRequest ConfigRemoveRequest
        ConfigBatchListenRequest ConfigFuzzyWatchRequest)
}

fn push(name: &str, body: &[u8]) -> Option<Read> {
    by_name!(name, body, read_request:
        SetupAckRequest ClientDetectionRequest ConnectResetRequest NamingFuzzyWatchSyncRequest
        NamingFuzzyWatchChangeNotifyRequest ConfigChangeNotifyRequest ClientConfigMetricRequest
        ConfigFuzzyWatchSyncRequest ConfigFuzzyWatchChangeNotifyRequest)
}

fn answer(name: &str, body: &[u8]) -> Option<Read> {
    by_name!(name, body, read_response:
        ErrorResponse ServerCheckResponse HealthCheckResponse InstanceResponse BatchInstanceResponse
        QueryServiceResponse SubscribeServiceResponse ServiceListResponse NamingFuzzyWatchResponse
        ConfigQueryResponse ConfigPublishResponse ConfigRemoveResponse ConfigChangeBatchListenResponse
        ConfigFuzzyWatchResponse)
}

fn read_request<T: Body>(body: &[u8]) -> Read {
    match Request::<T>::read(body) {
        Ok(request) => Read::Again(serde_json::from_slice(&request.to_json()).unwrap()),
        Err(refused) => Read::Refused(refused.to_string()),
    }
}

fn read_response<T: Body>(body: &[u8]) -> Read {
    match Response::<T>::read(body) {
        Ok(response) => Read::Again(serde_json::from_slice(&response.to_json()).unwrap()),
        Err(refused) => Read::Refused(refused.to_string()),
    }
}

/// Puts values where a recording says "any", and texts where it repeats one.
fn filled(value: &Value) -> Value {
    match value {
        Value::Object(map) => match (map.get("$any").and_then(Value::as_str), map.get("$repeat")) {
            (Some("number"), _) => json!(7),
            (Some(_), _) => json!("text"),
            (None, Some(repeat)) => {
                let times = usize::try_from(repeat[1].as_u64().unwrap()).unwrap();
                json!(repeat[0].as_str().unwrap().repeat(times))
            }
            (None, None) => map.iter().map(|(key, value)| (key.clone(), filled(value))).collect(),
        },
        Value::Array(list) => list.iter().map(filled).collect(),
        other => other.clone(),
    }
}

/// Calls `check` with every step of every gRPC recording.
fn each_step(mut check: impl FnMut(&str, &Value)) {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/recordings");
    for generation in GENERATIONS {
        for file in fs::read_dir(recordings.join(generation)).unwrap() {
            let path = file.unwrap().path();
            let name = format!("{generation}/{}", path.file_name().unwrap().to_string_lossy());
            if !name.contains("/grpc-") {
                continue;
            }
            let recording: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            recording["steps"].as_array().unwrap().iter().for_each(|step| check(&name, step));
        }
    }
}

#[test]
fn every_recorded_request_reads_unless_it_was_meant_not_to() {
    let mut requests = 0;
    each_step(|file, step| {
        let call = &step["call"];
        let Some(kind) = call["type"].as_str() else { return };
        let raw = call["raw"].as_str().map(str::to_owned);
        let body = raw.unwrap_or_else(|| filled(&call["body"]).to_string());
        let unreadable = step["want"]["body"]["errorCode"] == 502;
        match request(kind, body.as_bytes()) {
            Some(Read::Again(_)) => assert!(!unreadable, "{file}: {kind} {body}"),
            Some(Read::Refused(problem)) => assert!(unreadable, "{file}: {kind} {body}: {problem}"),
            None => return,
        }
        requests += 1;
    });
    assert!(requests > 300, "only {requests} requests were found");
}

#[test]
fn every_recorded_setup_reads() {
    let mut setups = 0;
    each_step(|file, step| {
        let setup = &step["connect"]["setup"];
        if setup.is_object() {
            let read = request("ConnectionSetupRequest", filled(setup).to_string().as_bytes());
            assert!(matches!(read, Some(Read::Again(_))), "{file}: {setup}");
            setups += 1;
        }
    });
    assert!(setups > 50, "only {setups} setups were found");
}

#[test]
fn every_recorded_answer_writes_back_to_itself() {
    let mut answers = 0;
    each_step(|file, step| {
        let want = &step["want"];
        let Some(kind) = want["type"].as_str().filter(|kind| kind.ends_with("Response")) else { return };
        let mut recorded = filled(&want["body"]);
        recorded.as_object_mut().unwrap().remove("serviceInfo");
        match answer(kind, recorded.to_string().as_bytes()) {
            Some(Read::Again(mut again)) => {
                drop_what_we_add(kind, &recorded, &mut again);
                assert_eq!(again, recorded, "{file}: {kind}");
            }
            Some(Read::Refused(problem)) => panic!("{file}: {kind} {recorded}: {problem}"),
            None => return,
        }
        answers += 1;
    });
    assert!(answers > 300, "only {answers} answers were found");
}

/// Keys that we always write and older or failing servers leave out.
fn drop_what_we_add(kind: &str, recorded: &Value, again: &mut Value) {
    let ours: &[&str] = match kind {
        "ServerCheckResponse" => &["supportAbilityNegotiation"],
        "ServiceListResponse" => &["serviceNames"],
        _ => &[],
    };
    let again = again.as_object_mut().unwrap();
    again.retain(|key, _| !ours.contains(&&**key) || recorded.get(key).is_some());
}

#[test]
fn every_recorded_push_writes_back_to_itself() {
    let mut pushes = 0;
    each_step(|file, step| {
        let want = &step["want"];
        let Some(kind) = want["type"].as_str().filter(|_| step["push"].is_object()) else { return };
        let bodies = match filled(&want["body"]) {
            Value::Array(bodies) => bodies,
            body => vec![body],
        };
        for recorded in bodies {
            match push(kind, recorded.to_string().as_bytes()) {
                Some(Read::Again(again)) => assert_eq!(again, recorded, "{file}: {kind}"),
                Some(Read::Refused(problem)) => panic!("{file}: {kind} {recorded}: {problem}"),
                None => continue,
            }
            pushes += 1;
        }
    });
    assert!(pushes > 20, "only {pushes} pushes were found");
}
