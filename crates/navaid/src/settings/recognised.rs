//! Keys that Nacos knows and that have no effect in this release of Navaid: no warning, no guess at a typo.
//!
//! Families are listed as prefixes only where a slip in the rest of the name does no harm; the switches of
//! access control are therefore listed one by one.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::names::{canonical, is_relaxed};

/// Single keys.
const KEYS: [&str; 72] = [
    "address_server_domain",
    "config_disk_type",
    "correctUsageDelay",
    "dumpChangeOn",
    "dumpChangeWorkerInterval",
    "embeddedStorage",
    "isHealthCheck",
    "isQuickStart",
    "maxHealthCheckFailCount",
    "memory_limit_file_path",
    "nacos.config.cache.type",
    "nacos.config.derby.ops.enabled",
    "nacos.config.gray.compatible.model",
    "nacos.config.history.clear.name",
    "nacos.config.namespace.compatible.mode",
    "nacos.config.push.batchSize",
    "nacos.config.query.chain.builder",
    "nacos.config.query.chain.request.extractor",
    "nacos.console.remote.server.context-path",
    "nacos.console.ui.enabled",
    "nacos.core.address-server.retry",
    "nacos.core.auth.admin.enabled",
    "nacos.core.auth.caching.enabled",
    "nacos.core.auth.console.enabled",
    "nacos.core.auth.default.token.expire.seconds",
    "nacos.core.auth.default.token.secret.key",
    "nacos.core.auth.enable.userAgentAuthWhite",
    "nacos.core.auth.nacos.anonymous.ai.enabled",
    "nacos.core.auth.server.identity.key",
    "nacos.core.auth.server.identity.value",
    "nacos.core.auth.system.type",
    "nacos.core.inet.auto-refresh",
    "nacos.core.member.fail-access-cnt",
    "nacos.core.member.lookup.type",
    "nacos.core.namespace.validation.enabled",
    "nacos.core.param.check.checker",
    "nacos.core.param.check.enabled",
    "nacos.core.protocol.raft.strictMode",
    "nacos.core.remote.connection.generator",
    "nacos.core.support.upgrade.from.1x",
    "nacos.custom.environment.enabled",
    "nacos.deployment.type",
    "nacos.functionMode",
    "nacos.gray.migrate.executor.multi",
    "nacos.member-change-event.queue.size",
    "nacos.member.list",
    "nacos.namespace.migrate.batch.size",
    "nacos.namespace.migrate.retry.times",
    "nacos.naming.clean.empty-service.interval",
    "nacos.naming.clean.expired-metadata.interval",
    "nacos.naming.data.warmup",
    "nacos.persistence.sql.derby.limit.enabled",
    "nacos.preferHostnameOverIp",
    "nacos.prometheus.metrics.enabled",
    "nacos.remote.server.grpc.sdk.permit-keep-alive-time",
    "nacos.security.ignore.urls",
    "nacos.server.grpc.port.offset",
    "nacos.version",
    "nacosPersistEncodingKey",
    "notifyConnectTimeout",
    "notifySocketTimeout",
    "QUERYTIMEOUT",
    "remote.executor.queue.size",
    "remote.executor.times.of.processors",
    "server.contextPath",
    "server.error.include-message",
    "server.max-http-header-size",
    "server.max-http-request-header-size",
    "server.forward-headers-strategy",
    "server.servlet.session.timeout",
    "server.use-forward-headers",
    "server.shutdown",
];

/// Families, compared without `-`, `_` and case.
const FAMILIES: [&str; 30] = [
    "address.server.",
    "db.",
    "logging.",
    "management.",
    "nacos.ai.",
    "nacos.cmdb.",
    "nacos.core.ability.",
    "nacos.core.api.compatibility.",
    "nacos.core.auth.ldap.",
    "nacos.core.auth.plugin.",
    "nacos.core.config.plugin.",
    "nacos.core.member.meta.",
    "nacos.core.monitor.",
    "nacos.core.protocol.distro.data.",
    "nacos.core.protocol.raft.data.",
    "nacos.extension.",
    "nacos.inetutils.",
    "nacos.k8s.sync.",
    "nacos.lock.",
    "nacos.naming.distro.",
    "nacos.naming.empty-service.",
    "nacos.plugin.",
    "nacos.remote.client.",
    "nacos.remote.cluster.",
    "nacos.remote.peer.",
    "nacos.remote.server.grpc.cluster.",
    "nacos.remote.server.rpc.",
    "server.ssl.",
    "server.tomcat.",
    "spring.",
];

/// The names above, as [`answers`](super::names::answers) compares them.
struct Recognised {
    exact: HashSet<&'static str>,
    relaxed: HashSet<String>,
    families: Vec<String>,
}

static RECOGNISED: LazyLock<Recognised> = LazyLock::new(|| Recognised {
    exact: KEYS.into(),
    relaxed: KEYS.iter().filter(|key| is_relaxed(key)).map(|key| canonical(key)).collect(),
    families: FAMILIES.iter().map(|family| canonical(family)).collect(),
});

/// Whether Nacos knows a key that is written like this.
pub(crate) fn is_recognised(written: &str) -> bool {
    let plain = canonical(written);
    RECOGNISED.exact.contains(written)
        || RECOGNISED.relaxed.contains(&plain)
        || RECOGNISED.families.iter().any(|family| plain.starts_with(family.as_str()))
}

/// All single keys, for the search of the nearest name.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_shipped_files_are_recognised() {
        for key in [
            "spring.datasource.platform",
            "db.url.0",
            "db.pool.config.maximumPoolSize",
            "server.tomcat.accesslog.max-days",
            "management.metrics.export.elastic.enabled",
            "nacos.core.auth.plugin.nacos.token.secret.key",
            "nacos.core.protocol.raft.data.election_timeout_ms",
            "nacos.inetutils.prefer-hostname-over-ip",
            "nacos.naming.empty-service.clean.period-time-ms",
            "nacos.core.member.meta.adWeight",
            "correctUsageDelay",
        ] {
            assert!(is_recognised(key), "{key}");
        }
        for key in ["nacos.core.auth.enbled", "server.prt", "max-content", "IS_MANAGE_CAPACITY", "dbx"] {
            assert!(!is_recognised(key), "{key}");
        }
    }
}
