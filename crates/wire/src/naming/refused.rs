//! Texts for refused discovery calls, as every generation shows them (`spec/naming-semantics` §1.6, §3, §12).

use navaid_core::{ClientId, Lifetime, ServiceKey};

/// How a registration that meets a service of the other lifetime was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    Single,
    Batch,
}

/// `Current service g@@s is persistent service, can't register ephemeral instance.` and its mirror.
pub fn lifetime_mismatch(key: &ServiceKey, service: Lifetime, registration: Registration) -> String {
    let (is, cannot) = match service {
        Lifetime::Persistent => ("persistent", "ephemeral"),
        Lifetime::Ephemeral => ("ephemeral", "persistent"),
    };
    let verb = match registration {
        Registration::Single => "register",
        Registration::Batch => "batch register",
    };
    format!("Current service {} is {is} service, can't {verb} {cannot} instance.", key.grouped())
}

/// A write of a connection that is gone, or that has no naming client.
pub fn disconnected(client: &ClientId) -> String {
    format!("Client [{client}] connection already disconnect, can't register ephemeral instance.")
}

#[cfg(test)]
mod tests {
    use navaid_core::{GroupName, NamespaceId, ServiceName};

    use super::*;

    #[test]
    fn mismatches_are_worded_as_recorded() {
        let name = ServiceName::parse("s").unwrap();
        let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
        assert_eq!(
            lifetime_mismatch(&key, Lifetime::Persistent, Registration::Batch),
            "Current service DEFAULT_GROUP@@s is persistent service, can't batch register ephemeral instance."
        );
        assert_eq!(
            lifetime_mismatch(&key, Lifetime::Ephemeral, Registration::Single),
            "Current service DEFAULT_GROUP@@s is ephemeral service, can't register persistent instance."
        );
    }
}
