//! The variables of the official container image, so that a compose file keeps working when only the image's
//! name changes.
//!
//! The image has two ways to use them, which rank differently:
//!
//! * its start script turns some into JVM options, above everything but flags ([`START_SCRIPT`]), and passes on what
//!   `JAVA_OPT` holds ([`JVM_VARIABLES`]);
//! * its own `application.properties` mentions the others in placeholders ([`IMAGE_FILE`]). Who brings a file
//!   replaces that one, so these rank below every file.

use super::secret::Secret;
use super::source::{Environment, Origin, Written};
use super::unknown;

/// A variable of the start script: the key it sets, and what its value becomes (`None`: it sets nothing).
type Script = (&'static str, &'static str, fn(&str) -> Option<String>);

fn as_is(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// Variables that become JVM options. An empty one does nothing.
const START_SCRIPT: [Script; 13] = [
    ("MODE", "nacos.standalone", |mode| Some((mode == "standalone").to_string())),
    ("FUNCTION_MODE", "nacos.functionMode", |mode| (mode != "all").then(|| mode.to_owned())),
    ("EMBEDDED_STORAGE", "embeddedStorage", |kind| (kind == "embedded").then(|| "true".to_owned())),
    ("PREFER_HOST_MODE", "nacos.preferHostnameOverIp", |mode| {
        (mode == "hostname").then(|| "true".to_owned())
    }),
    ("NACOS_SERVER_IP", "nacos.server.ip", as_is),
    ("MEMBER_LIST", "nacos.member.list", as_is),
    ("NACOS_DEPLOYMENT_TYPE", "nacos.deployment.type", as_is),
    ("NACOS_AUTH_ENABLE", "nacos.core.auth.enabled", as_is),
    ("NACOS_AUTH_ADMIN_ENABLE", "nacos.core.auth.admin.enabled", as_is),
    ("NACOS_AUTH_CONSOLE_ENABLE", "nacos.core.auth.console.enabled", as_is),
    ("USE_ONLY_SITE_INTERFACES", "nacos.inetutils.use-only-site-local-interfaces", as_is),
    ("PREFERRED_NETWORKS", "nacos.inetutils.preferred-networks", as_is),
    ("IGNORED_INTERFACES", "nacos.inetutils.ignored-interfaces", as_is),
];

/// Variables that the image's file mentions: the key, and its value with the placeholders it has there.
const IMAGE_FILE: [(&str, &str, &str); 20] = [
    ("NACOS_APPLICATION_PORT", "nacos.server.main.port", "${NACOS_APPLICATION_PORT}"),
    ("SERVER_SERVLET_CONTEXTPATH", "nacos.server.contextPath", "${SERVER_SERVLET_CONTEXTPATH}"),
    ("NACOS_CONSOLE_PORT", "nacos.console.port", "${NACOS_CONSOLE_PORT}"),
    ("NACOS_CONSOLE_CONTEXTPATH", "nacos.console.contextPath", "${NACOS_CONSOLE_CONTEXTPATH}"),
    ("NACOS_CONSOLE_UI_ENABLED", "nacos.console.ui.enabled", "${NACOS_CONSOLE_UI_ENABLED}"),
    ("TOMCAT_ACCESSLOG_ENABLED", "server.tomcat.accesslog.enabled", "${TOMCAT_ACCESSLOG_ENABLED}"),
    ("SPRING_DATASOURCE_PLATFORM", "spring.sql.init.platform", "${SPRING_DATASOURCE_PLATFORM}"),
    ("MYSQL_DATABASE_NUM", "db.num", "${MYSQL_DATABASE_NUM}"),
    (
        "MYSQL_SERVICE_HOST",
        "db.url.0",
        "jdbc:mysql://${MYSQL_SERVICE_HOST}:${MYSQL_SERVICE_PORT:3306}/${MYSQL_SERVICE_DB_NAME}?\
         ${MYSQL_SERVICE_DB_PARAM:characterEncoding=utf8&connectTimeout=1000&socketTimeout=3000\
         &autoReconnect=true&useSSL=false}",
    ),
    ("MYSQL_SERVICE_USER", "db.user.0", "${MYSQL_SERVICE_USER}"),
    ("MYSQL_SERVICE_PASSWORD", "db.password.0", "${MYSQL_SERVICE_PASSWORD}"),
    ("DB_POOL_CONNECTION_TIMEOUT", "db.pool.config.connectionTimeout", "${DB_POOL_CONNECTION_TIMEOUT}"),
    ("NACOS_AUTH_SYSTEM_TYPE", "nacos.core.auth.system.type", "${NACOS_AUTH_SYSTEM_TYPE}"),
    ("NACOS_AUTH_TOKEN", "nacos.core.auth.plugin.nacos.token.secret.key", "${NACOS_AUTH_TOKEN}"),
    (
        "NACOS_AUTH_TOKEN_EXPIRE_SECONDS",
        "nacos.core.auth.plugin.nacos.token.expire.seconds",
        "${NACOS_AUTH_TOKEN_EXPIRE_SECONDS}",
    ),
    ("NACOS_AUTH_CACHE_ENABLE", "nacos.core.auth.caching.enabled", "${NACOS_AUTH_CACHE_ENABLE}"),
    (
        "NACOS_AUTH_USER_AGENT_AUTH_WHITE_ENABLE",
        "nacos.core.auth.enable.userAgentAuthWhite",
        "${NACOS_AUTH_USER_AGENT_AUTH_WHITE_ENABLE}",
    ),
    ("NACOS_AUTH_IDENTITY_KEY", "nacos.core.auth.server.identity.key", "${NACOS_AUTH_IDENTITY_KEY}"),
    ("NACOS_AUTH_IDENTITY_VALUE", "nacos.core.auth.server.identity.value", "${NACOS_AUTH_IDENTITY_VALUE}"),
    ("NACOS_SECURITY_IGNORE_URLS", "nacos.security.ignore.urls", "${NACOS_SECURITY_IGNORE_URLS}"),
];

/// The variable that holds the members of a cluster, one after another with blanks between. The start script
/// writes it over `cluster.conf`, unless the server runs alone.
pub(crate) const SERVERS: &str = "NACOS_SERVERS";

/// Variables that hold options of a JVM, and whether the start script's own options come after them. The first two are
/// read by every JVM, the others by the start script.
const JVM_VARIABLES: [(&str, bool); 4] =
    [("JAVA_TOOL_OPTIONS", true), ("JDK_JAVA_OPTIONS", true), ("JAVA_OPT", true), ("JAVA_OPT_EXT", false)];

/// What a JVM would be given as `-Dkey=value`; of one key the last counts.
pub(crate) fn jvm_options(environment: &Environment) -> Vec<Written> {
    let options = |before| {
        let variables = JVM_VARIABLES.iter().filter(move |(_, is_before)| *is_before == before);
        variables.flat_map(|(variable, _)| dashed_options(environment, variable))
    };
    options(true).chain(start_script(environment)).chain(options(false)).collect()
}

/// The `-Dkey=value` words of a variable. Those that are for the JVM itself (`-Dfile.encoding=…`) are left out.
fn dashed_options(environment: &Environment, variable: &str) -> Vec<Written> {
    let Some(options) = environment.exact(variable) else { return Vec::new() };
    let words = options.text.expose().split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    let pairs = words
        .filter_map(|word| word.strip_prefix("-D"))
        .map(|option| option.split_once('=').unwrap_or((option, "")));
    let known = pairs.filter(|(key, _)| unknown::is_known(key));
    known.map(|(key, value)| written(variable, key, value.trim_matches(['"', '\'']))).collect()
}

/// What the start script would hand to the server.
fn start_script(environment: &Environment) -> Vec<Written> {
    let set = |(variable, key, value): &Script| {
        let text = environment.exact(variable)?.text.expose();
        let text = value(text).filter(|_| !text.is_empty())?;
        Some(written(variable, key, &text))
    };
    START_SCRIPT.iter().filter_map(set).collect()
}

/// The lines of the image's file whose variables are set.
pub(crate) fn image_file(environment: &Environment) -> Vec<Written> {
    let set = |(variable, key, text): &(&str, &str, &str)| {
        environment.exact(variable).map(|_| written(variable, key, text))
    };
    IMAGE_FILE.iter().filter_map(set).collect()
}

fn written(variable: &str, key: &str, text: &str) -> Written {
    let origin = Origin::Variable(variable.to_owned());
    Written { name: key.to_owned(), text: Secret::new(text), origin }
}

/// Rows of the reference page: variable, key, and whether the start script reads it.
pub(crate) fn documented() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    let script = START_SCRIPT.into_iter().map(|(variable, key, _)| (variable, key, true));
    script.chain(IMAGE_FILE.into_iter().map(|(variable, key, _)| (variable, key, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let owned: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Environment::new(&owned)
    }

    fn keys(written: Vec<Written>) -> Vec<(String, String)> {
        written.into_iter().map(|w| (w.name, w.text.expose().to_owned())).collect()
    }

    #[test]
    fn start_script_variables_become_keys() {
        let check = |variable: &str, value: &str, expected: Option<(&str, &str)>| {
            let found = keys(start_script(&environment(&[(variable, value)])));
            let expected: Vec<_> = expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect();
            assert_eq!(found, expected, "{variable}={value}");
        };
        check("MODE", "standalone", Some(("nacos.standalone", "true")));
        check("MODE", "cluster", Some(("nacos.standalone", "false")));
        check("MODE", "", None);
        check("FUNCTION_MODE", "all", None);
        check("FUNCTION_MODE", "naming", Some(("nacos.functionMode", "naming")));
        check("PREFER_HOST_MODE", "ip", None);
        check("PREFER_HOST_MODE", "hostname", Some(("nacos.preferHostnameOverIp", "true")));
        check("NACOS_AUTH_ENABLE", "true", Some(("nacos.core.auth.enabled", "true")));
        check("NACOS_AUTH_ENABLE", "", None);
    }

    #[test]
    fn options_of_a_jvm_are_read_where_they_are_settings() {
        let found = keys(jvm_options(&environment(&[
            (
                "JAVA_OPT",
                "-Xmx1g -Dnacos.core.auth.enabled=true -Dfile.encoding=UTF-8 -Dnacos.standalone=false",
            ),
            ("MODE", "standalone"),
            ("JAVA_OPT_EXT", "'-Dserver.port=9000' --server.port=1"),
        ])));
        let expected = [
            ("nacos.core.auth.enabled", "true"),
            ("nacos.standalone", "false"),
            ("nacos.standalone", "true"),
            ("server.port", "9000"),
        ];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn image_file_lines_count_only_with_their_variable() {
        let found = keys(image_file(&environment(&[("NACOS_APPLICATION_PORT", "9000")])));
        assert_eq!(found, [("nacos.server.main.port".to_owned(), "${NACOS_APPLICATION_PORT}".to_owned())]);
    }
}
