//! Bodies as real clients and servers put them: read, compared, written again.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    config::*, config_fuzzy_watch::*, connection::*, naming::*, naming_fuzzy_watch::*, response::Ack, *,
};

/// Reads a request and checks that it writes to the same JSON, keys that are not read aside.
fn reads_and_writes<T: Body + std::fmt::Debug + PartialEq>(text: &str) -> Request<T> {
    let request = Request::<T>::read(text.as_bytes()).unwrap();
    let again = Request::<T>::read(&request.to_json()).unwrap();
    assert_eq!((&again.body, &again.request_id), (&request.body, &request.request_id));
    request
}

fn answer<T: Body>(response: &Response<T>) -> String {
    String::from_utf8(response.to_json()).unwrap()
}

fn push<T: Body>(request: &Request<T>) -> String {
    String::from_utf8(request.to_json()).unwrap()
}

#[test]
fn a_java_setup_is_read_with_its_ability_table() {
    let setup = reads_and_writes::<ConnectionSetupRequest>(
        r#"{"headers":{},"clientVersion":"Nacos-Java-Client:v2.5.1","tenant":"public","labels":{"source":"sdk",
        "module":"naming","AppName":"shop","tls.enable":"false"},"abilityTable":{},"module":"internal"}"#,
    );
    assert_eq!(setup.body.ability_table, Some(BTreeMap::new()));
    assert_eq!(setup.body.labels[label::MODULE], "naming");
    assert_eq!(setup.request_id, None);
}

#[test]
fn setups_without_ability_table_are_told_apart() {
    for text in [
        // Go
        r#"{"requestId":"","clientVersion":"Nacos-Go-Client:v2.3.5","tenant":"","labels":{"source":"sdk"},
        "clientAbilities":{},"module":"internal"}"#,
        // Rust and C#: nulls everywhere
        r#"{"headers":{},"requestId":null,"clientVersion":"Nacos-Rust-Client:0.8.0","tenant":null,"labels":null,
        "abilities":null,"abilityTable":null,"module":"internal"}"#,
        "",
        "{}",
    ] {
        let setup = reads_and_writes::<ConnectionSetupRequest>(text);
        assert_eq!(setup.body.ability_table, None, "{text}");
    }
}

#[test]
fn a_register_of_every_client_is_read() {
    for text in [
        r#"{"headers":{},"namespace":"public","serviceName":"order","groupName":"DEFAULT_GROUP",
        "type":"registerInstance","instance":{"ip":"10.0.0.7","port":8080,"weight":1.0,"healthy":true,
        "enabled":true,"ephemeral":true,"clusterName":"DEFAULT","metadata":{"zone":"a"},
        "instanceHeartBeatInterval":5000},"module":"naming"}"#,
        // Python: headers in the body, empty module, escapes
        r#"{"headers":{"app":"p"},"requestId":"","module":"","namespace":"","serviceName":"\u4e2d",
        "groupName":"g","type":"registerInstance","instance":{"instanceId":"","ip":"10.0.0.7","port":8080,
        "weight":1.0,"serviceName":"","clusterName":"","metadata":{}}}"#,
        // Rust: nulls
        r#"{"headers":{},"requestId":"1","namespace":"public","serviceName":"s","groupName":"g",
        "type":"registerInstance","instance":{"instanceId":null,"ip":"10.0.0.7","port":8080,"weight":1.0,
        "clusterName":null,"serviceName":null,"metadata":null},"module":"naming"}"#,
    ] {
        let request = reads_and_writes::<InstanceRequest>(text);
        assert_eq!(request.body.kind, REGISTER);
        let instance = request.body.instance.unwrap().into_instance(1024).unwrap();
        assert_eq!(instance.endpoint.to_string(), "10.0.0.7:8080");
    }
}

