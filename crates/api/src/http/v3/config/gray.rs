//! The gray releases of an item by name: Navaid's own paths, since those of the reference know the beta alone.

use http::StatusCode;
use navaid_config::{RemoveRequest, RemoveTarget};
use navaid_core::GrayName;
use navaid_wire::{config::item_v3::GrayV3, http::ErrorCode};

use crate::http::{
    call::Call,
    config::dialect::V3,
    failure::{Failure, Missing},
    reply::Reply,
};

/// All gray releases of an item, in the order in which they are tried.
pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let key = V3.key(&call.params)?;
    let Some(entry) = call.node.configs.entry(&key) else { return Ok(Reply::success(&[(); 0])) };
    let id = entry.formal().map_or(0, |item| item.id);
    let shown: Vec<_> = entry.grays().iter().map(|gray| GrayV3::of(id, &key, gray)).collect();
    Ok(Reply::success(&shown))
}

/// One of them.
pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    let (key, name) = (V3.key(&call.params)?, name(&call)?);
    let release = call.node.configs.gray(&key, &name).ok_or_else(|| unknown(&name))?;
    let id = call.node.configs.item(&key).map_or(0, |item| item.id);
    Ok(Reply::success(&GrayV3::of(id, &key, &release)))
}

/// Ends one of them: its clients are given the next that fits, or the formal release.
pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    let (key, name) = (V3.key(&call.params)?, name(&call)?);
    let target = RemoveTarget::Gray(name.clone());
    let operator = V3.operator(&call);
    if call.node.configs.remove(RemoveRequest { key, target, operator }).await? {
        return Ok(Reply::success(&true));
    }
    Err(unknown(&name))
}

fn name(call: &Call) -> Result<GrayName, Failure> {
    Ok(GrayName::new(call.params.required("grayName", Missing::Form("String"))?))
}

fn unknown(name: &GrayName) -> Failure {
    let text = format!("the item has no gray release '{name}'");
    Failure::refused(StatusCode::NOT_FOUND, ErrorCode::RESOURCE_NOT_FOUND, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::{config::release, v3::config::item},
        testbed::Testbed,
    };

    const ITEM: &str = "dataId=a&groupName=g";

    fn text(reply: Reply) -> String {
        String::from_utf8(reply.body.to_vec()).unwrap()
    }

    async fn publish(bed: &Testbed, more: &str) -> Result<Reply, Failure> {
        item::publish(bed.call(&format!("{ITEM}&{more}"), &[])).await
    }

    #[tokio::test]
    async fn a_release_by_labels_is_published_read_listed_and_removed() {
        let bed = Testbed::start();
        publish(&bed, "content=formal").await.unwrap();
        let canary = "grayName=canary&grayRuleExp=AppName%3Dshop&grayPriority=5&content=gray";
        publish(&bed, canary).await.unwrap();
        let read_by = |headers| {
            let call = bed.call(ITEM, headers);
            let key = V3.key(&call.params).unwrap();
            release::read(&call, &key, None).unwrap().content.to_string()
        };
        assert_eq!(read_by(&[("client-appname", "shop")]), "gray");
        assert_eq!(read_by(&[]), "formal");

        let listed = text(list(bed.call(ITEM, &[])).await.unwrap());
        assert!(listed.contains(r#""grayName":"canary""#), "{listed}");
        assert!(listed.contains(r#"\"expr\":\"AppName=shop\",\"priority\":5"#), "{listed}");
        let named = format!("{ITEM}&grayName=canary");
        assert!(read(bed.call(&named, &[])).await.is_ok());
        assert!(remove(bed.call(&named, &[])).await.is_ok());
        assert_eq!(remove(bed.call(&named, &[])).await.unwrap_err(), unknown(&GrayName::new("canary")));
        assert_eq!(read_by(&[("client-appname", "shop")]), "formal");
    }

    #[tokio::test]
    async fn a_rule_that_cannot_be_is_refused_by_its_name() {
        let bed = Testbed::start();
        for (sent, said) in [
            ("grayName=c", "grayRuleExp is blank : "),
            ("grayName=c&grayRuleExp=a+in+b", "invalid grayRuleExp : 'in' and 'notin' need"),
            ("grayName=c&grayRuleExp=a&grayPriority=-1", "grayPriority must be between 0 and 2147483645"),
            ("grayName=tag_x&grayRuleExp=a", "grayName 'beta' and those that begin with 'tag_' are taken"),
        ] {
            let refused = publish(&bed, &format!("content=x&{sent}")).await.unwrap_err();
            assert!(format!("{refused:?}").contains(said), "{sent}: {refused:?}");
        }
    }
}
