//! What happens to instances is seen by every sink.

use conformance::{Acknowledging, GrpcClient};
use mesh_check::{Instance, run};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use crate::crowd::Crowd;

fn one() -> Instance {
    Instance::new("demo", "10.1.0.1", 8080)
}

fn two() -> Instance {
    Instance::new("demo", "10.1.0.2", 8080)
}

#[test]
fn empty_registry_answers_every_type() {
    run(async {
        let mut crowd = Crowd::start(&[], &[]).await?;
        crowd.synced().await?;
        crowd.end_without_loss()
    });
}

#[test]
fn sink_that_connects_after_the_registration_is_told() {
    run(async {
        let mut crowd = Crowd::start(&[], &[one(), two().weight("3")]).await?;
        crowd.agree(&one()).await?;
        crowd.synced().await?;
        crowd.end_without_loss()
    });
}

#[test]
fn sink_that_connects_before_the_registration_is_told() {
    run(async {
        let mut crowd = Crowd::start(&[], &[]).await?;
        crowd.synced().await?;
        crowd.bed.register(&one()).await?;
        crowd.agree(&one()).await?;
        crowd.bed.register(&two()).await?;
        crowd.agree(&one()).await?;
        crowd.until("two routes", |view| view.registry.routes().len() == 2).await?;
        crowd.end_without_loss()
    });
}

#[test]
fn weight_and_metadata_are_seen_without_a_loss() {
    run(async {
        let crowd = Crowd::start(&[], &[one(), two()]).await?;
        crowd.agree(&one()).await?;
        crowd.bed.update(&one().weight("7")).await?;
        crowd.agree(&one()).await?;
        crowd.bed.update(&one().weight("7").metadata("zone", "west").metadata("version", "v2")).await?;
        crowd.agree(&one()).await?;
        crowd.bed.update(&one().weight("0.5").metadata("version", "v3")).await?;
        crowd.agree(&one()).await?;
        crowd.end_without_loss()
    });
}

#[test]
fn unhealthy_instance_is_left_out_and_comes_back() {
    run(async {
        let mut crowd = Crowd::start(&[], &[one(), two()]).await?;
        crowd.bed.unchecked(&one()).await?;
        crowd.agree(&one()).await?;
        crowd.bed.mark(&one(), false).await?;
        crowd.agree(&one()).await?;
        crowd.until("one route", |view| view.registry.routes().len() == 1).await?;
        crowd.bed.mark(&one(), true).await?;
        crowd.until("two routes", |view| view.registry.routes().len() == 2).await?;
        crowd.agree(&one()).await?;
        crowd.end()
    });
}

#[test]
fn disabled_instances_are_left_out_and_come_back() {
    run(async {
        let mut crowd = Crowd::start(&[], &[one(), two()]).await?;
        crowd.agree(&one()).await?;
        crowd.bed.update(&one().disabled()).await?;
        crowd.until("one route", |view| view.registry.routes().len() == 1).await?;
        crowd.agree(&one()).await?;
        // With the last one the service is empty, which is drained and not refused.
        crowd.bed.update(&two().disabled()).await?;
        crowd.until_without_synthetic("no route", |view| view.registry.routes().is_empty()).await?;
        crowd.bed.update(&one()).await?;
        crowd.bed.update(&two()).await?;
        crowd.until("two routes", |view| view.registry.routes().len() == 2).await?;
        crowd.agree(&one()).await?;
        crowd.end()
    });
}

#[test]
fn service_goes_with_its_instances_and_other_services_stay() {
    run(async {
        let other = Instance::new("other", "10.1.0.3", 9090);
        let mut crowd = Crowd::start(&[], &[one(), two(), other.clone()]).await?;
        crowd.agree(&one()).await?;
        crowd.bed.deregister(&one()).await?;
        crowd.agree(&one()).await?;
        crowd.bed.deregister(&two()).await?;
        crowd.until("one route", |view| view.registry.routes().len() == 1).await?;
        crowd.bed.remove_service(&one()).await?;
        let host = one().host();
        crowd.until("no host", |view| !view.registry.0.contains_key(&host)).await?;
        crowd.agree(&other).await?;
        for (_, sink) in &crowd.sinks {
            assert_eq!(sink.view().lost.len(), 2, "{:?}", sink.view().lost);
        }
        crowd.end()
    });
}

/// The instance of an SDK that is connected, which goes when its connection does.
#[test]
fn instance_of_a_connection_goes_with_it() {
    run(async {
        let mut crowd = Crowd::start(&[], &[]).await?;
        let mut sdk = GrpcClient::connect(crowd.bed.target(), "naming", Acknowledging::Always).await?;
        let instance = json!({
            "ip": "10.1.0.1", "port": 8080, "weight": 2.0, "healthy": true, "enabled": true, "ephemeral": true,
            "clusterName": "DEFAULT", "metadata": {"zone": "west"},
        });
        let register = json!({
            "namespace": "public", "serviceName": "demo", "groupName": "DEFAULT_GROUP",
            "type": "registerInstance", "instance": instance,
        });
        let answer = sdk.call("InstanceRequest", &register).await?;
        assert_eq!(answer.body["resultCode"], 200, "{answer:?}");
        crowd.until("a route", |view| view.registry.routes().len() == 1).await?;
        crowd.agree(&one()).await?;
        drop(sdk);
        crowd.until_without_synthetic("no route", |view| view.registry.routes().is_empty()).await?;
        crowd.end()
    });
}

/// istiod's own wait for quiet never ends while changes come faster than every 100 ms.
#[test]
fn changes_one_after_the_other_are_told_together() {
    const CHANGES: u32 = 40;
    const PAUSE: Duration = Duration::from_millis(60);
    /// `spec/istiod-as-seen` §5: at least so long between two answers of different content.
    const SPACING_MS: u128 = 150;
    run(async {
        let crowd = Crowd::start(&[], &[one()]).await?;
        crowd.agree(&one()).await?;
        let answers = |crowd: &Crowd| crowd.sinks.iter().map(|(_, s)| s.view().answers).collect::<Vec<_>>();
        let (before, started) = (answers(&crowd), Instant::now());
        for change in 1..=CHANGES {
            crowd.bed.update(&one().weight(&change.to_string())).await?;
            sleep(PAUSE).await;
        }
        crowd.agree(&one()).await?;
        let spaces = started.elapsed().as_millis() / SPACING_MS + 2;
        for ((after, before), (name, _)) in answers(&crowd).iter().zip(before).zip(&crowd.sinks) {
            let sent = (after - before) as u128;
            assert!(sent <= spaces, "{name} was sent {sent} answers, {spaces} have room");
        }
        crowd.end_without_loss()
    });
}

#[test]
fn sinks_that_come_later_are_told_the_same() {
    run(async {
        let mut crowd = Crowd::start(&[], &[one()]).await?;
        crowd.agree(&one()).await?;
        crowd.bed.register(&two()).await?;
        crowd.connect();
        crowd.agree(&one()).await?;
        crowd.bed.update(&two().weight("4")).await?;
        crowd.agree(&one()).await?;
        let entries: Vec<_> = crowd.sinks.iter().map(|(_, sink)| sink.view().registry).collect();
        assert_eq!(entries[..6], entries[6..]);
        crowd.end_without_loss()
    });
}
