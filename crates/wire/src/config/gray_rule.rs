//! Gray rules as JSON text (`spec/config-semantics` §5). The type `labels` is Navaid's own.

use navaid_core::GrayRule;
use serde::Serialize;

/// The only version there is.
pub const VERSION: &str = "1.0.0";

#[derive(Serialize)]
struct ShownV3<'a> {
    r#type: &'a str,
    version: &'a str,
    expr: &'a str,
    priority: i32,
}

#[derive(Serialize)]
struct ShownV2<'a> {
    r#type: &'a str,
    expr: &'a str,
    version: &'a str,
    priority: String,
}

/// Kind of a rule, and what it compares with.
pub fn words(rule: &GrayRule) -> (&'static str, &str) {
    match rule {
        GrayRule::Beta { ips } => ("beta", ips),
        GrayRule::Tag { tag } => ("tag", tag),
        GrayRule::Labels { rule, .. } => ("labels", rule.text()),
    }
}

/// The rule as v3 shows it (recorded: `cs3-admin-beta` on 3.1).
pub fn v3_text(rule: &GrayRule) -> String {
    let (kind, expr) = words(rule);
    text(&ShownV3 { r#type: kind, version: VERSION, expr, priority: rule.priority() })
}

/// The rule as v2 history and the stored form of 2.5 have it: another order, the priority as text
/// (recorded: `cs2-gray` on 2.5.1). Also the `tag` of a gRPC answer, percent-encoded there.
pub fn v2_text(rule: &GrayRule) -> String {
    let (kind, expr) = words(rule);
    text(&ShownV2 { r#type: kind, expr, version: VERSION, priority: rule.priority().to_string() })
}

fn text(rule: &impl Serialize) -> String {
    serde_json::to_string(rule).expect("texts and numbers are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_recorded() {
        let beta = GrayRule::Beta { ips: "10.49.1.1,10.49.1.2".into() };
        assert_eq!(
            v3_text(&beta),
            r#"{"type":"beta","version":"1.0.0","expr":"10.49.1.1,10.49.1.2","priority":2147483647}"#
        );
        let tag = GrayRule::Tag { tag: "blue".into() };
        assert_eq!(
            v2_text(&tag),
            r#"{"type":"tag","expr":"blue","version":"1.0.0","priority":"2147483646"}"#
        );
    }
}
