//! Rules as their authors write them, read back by their descriptors.

use navaid_core::{
    ConfigItem, ConfigKey, ContentMd5, DataId, GroupName, NamespaceId, Operator, Timestamp,
    config_item::Description,
};
use proptest::prelude::*;
use prost_reflect::{DynamicMessage, Kind as Type, MessageDescriptor, Value as Field};

use super::{Finding, Kind, Refusal, Routing, Translation, is_tagged, read, schema};

const CANARY: &str = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: demo
  namespace: shop
  uid: 6a2c
  creationTimestamp: 2026-01-01T00:00:00Z
  labels: {team: pay, 'istio.io/rev': canary, 'bad label': x}
  annotations: {note: 'any text, of any length'}
spec:
  hosts: [demo.DEFAULT-GROUP.public.nacos]
  http:
  - match:
    - headers: {end-user: {exact: jason}, agent: {regex: '.*Mobile.*'}}
      uri: {prefix: /v2}
      port: 80
    route:
    - destination: {host: demo.DEFAULT-GROUP.public.nacos, subset: v2, port: {number: 8080}}
      weight: 90
    - destination: {host: demo.DEFAULT-GROUP.public.nacos}
      weight: '10'
    timeout: 1m30s
    retries: {attempts: 3, perTryTimeout: 250ms, retryRemoteLocalities: false}
    fault: {delay: {percentage: {value: 0.1}, fixedDelay: 5s}}
  - directResponse: {status: 503, body: {bytes: aGVsbG8=}}
  - redirect: {derivePort: FROM_REQUEST_PORT}
status: {}
";

const POOL: &str = "
apiVersion: networking.istio.io/v1alpha3
kind: DestinationRule
metadata: {name: demo}
spec:
  host: demo.DEFAULT-GROUP.public.nacos
  trafficPolicy:
    loadBalancer: {simple: LEAST_REQUEST}
    connectionPool: {tcp: {maxConnections: 100, connectTimeout: 30ms}, http: {h2UpgradePolicy: 2}}
    outlierDetection: {consecutive5xxErrors: 7, interval: 5m, outlierDetectionHttpErrorCodes: [500, 503]}
  subsets:
  - {name: v2, labels: {version: v2}, traffic_policy: {tls: {mode: ISTIO_MUTUAL}}}
";

fn item(content: &str, tags: &[&str]) -> ConfigItem {
    let (group, data_id) = (GroupName::parse("g").unwrap(), DataId::parse("d").unwrap());
    ConfigItem {
        id: 1,
        key: ConfigKey::new(&NamespaceId::parse("ns1").unwrap(), &group, &data_id),
        content: content.into(),
        md5: ContentMd5::of(content),
        encrypted_data_key: "".into(),
        description: Description {
            tags: Some(tags.iter().map(|tag| (*tag).into()).collect()),
            ..Description::default()
        },
        created_at: Timestamp(1),
        modified_at: Timestamp(1),
        operator: Operator::default(),
    }
}

fn read_text(content: &str) -> Result<Routing, Refusal> {
    read(&item(content, &[]), &Translation::default())
}

/// The body, read by a decoder that is not ours, as that decoder shows it.
fn shown(content: &str) -> String {
    let routing = read_text(content).unwrap();
    let body = &routing.rules[0].body;
    let shape = schema::POOL.get_message_by_name(body.type_url.rsplit('/').next().unwrap()).unwrap();
    show(&DynamicMessage::decode(shape, body.value.as_slice()).unwrap())
}

/// `{name: value}` by number of the field; maps by key.
fn show(message: &DynamicMessage) -> String {
    assert_eq!(message.unknown_fields().count(), 0);
    let mut fields: Vec<_> = message.fields().collect();
    fields.sort_by_key(|(field, _)| field.number());
    let fields: Vec<_> =
        fields.into_iter().map(|(field, value)| format!("{}: {}", field.name(), show_value(value))).collect();
    format!("{{{}}}", fields.join(", "))
}

