//! `…/cs/config/diff`: how two revisions differ, as text and by key. Navaid's own path.
//!
//! The left side is named as everywhere; the right one by `rightNamespaceId`, `rightGroupName`, `rightDataId`, each of
//! which is the left one's where it is not given. `revision` and `rightRevision` are `current` (the default), the `id`
//! of a history row, or `gray:NAME`.

use http::StatusCode;
use navaid_config::{Revision, RevisionContent};
use navaid_core::{
    ConfigKey, DataId, GrayName, GroupName, HistoryId, NamespaceId,
    access::{Action, Resource},
};
use navaid_diff::{Comparison, Side, compare};
use navaid_wire::http::ErrorCode;
use serde::Serialize;

use crate::http::{call::Call, config::dialect::V3, failure::Failure, params::Params, reply::Reply};

const CURRENT: &str = "current";
const GRAY_PREFIX: &str = "gray:";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    left: ShownSide<'a>,
    right: ShownSide<'a>,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownSide<'a> {
    namespace_id: &'a str,
    group_name: &'a str,
    data_id: &'a str,
    revision: &'a str,
    md5: String,
}

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    let left = Chosen::left(&call).await?;
    let right = Chosen::right(&call, &left.key).await?;
    let (left, right, comparison) = call
        .node
        .configs
        .in_turn(move || {
            let comparison = compare(&left.side(), &right.side());
            (left, right, comparison)
        })
        .await?;
    Ok(Reply::success(&Answer { left: left.shown(), right: right.shown(), comparison: &comparison }))
}

/// A revision that the call names, with its content.
struct Chosen {
    key: ConfigKey,
    revision: String,
    found: RevisionContent,
}

impl Chosen {
    async fn left(call: &Call) -> Result<Self, Failure> {
        Self::read(call, V3.key(&call.params)?, "revision").await
    }

    async fn right(call: &Call, left: &ConfigKey) -> Result<Self, Failure> {
        let key = right_key(&call.params, left)?;
        call.node.guard.admit(&Resource::Config(key.clone()), Action::Read)?;
        Self::read(call, key, "rightRevision").await
    }

    async fn read(call: &Call, key: ConfigKey, name: &'static str) -> Result<Self, Failure> {
        let text = call.params.text(name).unwrap_or(CURRENT).trim();
        let found = call.node.configs.revision(&key, &revision(text, name)?).await?;
        let found = found.ok_or_else(|| {
            let text = format!("there is no revision '{text}' of {key}");
            Failure::refused(StatusCode::NOT_FOUND, ErrorCode::RESOURCE_NOT_FOUND, text)
        })?;
        Ok(Self { key, revision: text.to_owned(), found })
    }

    fn side(&self) -> Side<'_> {
        Side {
            data_id: self.key.data_id(),
            kind: self.found.kind,
            content: &self.found.content,
            is_encrypted: self.found.is_encrypted,
        }
    }

    fn shown(&self) -> ShownSide<'_> {
        ShownSide {
            namespace_id: self.key.namespace(),
            group_name: self.key.group(),
            data_id: self.key.data_id(),
            revision: &self.revision,
            md5: self.found.md5.to_string(),
        }
    }
}

fn right_key(params: &Params, left: &ConfigKey) -> Result<ConfigKey, Failure> {
    let namespace = NamespaceId::parse(params.get("rightNamespaceId").unwrap_or(left.namespace()))?;
    let group = GroupName::parse(params.text("rightGroupName").unwrap_or(left.group()))?;
    let data_id = DataId::parse(params.text("rightDataId").unwrap_or(left.data_id()))?;
    Ok(ConfigKey::new(&namespace, &group, &data_id))
}

fn revision(text: &str, name: &'static str) -> Result<Revision, Failure> {
    if text == CURRENT {
        return Ok(Revision::Current);
    }
    if let Some(gray) = text.strip_prefix(GRAY_PREFIX) {
        return Ok(Revision::Gray(GrayName::new(gray)));
    }
    match text.parse() {
        Ok(id) => Ok(Revision::History(HistoryId(id))),
        Err(_) => Err(Failure::illegal(format!(
            "invalid {name} : {text}; it must be {CURRENT}, the id of a history row, or {GRAY_PREFIX}NAME"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::v3::config::item, testbed::Testbed};

    async fn publish(bed: &Testbed, form: &str) {
        item::publish(bed.call(&format!("groupName=g&{form}"), &[])).await.unwrap();
    }

    async fn answer(bed: &Testbed, form: &str) -> serde_json::Value {
        let reply = show(bed.call(&format!("groupName=g&{form}"), &[])).await.unwrap();
        serde_json::from_slice::<serde_json::Value>(&reply.body).unwrap()["data"].take()
    }

    #[tokio::test]
    async fn a_history_row_is_compared_with_what_stands() {
        let bed = Testbed::start();
        publish(&bed, "dataId=a.yaml&content=port:+1%0Aname:+x%0A").await;
        publish(&bed, "dataId=a.yaml&content=port:+2%0Aname:+x%0A").await;
        let found = answer(&bed, "dataId=a.yaml&revision=1").await;
        assert_eq!(found["identical"], false);
        assert_eq!(found["left"]["revision"], "1");
        assert_eq!(found["keys"]["changed"][0], serde_json::json!({"key": "port", "left": 1, "right": 2}));
        assert_eq!(found["text"]["hunks"][0]["lines"].as_array().unwrap().len(), 3);
    }

    #[tokio::test]
    async fn another_item_and_a_gray_release_may_stand_on_the_right() {
        let bed = Testbed::start();
        publish(&bed, "dataId=a.json&content=%7B%22a%22:1%7D").await;
        publish(&bed, "dataId=a.json&grayName=canary&grayRuleExp=env&content=%7B%22a%22:2%7D").await;
        publish(&bed, "dataId=b.yaml&content=a:+1").await;
        let found = answer(&bed, "dataId=a.json&rightDataId=b.yaml").await;
        assert_eq!((&found["identical"], &found["keys"]["changed"]), (&false.into(), &serde_json::json!([])));
        let found = answer(&bed, "dataId=a.json&rightRevision=gray:canary").await;
        assert_eq!(found["keys"]["changed"][0]["right"], 2);
    }

    #[tokio::test]
    async fn a_revision_that_is_not_there_or_is_none_is_refused_by_its_name() {
        let bed = Testbed::start();
        publish(&bed, "dataId=a&content=x").await;
        for (form, said) in [
            ("dataId=a&revision=99", "there is no revision '99' of public/g/a"),
            ("dataId=a&rightDataId=b", "there is no revision 'current' of public/g/b"),
            ("dataId=a&rightRevision=old", "invalid rightRevision : old; it must be current"),
        ] {
            let refused = show(bed.call(&format!("groupName=g&{form}"), &[])).await.unwrap_err();
            assert!(format!("{refused:?}").contains(said), "{refused:?}");
        }
    }
}