/// Recorded: `grpc-ns-param-errors` on 3.1 sends null for an instance.
#[test]
fn a_null_instance_is_none() {
    let request = reads_and_writes::<InstanceRequest>(r#"{"type":"registerInstance","instance":null}"#);
    assert_eq!(request.body.instance, None);
}

#[test]
fn the_last_of_equal_keys_counts() {
    let request =
        Request::<ServiceQueryRequest>::read(br#"{"cluster":"a","healthyOnly":"true","cluster":"b"}"#)
            .unwrap();
    assert_eq!((&*request.body.cluster, request.body.healthy_only), ("b", true));
}

/// Recorded: `grpc-ns-pipeline-errors` on 2.5.1.
#[test]
fn what_is_no_object_is_refused_and_names_the_field() {
    for bad in [r#"{"namespace":"#, "[]", "7", r#""text""#] {
        assert!(Request::<InstanceRequest>::read(bad.as_bytes()).is_err(), "{bad}");
    }
    let problem = Request::<InstanceRequest>::read(br#"{"instance":{"weight":"much"}}"#).unwrap_err();
    assert!(problem.0.starts_with("instance: weight: "), "{problem}");
    assert!(Request::<HealthCheckRequest>::read(br#"{"unknownKey":[1,{"a":null}]}"#).is_ok());
}

#[test]
fn errors_do_not_quote_what_was_sent() {
    for body in [
        r#"{"instance":"s3cret"}"#,
        r#"{"instance":{"metadata":"s3cret"}}"#,
        r#"{"instance":{"port":"s3cret"}}"#,
        r#"{"instance":{"healthy":"s3cret"}}"#,
        r#""s3cret""#,
    ] {
        let problem = Request::<InstanceRequest>::read(body.as_bytes()).unwrap_err();
        assert!(!problem.0.contains("s3cret"), "{problem}");
    }
    let problem = Request::<BatchInstanceRequest>::read(br#"{"instances":"s3cret"}"#).unwrap_err();
    assert!(!problem.0.contains("s3cret"), "{problem}");
}

#[test]
fn lists_are_bounded() {
    let keys = vec!["{}"; crate::json::lenient::LIST_MAX + 1].join(",");
    let body = format!(r#"{{"configListenContexts":[{keys}]}}"#);
    let problem = Request::<ConfigBatchListenRequest>::read(body.as_bytes()).unwrap_err();
    assert!(problem.0.contains("configListenContexts: more than 10000 entries"), "{problem}");
}

/// `spec/clients-on-the-wire` A §4: Go sends empty texts, and empty identity keys beside the contexts.
#[test]
fn a_listen_keeps_each_tenant_as_it_was_sent() {
    let request = reads_and_writes::<ConfigBatchListenRequest>(
        r#"{"headers":{},"group":"","dataId":null,"tenant":"","configListenContexts":[
        {"group":"G","md5":"m","dataId":"a","tenant":""},{"group":"G","md5":"","dataId":"b"},
        {"group":"G","md5":null,"dataId":"c","tenant":"public"}],"module":"config"}"#,
    );
    assert!(request.body.listen, "absent means true");
    let tenants: Vec<_> = request.body.contexts.iter().map(|context| context.tenant.as_deref()).collect();
    assert_eq!(tenants, [Some(""), None, Some("public")]);
}

#[test]
fn a_publish_tells_an_absent_content_from_an_empty_one() {
    let content = |text: &str| reads_and_writes::<ConfigPublishRequest>(text).body.content;
    assert_eq!(content(r#"{"dataId":"a"}"#), None);
    assert_eq!(content(r#"{"content":null}"#), None);
    assert_eq!(content(r#"{"content":""}"#).as_deref(), Some(""));
    let request = reads_and_writes::<ConfigPublishRequest>(
        r#"{"casMd5":null,"additionMap":{"type":"","tag":null,"appName":"shop"}}"#,
    );
    assert_eq!(request.body.cas_md5, None);
    let pairs: Vec<_> = request.body.addition_map.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(pairs, [(addition::APP_NAME, "shop"), (addition::TYPE, "")]);
}

/// Recorded: `grpc-ns-*` and `grpc-cs-*` on 2.5.1.
#[test]
fn answers_are_written_as_recorded() {
    let check = ServerCheckResponse { connection_id: "1_h_2".into(), support_ability_negotiation: true };
    assert_eq!(
        answer(&Response::ok(check)),
        r#"{"resultCode":200,"errorCode":0,"connectionId":"1_h_2","supportAbilityNegotiation":true,"success":true}"#
    );
    assert_eq!(
        answer(&Response::ok(HealthCheckResponse {})),
        r#"{"resultCode":200,"errorCode":0,"success":true}"#
    );
    assert_eq!(
        answer(&Response::ok(InstanceResponse { kind: Some(REGISTER.into()) })),
        r#"{"resultCode":200,"errorCode":0,"type":"registerInstance","success":true}"#
    );
    assert_eq!(
        answer(&Response::<InstanceResponse>::refused(code::NO_RIGHT, "authorization failed!")),
        r#"{"resultCode":500,"errorCode":403,"message":"authorization failed!","success":false}"#
    );
    assert_eq!(
        answer(&Response::ok(ServiceListResponse { count: 2, service_names: vec!["s".into()] })),
        r#"{"resultCode":200,"errorCode":0,"count":2,"serviceNames":["s"],"success":true}"#
    );
    assert_eq!(
        answer(&Response::<ConfigQueryResponse>::refused(code::CONFIG_NOT_FOUND, "config data not exist")),
        concat!(
            r#"{"resultCode":500,"errorCode":300,"message":"config data not exist","lastModified":0,"#,
            r#""beta":false,"success":false}"#
        )
    );
    let found = ConfigQueryResponse {
        content: Some("a: 1\n\u{4E2D}".into()),
        encrypted_data_key: Some(String::new()),
        content_type: Some("yaml".into()),
        md5: Some("e0cc".into()),
        last_modified: 1_730_000_000_500,
        ..ConfigQueryResponse::default()
    };
    assert_eq!(
        answer(&Response::ok(found)),
        concat!(
            r#"{"resultCode":200,"errorCode":0,"content":"a: 1\n"#,
            "\u{4E2D}",
            r#"","encryptedDataKey":"","contentType":"yaml","md5":"e0cc","lastModified":1730000000500,"#,
            r#""beta":false,"success":true}"#
        )
    );
    let changed = ConfigContext { group: "G".into(), data_id: "a".into(), tenant: Some(String::new()) };
    assert_eq!(
        answer(&Response::ok(ConfigChangeBatchListenResponse { changed_configs: vec![changed] })),
        concat!(
            r#"{"resultCode":200,"errorCode":0,"changedConfigs":[{"group":"G","dataId":"a","tenant":""}],"#,
            r#""success":true}"#
        )
    );
}

#[test]
fn errors_carry_their_code_in_one_place_or_in_both() {
    assert_eq!(
        answer(&Response::rejected(code::UNREGISTERED, "Connection is unregistered.")),
        r#"{"resultCode":500,"errorCode":301,"message":"Connection is unregistered.","success":false}"#
    );
    assert_eq!(
        answer(&Response::thrown(code::INVALID_PARAM, "Unsupported request type frobnicate")),
        r#"{"resultCode":400,"errorCode":400,"message":"Unsupported request type frobnicate","success":false}"#
    );
}

/// Recorded: `grpc-ns-setup-ability` on 2.5.1, `grpc-ns-fuzzy-watch` and `grpc-cs-fuzzy-watch` on 3.1.
#[test]
fn pushes_are_written_as_recorded() {
    let abilities = BTreeMap::from([(ability::PERSISTENT_INSTANCE.to_owned(), true)]);
    assert_eq!(
        push(&Request::new(SetupAckRequest { ability_table: abilities })),
        r#"{"headers":{},"abilityTable":{"supportPersistentInstanceByGrpc":true},"module":"internal"}"#
    );
    assert_eq!(
        push(&Request::push("1044", ClientDetectionRequest {})),
        r#"{"headers":{},"requestId":"1044","module":"internal"}"#
    );
    let reset = ConnectResetRequest {
        server_ip: Some("10.0.0.2".into()),
        server_port: Some("8848".into()),
        connection_id: None,
    };
    assert_eq!(
        push(&Request::push("1045", reset)),
        r#"{"headers":{},"requestId":"1045","serverIp":"10.0.0.2","serverPort":"8848","module":"internal"}"#
    );
    let notify = ConfigChangeNotifyRequest { data_id: "a".into(), group: "G".into(), tenant: None };
    assert_eq!(
        push(&Request::push("1043", notify)),
        r#"{"headers":{},"requestId":"1043","dataId":"a","group":"G","module":"config"}"#
    );
    let finish = NamingFuzzyWatchSyncRequest {
        sync_type: FINISH_INIT_NOTIFY.into(),
        group_key_pattern: "public>>g>>*".into(),
        contexts: vec![],
        total_batch: 1,
        current_batch: 1,
    };
    assert_eq!(
        push(&Request::push("7", finish)),
        concat!(
            r#"{"headers":{},"requestId":"7","syncType":"FINISH_FUZZY_WATCH_INIT_NOTIFY","#,
            r#""groupKeyPattern":"public>>g>>*","contexts":[],"totalBatch":1,"currentBatch":1,"module":"naming"}"#
        )
    );
    let change = ConfigFuzzyWatchChangeNotifyRequest {
        group_key: "a+G+public".into(),
        change_type: DELETE_CONFIG.into(),
    };
    assert_eq!(
        push(&Request::push("8", change)),
        r#"{"headers":{},"requestId":"8","groupKey":"a+G+public","changeType":"DELETE_CONFIG","module":"config"}"#
    );
}

/// `spec/grpc` §5.4: Go acknowledges with `success:false` and resultCode 200.
#[test]
fn acknowledgements_are_judged_by_their_result_code() {
    let ack = |text: &str| Ack::read(text.as_bytes()).unwrap();
    let go = ack(r#"{"resultCode":200,"errorCode":0,"success":false,"message":"","requestId":"1043"}"#);
    assert!(go.is_success());
    assert_eq!(go.request_id.as_deref(), Some("1043"));
    assert!(!ack(r#"{"resultCode":500,"requestId":"1"}"#).is_success());
    assert!(ack("").is_success(), "an absent code is the default");
}

#[test]
fn a_whole_message_reads_back() {
    let wire = Request::push("9", ClientDetectionRequest {}).encode("10.0.0.2");
    let payload = Payload::decode(wire).unwrap();
    assert_eq!(payload.payload_type(), Some(PayloadType::ClientDetectionRequest));
    assert_eq!(Request::<ClientDetectionRequest>::read(&payload.body).unwrap().request_id.unwrap(), "9");
    let wire = Response::ok(HealthCheckResponse {}).encode();
    assert_eq!(Payload::decode(wire).unwrap().type_name, "HealthCheckResponse");
}

/// A JSON value of some depth, mostly of the keys that requests have.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("instance".to_owned()),
        Just("metadata".to_owned()),
        Just("labels".to_owned()),
        Just("configListenContexts".to_owned()),
        Just("port".to_owned()),
        "[a-zA-Z]{1,8}",
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_panics_and_what_is_read_reads_back(value in value()) {
        fn check<T: Body + std::fmt::Debug + PartialEq>(text: &[u8]) -> Result<(), TestCaseError> {
            if let Ok(request) = Request::<T>::read(text) {
                prop_assert_eq!(Request::<T>::read(&request.to_json()).unwrap().body, request.body);
            }
            Ok(())
        }
        let text = value.to_string();
        check::<InstanceRequest>(text.as_bytes())?;
        check::<BatchInstanceRequest>(text.as_bytes())?;
        check::<ConnectionSetupRequest>(text.as_bytes())?;
        check::<ConfigBatchListenRequest>(text.as_bytes())?;
        check::<ConfigPublishRequest>(text.as_bytes())?;
        let _ = Response::<ClientConfigMetricResponse>::read(text.as_bytes()); // Ok or Err, both are fine
    }

    #[test]
    fn no_bytes_panic(text: Vec<u8>) {
        let _ = Request::<InstanceRequest>::read(&text); // Ok or Err, both are fine
        let _ = Ack::read(&text); // as above
    }
}
