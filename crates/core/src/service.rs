//! Services: their identity, and what an operator sets on them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    instance::Metadata,
    name::{ClusterName, GROUP_SEPARATOR, GroupName, NamespaceId, ServiceName},
};

/// Identity of a service: (namespace, group, name). Whether it is ephemeral is not part of it
/// (`spec/naming-semantics` §1.1).
///
/// One shared text `namespace@@group@@name`, so that a clone is one counter; the same text is the service key of
/// the 3.x fuzzy watch. Order: by namespace, then group, then name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceKey {
    text: Arc<str>,
    group_at: u16,
    name_at: u16,
}

impl ServiceKey {
    pub fn new(namespace: &NamespaceId, group: &GroupName, name: &ServiceName) -> Self {
        let text: Arc<str> = format!("{namespace}{GROUP_SEPARATOR}{group}{GROUP_SEPARATOR}{name}").into();
        let after =
            |at: usize| u16::try_from(at + GROUP_SEPARATOR.len()).expect("names are at most 512 characters");
        let group_at = after(namespace.as_str().len());
        let name_at = after(usize::from(group_at) + group.as_str().len());
        Self { text, group_at, name_at }
    }

    pub fn namespace(&self) -> &str {
        &self.text[..usize::from(self.group_at) - GROUP_SEPARATOR.len()]
    }

    pub fn group(&self) -> &str {
        &self.text[usize::from(self.group_at)..usize::from(self.name_at) - GROUP_SEPARATOR.len()]
    }

    pub fn name(&self) -> &str {
        &self.text[usize::from(self.name_at)..]
    }

    /// `group@@name`.
    pub fn grouped(&self) -> &str {
        &self.text[usize::from(self.group_at)..]
    }

    /// `namespace@@group@@name`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

/// How long an instance lives, and by whose word. The first instance or an explicit creation decides it for a
/// whole service, until that service is gone (`spec/naming-semantics` §1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lifetime {
    /// Dies with its client: held in memory by the node that serves the client.
    Ephemeral,
    /// Lives in the replicated state until somebody removes it.
    Persistent,
}

impl Lifetime {
    /// From the wire's `ephemeral` flag.
    pub fn from_ephemeral(ephemeral: bool) -> Self {
        if ephemeral { Self::Ephemeral } else { Self::Persistent }
    }

    pub fn is_ephemeral(self) -> bool {
        self == Self::Ephemeral
    }
}

/// What an operator sets on a service. Its existence arms the protection threshold, also at 0.0
/// (`spec/naming-semantics` §5.4).
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceMetadata {
    pub lifetime: Lifetime,
    /// Share of healthy instances at or below which unhealthy ones are answered as healthy; 0.0 to 1.0 makes sense,
    /// other values are kept as given, below 0 counts as 0.
    pub protect_threshold: f32,
    pub selector: Selector,
    pub metadata: Metadata,
    pub clusters: BTreeMap<ClusterName, ClusterMetadata>,
}

impl ServiceMetadata {
    pub fn new(lifetime: Lifetime) -> Self {
        Self {
            lifetime,
            protect_threshold: 0.0,
            selector: Selector::None,
            metadata: Metadata::default(),
            clusters: BTreeMap::new(),
        }
    }
}

/// Chooses among the instances of a service by who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selector {
    #[default]
    None,
    /// Prefers providers whose labels equal the consumer's, for each of `labels`; `expression` is kept as written.
    Label { expression: Arc<str>, labels: Arc<[Arc<str>]> },
}

/// What an operator sets on a cluster of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterMetadata {
    pub checker: HealthChecker,
    /// Probed port when `use_instance_port` is false.
    pub check_port: u16,
    pub use_instance_port: bool,
    pub metadata: Metadata,
}

impl Default for ClusterMetadata {
    /// TCP on the instance's own port (`spec/naming-semantics` §1.7).
    fn default() -> Self {
        Self {
            checker: HealthChecker::Tcp,
            check_port: 80,
            use_instance_port: true,
            metadata: Metadata::default(),
        }
    }
}

impl ClusterMetadata {
    /// The port at which an instance that listens on `own` is probed. (!) MySQL is always probed at its own
    /// (`spec/naming-semantics` §7.3).
    pub fn probed_port(&self, own: u16) -> u16 {
        match self.checker {
            HealthChecker::Mysql { .. } => own,
            HealthChecker::Tcp | HealthChecker::Http { .. } | HealthChecker::None
                if self.use_instance_port =>
            {
                own
            }
            HealthChecker::Tcp | HealthChecker::Http { .. } | HealthChecker::None => self.check_port,
        }
    }
}

/// How a persistent instance is probed. Its [`fmt::Debug`] hides the password.
#[derive(Clone, PartialEq, Eq)]
pub enum HealthChecker {
    Tcp,
    Http { path: Arc<str>, headers: Arc<str>, expected_code: u16 },
    Mysql { user: Arc<str>, password: Arc<str>, command: Arc<str> },
    None,
}

impl fmt::Debug for HealthChecker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp => f.write_str("Tcp"),
            Self::Http { path, headers, expected_code } => f
                .debug_struct("Http")
                .field("path", path)
                .field("headers", headers)
                .field("expected_code", expected_code)
                .finish(),
            Self::Mysql { user, password: _, command } => {
                f.debug_struct("Mysql").field("user", user).field("command", command).finish_non_exhaustive()
            }
            Self::None => f.write_str("None"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_is_probed_at_the_port_that_it_names_but_for_mysql() {
        let text = || "".into();
        let mysql = HealthChecker::Mysql { user: text(), password: text(), command: text() };
        let port = |checker, use_instance_port| {
            ClusterMetadata { checker, check_port: 80, use_instance_port, ..ClusterMetadata::default() }
                .probed_port(3306)
        };
        assert_eq!([port(HealthChecker::Tcp, true), port(HealthChecker::Tcp, false)], [3306, 80]);
        assert_eq!([port(mysql.clone(), true), port(mysql, false)], [3306, 3306]);
    }

    #[test]
    fn checker_for_debugging_hides_the_password() {
        let checker =
            HealthChecker::Mysql { user: "u".into(), password: "se-cret".into(), command: "select 1".into() };
        assert_eq!(format!("{checker:?}"), r#"Mysql { user: "u", command: "select 1", .. }"#);
    }

    #[test]
    fn service_key_gives_its_parts_back() {
        let key = ServiceKey::new(
            &NamespaceId::parse("n1").unwrap(),
            &GroupName::parse("g").unwrap(),
            &ServiceName::parse("\u{4E2D}s@x").unwrap(),
        );
        assert_eq!((key.namespace(), key.group(), key.name()), ("n1", "g", "\u{4E2D}s@x"));
        assert_eq!(key.grouped(), "g@@\u{4E2D}s@x");
    }
}
