//! What the clients of one program hold, as the program tells it: `SERVICE:CLIENTS:DIGEST` for each view that is held.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::view::Views;
use super::{SERVICES, service_name};

/// By service and digest, how many clients hold that view.
#[derive(Debug)]
pub(super) struct Held<'a>(BTreeMap<&'a str, BTreeMap<&'a str, usize>>);

impl<'a> Held<'a> {
    /// # Errors
    /// The text is anything else.
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        let mut held = BTreeMap::<_, BTreeMap<_, _>>::new();
        for part in text.split_whitespace() {
            let (service, rest) = part.split_once(':').with_context(|| format!("a service in {part:?}"))?;
            let (count, digest) = rest.split_once(':').with_context(|| format!("a digest in {part:?}"))?;
            held.entry(service).or_default().insert(digest, count.parse()?);
        }
        Ok(Held(held))
    }

    /// What differs from all `clients` holding `views`, each of its share: client `n` subscribes to the services `s` of
    /// which `s - n` is a multiple of `share`.
    pub(super) fn astray(&self, clients: usize, share: usize, views: &Views) -> impl Iterator<Item = String> {
        (0..SERVICES).filter_map(move |service| {
            let (name, due) = (service_name(service), views.digest(service));
            let subscribers = (usize::from(service) % share..clients).step_by(share).count();
            let held = self.0.get(name.as_str());
            if held.is_some_and(|held| held.len() == 1 && held.get(due.as_str()) == Some(&subscribers)) {
                return None;
            }
            Some(format!("{name} is held as {held:?}, where {subscribers} clients should hold {due}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn told(first: &str) -> String {
        let others = (1..SERVICES).map(|service| format!("{}:3:{NOTHING}", service_name(service)));
        std::iter::once(first.to_owned()).chain(others).collect::<Vec<_>>().join(" ")
    }

    fn astray(first: &str) -> usize {
        Held::parse(&told(first)).unwrap().astray(3, 1, &Views::default()).count()
    }

    #[test]
    fn one_client_that_holds_another_view_is_found() {
        assert_eq!(astray(&format!("storm-00:3:{NOTHING}")), 0);
        assert_eq!(astray(&format!("storm-00:2:{NOTHING} storm-00:1:00")), 1);
        assert_eq!(astray(&format!("storm-00:2:{NOTHING}")), 1);
        assert_eq!(astray("storm-00:3:00"), 1);
        assert_eq!(astray(""), 1);
    }

    #[test]
    fn client_counts_for_the_services_of_its_share() {
        // Of three clients, two subscribe to the even services, one to the odd ones.
        let text = told(&format!("storm-00:2:{NOTHING}")).replace(":3:", ":1:");
        let held = Held::parse(&text).unwrap();
        assert_eq!(held.astray(3, 2, &Views::default()).count(), usize::from(SERVICES) / 2 - 1);
    }

    #[test]
    fn text_of_another_form_is_an_error() {
        for text in ["storm-00", "storm-00:3", "storm-00:x:00"] {
            assert!(Held::parse(text).is_err(), "{text}");
        }
    }
}
