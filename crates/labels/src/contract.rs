//! What every source of labels keeps to, told once.

use navaid_core::seam::LabelSource;

/// Where the source under test reads from.
pub(crate) trait Scene {
    fn put(&self, document: &str);
    /// There is no document any more.
    fn remove(&self);
}

const ONE: &str = "[{\"address\": \"10.0.0.1\", \"labels\": {\"site\": \"a\"}}]";
const TWO: &str = "- address: 10.0.0.1\n  labels: {site: b}\n- address: 10.0.0.0/8\n  labels: {}\n";

/// Reads through good, bad and absent documents.
pub(crate) async fn check(scene: &impl Scene, mut source: impl LabelSource) {
    assert!(source.read().await.is_err(), "there is nothing yet");
    scene.put(ONE);
    assert_eq!(source.read().await.unwrap().map(|entries| entries.len()), Some(1));
    assert_eq!(source.read().await, Ok(None), "nothing changed");
    scene.put(TWO);
    assert_eq!(source.read().await.unwrap().map(|entries| entries.len()), Some(2));
    scene.put("- address: nowhere!\n  labels: {}");
    let error = source.read().await.unwrap_err();
    assert!(error.to_string().starts_with("line 1: "), "{error}");
    assert_eq!(source.read().await, Err(error), "what is bad stays bad, though it did not change");
    scene.put(TWO);
    source.read().await.unwrap();
    scene.remove();
    source.read().await.unwrap_err();
    scene.put(TWO);
    assert_eq!(source.read().await, Ok(None), "the same as before it was away");
    scene.put("[]");
    assert_eq!(source.read().await, Ok(Some(Vec::new())));
    let (first, tenth) = (source.pause(0), source.pause(10));
    assert!(!first.is_zero() && first <= tenth, "{first:?} {tenth:?}");
}