fn show_value(value: &Field) -> String {
    match value {
        Field::Message(message) => show(message),
        Field::List(items) => format!("[{}]", items.iter().map(show_value).collect::<Vec<_>>().join(", ")),
        Field::Map(pairs) => {
            let mut pairs: Vec<_> =
                pairs.iter().map(|(key, value)| format!("{key:?}={}", show_value(value))).collect();
            pairs.sort();
            format!("<{}>", pairs.join(", "))
        }
        Field::String(text) => text.clone(),
        other => format!("{other}"),
    }
}

#[test]
fn tags_count_whatever_their_case_and_hyphens() {
    for tag in
        ["virtual-service", "VirtualService", "VIRTUAL-SERVICE", "destination-rule", "my-DestinationRule"]
    {
        assert!(is_tagged(&item("", &["other", tag])), "{tag}");
    }
    for tag in ["virtual_service", "virtual", "service", ""] {
        assert!(!is_tagged(&item("", &[tag])), "{tag}");
    }
}

#[test]
fn virtual_service_is_written_as_its_descriptor_says() {
    let destination = "host: demo.DEFAULT-GROUP.public.nacos";
    let wanted = format!(
        "{{hosts: [demo.DEFAULT-GROUP.public.nacos], http: [\
         {{match: [{{uri: {{prefix: /v2}}, headers: <String(\"agent\")={{regex: .*Mobile.*}}, \
         String(\"end-user\")={{exact: jason}}>, port: 80}}], \
         route: [{{destination: {{{destination}, subset: v2, port: {{number: 8080}}}}, weight: 90}}, \
         {{destination: {{{destination}}}, weight: 10}}], \
         timeout: {{seconds: 90}}, \
         retries: {{attempts: 3, per_try_timeout: {{nanos: 250000000}}, retry_remote_localities: {{}}}}, \
         fault: {{delay: {{fixed_delay: {{seconds: 5}}, percentage: {{value: 0.1}}}}}}}}, \
         {{direct_response: {{status: 503, body: {{bytes: \"hello\"}}}}}}, \
         {{redirect: {{derive_port: 1}}}}]}}"
    );
    assert_eq!(shown(CANARY), wanted);
}

#[test]
fn destination_rule_is_written_as_its_descriptor_says() {
    let wanted = "{host: demo.DEFAULT-GROUP.public.nacos, traffic_policy: {load_balancer: {simple: 5}, \
                  connection_pool: {tcp: {max_connections: 100, connect_timeout: {nanos: 30000000}}, \
                  http: {h2_upgrade_policy: 2}}, outlier_detection: {interval: {seconds: 300}, \
                  consecutive_5xx_errors: {value: 7}, outlier_detection_http_error_codes: [500, 503]}}, \
                  subsets: [{name: v2, labels: <String(\"version\")=v2>, traffic_policy: {tls: {mode: 3}}}]}";
    assert_eq!(shown(POOL), wanted);
}

#[test]
fn metadata_are_kept_but_for_what_istio_would_not_take() {
    let routing = read_text(CANARY).unwrap();
    let rule = &routing.rules[0];
    assert_eq!((rule.kind, rule.name.as_str()), (Kind::VirtualService, "shop/demo"));
    assert_eq!(rule.labels, [("team".to_owned(), "pay".to_owned())]);
    assert_eq!(rule.annotations, [("note".to_owned(), "any text, of any length".to_owned())]);
    let dropped = |label: &str| Finding::LabelDropped { rule: "shop/demo".into(), label: label.into() };
    assert_eq!(routing.findings, [dropped("bad label"), dropped("istio.io/rev")]);
}

#[test]
fn namespace_is_the_documents_or_the_settings_or_the_items() {
    let name = |settings: &Translation| read(&item(POOL, &[]), settings).unwrap().rules[0].name.clone();
    assert_eq!(name(&Translation::default()), "ns1/demo");
    let settings = Translation { istio_namespace: Some("mesh".into()), ..Translation::default() };
    assert_eq!(name(&settings), "mesh/demo");
    assert_eq!(read(&item(CANARY, &[]), &settings).unwrap().rules[0].name, "shop/demo");
}

