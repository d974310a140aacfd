//! Capacity in v3 (recorded: `cs3-admin-capacity`).

use navaid_wire::config::capacity as shape;

use crate::http::{
    call::Call,
    config::{capacity, dialect::V3},
    failure::Failure,
    reply::Reply,
};

pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    let owner = capacity::owner(&call.params, &V3)?;
    Ok(Reply::success(&capacity::row(&call, &owner, shape::CapacityOwner::v3)))
}

pub(super) async fn change(call: Call) -> Result<Reply, Failure> {
    let owner = capacity::owner(&call.params, &V3)?;
    let change = capacity::change(&call.params)?;
    call.node.configs.set_capacity(owner, change).await?;
    Ok(Reply::success(&true))
}

#[cfg(test)]
mod tests {
    use navaid_config::{CapacitySettings, ConfigSettings};
    use navaid_core::Timestamp;

    use super::*;
    use crate::{
        http::{failure::Costume, v3::config::item},
        testbed::Testbed,
    };

    fn bed() -> Testbed {
        let capacity = CapacitySettings { is_checked: true, ..CapacitySettings::default() };
        Testbed::start_with(ConfigSettings { capacity, ..ConfigSettings::default() })
    }

    async fn publish(bed: &Testbed, form: &str) -> Result<Reply, Failure> {
        item::publish(bed.call(form, &[])).await
    }

    fn worded(failure: &Failure, costume: Costume) -> String {
        let reply = failure.reply(costume, "/nacos/x", Timestamp(0));
        format!("{} {}", reply.status.as_u16(), String::from_utf8_lossy(&reply.body))
    }

    #[tokio::test]
    async fn what_is_set_is_in_force_and_shown_with_its_use() {
        let bed = bed();
        change(bed.call("groupName=g&quota=1&maxSize=5", &[])).await.unwrap();
        publish(&bed, "dataId=a&groupName=g&content=12345").await.unwrap();
        let shown = read(bed.call("groupName=g", &[])).await.unwrap();
        let shown = String::from_utf8_lossy(&shown.body).into_owned();
        assert!(shown.contains(r#""quota":1,"usage":1,"maxSize":5,"#), "{shown}");

        let full = publish(&bed, "dataId=b&groupName=g&content=1").await.unwrap_err();
        let text =
            "errCode: 5032, errMsg: cannot add an item: the quota of group g is 1 items, and it has as many ";
        assert_eq!(
            worded(&full, Costume::Envelope),
            format!(r#"403 {{"code":5032,"message":"group capacity reach quota","data":"{text}"}}"#)
        );
        assert_eq!(worded(&full, Costume::Caused), format!("403 caused: {text};"));
        let long = publish(&bed, "dataId=a&groupName=g&content=123456").await.unwrap_err();
        assert!(worded(&long, Costume::Envelope).starts_with(r#"403 {"code":5034,"#));
    }

    #[tokio::test]
    async fn a_full_namespace_has_a_code_of_its_own() {
        let bed = bed();
        change(bed.call("namespaceId=dev&quota=1", &[])).await.unwrap();
        publish(&bed, "namespaceId=dev&dataId=a&groupName=g&content=1").await.unwrap();
        let full = publish(&bed, "namespaceId=dev&dataId=b&groupName=h&content=1").await.unwrap_err();
        assert!(worded(&full, Costume::Envelope).starts_with(r#"403 {"code":5033,"#));
    }

    #[tokio::test]
    async fn a_limit_that_is_no_number_is_refused_by_its_name() {
        let refused = change(bed().call("groupName=g&quota=1.5", &[])).await.unwrap_err();
        let text = "quota must be a whole number from 0 to 2147483647, not '1.5'";
        assert_eq!(refused, Failure::illegal(text));
    }
}
