use std::sync::Arc;

use navaid_core::{ConnectionId, PatternOutbox, ServiceKey, WatchPattern};
use parking_lot::Mutex;

use super::rig::*;

#[derive(Default)]
struct Told(Mutex<Vec<ServiceKey>>);

impl PatternOutbox<ServiceKey> for Told {
    fn changed(&self, key: &ServiceKey) {
        self.0.lock().push(key.clone());
    }
}

fn watch(rig: &Rig, id: &ConnectionId) -> (Arc<Told>, WatchPattern) {
    let (told, pattern) = (Arc::new(Told::default()), WatchPattern::parse(">>*>>*").unwrap());
    assert_eq!(rig.naming.watch_pattern(pattern.clone(), id, told.clone()), Ok(false));
    (told, pattern)
}

#[test]
fn a_service_appears_with_its_first_publication_and_goes_with_its_last() {
    let rig = Rig::new();
    let id = ConnectionId::new("w");
    let (told, _) = watch(&rig, &id);
    rig.register_http(instance(1)).unwrap();
    rig.register_http(instance(2)).unwrap();
    assert_eq!(*told.0.lock(), [key("s")]);
    assert_eq!(rig.naming.watched_presence(&key("s"), &id), Some(true));
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    assert_eq!(told.0.lock().len(), 1);
    rig.naming.deregister(&http(&endpoint(2)), &key("s"), rig.now);
    assert_eq!(told.0.lock().len(), 2);
    assert_eq!(rig.naming.watched_presence(&key("s"), &id), Some(false));
}

#[test]
fn a_watch_begins_with_what_is_listed_and_ends_with_its_connection() {
    let rig = Rig::new();
    rig.register_http(instance(1)).unwrap();
    let watcher = rig.connect("w");
    let id = ConnectionId::new("w");
    let (told, pattern) = watch(&rig, &id);
    assert_eq!(rig.naming.pattern_matches(&pattern, &id).unwrap().keys, [key("s")]);
    rig.naming.disconnect(&watcher, rig.now);
    assert_eq!(rig.naming.pattern_matches(&pattern, &id), None);
    rig.naming.deregister(&http(&endpoint(1)), &key("s"), rig.now);
    assert!(told.0.lock().is_empty());
}