#[test]
fn item_may_have_several_documents_and_json() {
    let both = format!("{CANARY}---\n{POOL}---\n");
    let routing = read_text(&both).unwrap();
    let names: Vec<_> = routing.rules.iter().map(|rule| (rule.kind, rule.name.as_str())).collect();
    assert_eq!(names, [(Kind::VirtualService, "shop/demo"), (Kind::DestinationRule, "ns1/demo")]);
    let json = r#"{"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
        "metadata": {"name": "j"}, "spec": {"host": "h"}}"#;
    assert_eq!(shown(json), "{host: h}");
}

#[test]
fn the_same_rule_has_the_same_bytes_whatever_its_order() {
    let text = |spec: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: n}}\nspec: {spec}"
        )
    };
    let one = text("{host: h, subsets: [{name: s, labels: {a: '1', b: on, c: '3'}}]}");
    let other = text("{subsets: [{labels: {c: '3', b: 'on', a: '1'}, name: s}], host: h, exportTo: null}");
    assert_eq!(read_text(&one).unwrap(), read_text(&other).unwrap());
}

#[test]
fn mistake_is_told_with_its_path() {
    let with = |from: &str, to: &str| CANARY.replacen(from, to, 1);
    let rule = |from: &str, to: &str| POOL.replacen(from, to, 1);
    for (content, wanted) in [
        (
            with("weight: 90", "wieght: 90"),
            "spec.http[0].route[0].wieght: HTTPRouteDestination has no such field",
        ),
        (
            with("weight: 90", "weight: 9.5"),
            "spec.http[0].route[0].weight: a whole number from -2147483648 to 2147483647 was expected",
        ),
        (
            with("exact: jason", "exact: 7"),
            "spec.http[0].match[0].headers[\"end-user\"].exact: a text was expected: put it in quotes",
        ),
        (
            with("exact: jason", "exact: jason, prefix: j"),
            "spec.http[0].match[0].headers[\"end-user\"].prefix: it cannot stand beside `exact`",
        ),
        (with("1m30s", "90"), "spec.http[0].timeout: a span was expected, such as 5s or 1m30s"),
        (with("aGVsbG8=", "hello!"), "spec.http[1].directResponse.body.bytes: a text in base64 was expected"),
        (
            with("FROM_REQUEST_PORT", "FROM_NOWHERE"),
            "spec.http[2].redirect.derivePort: one of FROM_PROTOCOL_DEFAULT, FROM_REQUEST_PORT was expected",
        ),
        (
            with("retryRemoteLocalities: false", "retryRemoteLocalities: 'no'"),
            "spec.http[0].retries.retryRemoteLocalities: true or false was expected",
        ),
        (
            with("value: 0.1", "value: lots"),
            "spec.http[0].fault.delay.percentage.value: a number was expected",
        ),
        (
            with("  hosts: [demo.DEFAULT-GROUP.public.nacos]", "  hosts: demo"),
            "spec.hosts: a list was expected",
        ),
        (
            rule("consecutive5xxErrors: 7", "consecutive5xxErrors: 7, consecutive_5xx_errors: 8"),
            "spec.trafficPolicy.outlierDetection.consecutive_5xx_errors: it is given twice, under both of its names",
        ),
        (rule("host: demo.DEFAULT-GROUP.public.nacos", "host: ''"), "spec.host: it is missing"),
        (rule("spec:", "sepc:"), "sepc: there is no such field"),
        (
            rule("networking.istio.io/v1alpha3", "security.istio.io/v1"),
            "apiVersion: networking.istio.io/VERSION was expected",
        ),
        (
            rule("kind: DestinationRule", "kind: Gateway"),
            "kind: VirtualService or DestinationRule was expected",
        ),
        (rule("metadata: {name: demo}", ""), "metadata: a mapping was expected"),
        (rule("{name: demo}", "{name: a/b}"), "metadata.name: a DNS name was expected"),
        (rule("{name: demo}", "{name: a, namespace: b.c}"), "metadata.namespace: a DNS label was expected"),
        (rule("{name: demo}", "{name: a, labls: {}}"), "metadata.labls: there is no such field"),
        (
            rule("{name: demo}", "{name: a, labels: {a: 1}}"),
            "metadata.labels[\"a\"]: a text was expected: put it in quotes",
        ),
        (format!("{POOL}---{POOL}"), "document 2: ns1/demo comes a second time"),
        (format!("{POOL}---\nkind: x"), "document 2: apiVersion: networking.istio.io/VERSION was expected"),
        ("just a text".to_owned(), "a mapping was expected"),
        ("# nothing yet".to_owned(), "the content has 0 documents, and 1 to 64 are taken"),
    ] {
        assert_eq!(read_text(&content).map_err(|error| error.to_string()).unwrap_err(), wanted);
    }
    assert!(matches!(read_text("a: [1\nb: 2"), Err(Refusal::Syntax { line: 1.., .. })));
    let encrypted = ConfigItem { encrypted_data_key: "key".into(), ..item(POOL, &[]) };
    assert_eq!(read(&encrypted, &Translation::default()), Err(Refusal::Encrypted));
}

