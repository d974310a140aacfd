use navaid_core::ConnectionId;

use super::*;
use crate::{AppLabels, ClientHolding, ConfigOutbox, Watcher, release_params::beta_or_tag};

struct Deaf;

impl ConfigOutbox for Deaf {
    fn changed(&self, _: &ConfigKey) {}
}

fn connected(ip: &str) -> Watcher {
    Watcher::connected(ip.into(), ConnectionId::new(ip), Arc::new(AppLabels::new([("AppName", "shop")])))
}

fn at(second: u64) -> Now {
    Now { wall: Timestamp(second * 1_000), mono: Moment(second * 1_000) }
}

/// The only client that watches `a`.
fn only(configs: &Configs, now: Now) -> ClientHolding {
    let mut clients = configs.delivery(&key("a"), now);
    assert_eq!(clients.len(), 1);
    clients.remove(0)
}

#[tokio::test]
async fn client_is_current_once_it_says_or_was_given_what_is_there() {
    let configs = configs();
    configs.publish(request("a", "one")).await.unwrap();
    let listener = configs.listener(connected("1.1.1.1"), Arc::new(Deaf));
    configs.listen(&listener, &[holding("a", Some("one"))], &ANYBODY, at(10)).unwrap();
    configs.listen(&listener, &[holding("a", Some("one"))], &ANYBODY, at(20)).unwrap();
    let client = only(&configs, at(21));
    assert!(client.is_current() && configs.is_in_step(&listener, &key("a")));
    assert_eq!((client.status.since, client.status.watcher.app_name()), (Timestamp(10_000), Some("shop")));

    configs.publish(request("a", "two")).await.unwrap();
    assert!(!only(&configs, at(22)).is_current() && !configs.is_in_step(&listener, &key("a")));
    configs.given(&listener, &key("a"), Some(ContentMd5::of("two")), Timestamp(30_000));
    let client = only(&configs, at(31));
    assert!(client.is_current() && configs.is_in_step(&listener, &key("a")));
    assert_eq!(client.status.since, Timestamp(30_000));

    configs.given(&listener, &key("b"), None, Timestamp(30_000));
    assert_eq!(configs.watches().count(), 1, "reading is not watching");
    configs.remove(removal("a", RemoveTarget::Formal)).await.unwrap();
    assert_eq!(only(&configs, at(32)).expected_md5(), None);
    configs.given(&listener, &key("a"), None, Timestamp(33_000));
    assert!(only(&configs, at(33)).is_current(), "who holds nothing of what is gone is in step");
}

#[tokio::test]
async fn client_is_expected_to_hold_the_release_that_is_for_it() {
    let configs = configs();
    configs.publish(request("a", "formal")).await.unwrap();
    for (ip, tag) in [(Some("1.1.1.1"), None), (None, Some("blue"))] {
        let target = beta_or_tag(ip, tag);
        configs.publish(PublishRequest { target, ..request("a", ip.or(tag).unwrap()) }).await.unwrap();
    }
    let blue = RequestedTag::Preferred("blue");
    for (ip, tag, expected) in [
        ("1.1.1.1", RequestedTag::None, "1.1.1.1"),
        ("2.2.2.2", blue, "blue"),
        ("3.3.3.3", RequestedTag::None, "formal"),
    ] {
        let listener = configs.listener(connected(ip), Arc::new(Deaf));
        let labels = ClientLabels { ip, tag, app: None };
        configs.listen(&listener, &[holding("a", Some(expected))], &labels, at(1)).unwrap();
        let client = only(&configs, at(1));
        assert!(client.is_current(), "{ip}");
        assert_eq!(client.expected_md5(), Some(ContentMd5::of(expected)), "{ip}");
    }
}

#[tokio::test(start_paused = true)]
async fn client_between_two_polls_is_shown_for_twice_the_hold() {
    const HOLD: Duration = Duration::from_secs(30);
    let configs = configs();
    let labels = ClientLabels { ip: "1.1.1.1", ..ANYBODY };
    let poll = async |second| {
        configs.long_poll(&[holding("a", None), holding("b", None)], &labels, HOLD, at(second)).await.unwrap()
    };
    assert!(poll(100).await.is_empty());
    let client = only(&configs, at(131));
    assert_eq!((client.status.since, client.status.parted), (Timestamp(100_000), Some(Timestamp(130_000))));
    assert_eq!(configs.watches().of_ip("1.1.1.1", at(131)).len(), 2);
    assert!(configs.delivery(&key("a"), at(190)).is_empty(), "it has gone for good");

    configs.publish(request("a", "one")).await.unwrap();
    assert_eq!(poll(140).await, [key("a")]);
    let client = only(&configs, at(141));
    assert!(!client.is_current());
    assert_eq!(client.status.since, Timestamp(100_000), "it holds still what it held in the poll before");
}