#[test]
fn what_would_cost_much_is_refused_at_once() {
    let long = format!("#{}", "x".repeat(super::CONTENT_MAX));
    assert_eq!(read_text(&long), Err(Refusal::TooLong(super::CONTENT_MAX + 1)));
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    let bomb: String = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, at| {
        let before = format!("*a{}", at - 1);
        format!("{text}a{at}: &a{at} [{}]\n", [before.as_str(); 8].join(", "))
    });
    let wide = format!("[{}]", "1,".repeat(200_000));
    for content in [deep, bomb, wide] {
        assert!(matches!(read_text(&content), Err(Refusal::Syntax { .. })));
    }
    let many = "--- {a: 1}\n".repeat(super::DOCUMENTS_MAX + 1);
    assert_eq!(read_text(&many), Err(Refusal::Documents(super::DOCUMENTS_MAX + 1)));
}

/// A field of another type would be a rule that nobody can write.
#[test]
fn every_field_of_every_rule_has_a_type_that_is_taken() {
    let mut seen = Vec::new();
    let mut open: Vec<MessageDescriptor> = schema::SHAPES.iter().map(schema::Shape::spec).collect();
    while let Some(shape) = open.pop() {
        if seen.contains(&shape) || shape.full_name() == "google.protobuf.Duration" {
            continue;
        }
        for field in shape.fields() {
            match field.kind() {
                Type::Message(inner) => {
                    let is_key_text = !field.is_map() || inner.map_entry_key_field().kind() == Type::String;
                    assert!(is_key_text, "{}", field.full_name());
                    open.push(inner);
                }
                Type::String | Type::Bytes | Type::Bool | Type::Int32 | Type::Uint32 => {}
                Type::Uint64 | Type::Double | Type::Enum(_) => {}
                other => panic!("{}: {other:?}", field.full_name()),
            }
        }
        seen.push(shape);
    }
    assert!(seen.len() > 40, "{} messages", seen.len());
}

fn any_yaml() -> impl Strategy<Value = String> {
    let words = "[ \\n:{}\\[\\],'\"&*!|>a-z0-9.-]{0,80}";
    let cut = (0..CANARY.len(), 0..CANARY.len(), words).prop_map(|(from, until, inner)| {
        let (from, until) = (CANARY.floor_char_boundary(from), CANARY.floor_char_boundary(until));
        format!("{}{inner}{}", &CANARY[..from], &CANARY[until..])
    });
    prop_oneof![cut, ".{0,200}", words.prop_map(|text| format!("{POOL}{text}"))]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(content in any_yaml()) {
        if let Ok(routing) = read_text(&content) {
            for rule in &routing.rules {
                let name = rule.body.type_url.rsplit('/').next().unwrap();
                let shape = schema::POOL.get_message_by_name(name).unwrap();
                let message = DynamicMessage::decode(shape, rule.body.value.as_slice()).unwrap();
                prop_assert_eq!(message.unknown_fields().count(), 0);
            }
        }
    }
}
