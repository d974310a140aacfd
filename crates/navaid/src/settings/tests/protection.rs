//! Nothing that was meant to be locked stands open, and no secret is shown.

use super::*;

#[test]
fn access_control_stops_the_start() {
    for start in [
        Start::new().main_file("nacos.core.auth.enabled=true"),
        Start::new().main_file("nacos.core.auth.enabled=yes "),
        Start::new().variable("NACOS_AUTH_ENABLE", "true").main_file("nacos.core.auth.enabled=false"),
        Start::new().variable("NACOS_CORE_AUTH_ENABLED", "1"),
    ] {
        start.refused_with(&["access control is not available yet"]);
    }
    Start::new().set("nacos.core.auth.enabled", "maybe").refused_with(&["true or false"]);
    Start::new().set("nacos.core.auth.enabled", "").refused_with(&["true or false"]);
}

#[test]
fn external_database_stops_the_start() {
    for start in [
        Start::new().main_file("spring.sql.init.platform=mysql"),
        Start::new().main_file("spring.sql.init.platform=\nspring.datasource.platform=mysql"),
        Start::new().variable("SPRING_DATASOURCE_PLATFORM", "postgresql"),
    ] {
        start.refused_with(&["external database is not supported yet"]);
    }
    Start::new().main_file("spring.sql.init.platform=derby").loaded();
}

#[test]
fn encryption_stops_the_start() {
    Start::new().set("server.ssl.enabled", "true").refused_with(&["TLS is not available yet"]);
    for on in ["true", "yes", "ON", " 1 ", "maybe"] {
        for key in ["server.ssl.enabled", "nacos.remote.server.rpc.tls.enableTls"] {
            Start::new().set(key, on).refused_with(&[key, "TLS is not available yet"]);
        }
    }
    for store in
        ["server.ssl.key-store", "server.ssl.keyStore", "server.ssl.bundle", "server.ssl.certificate"]
    {
        Start::new().set(store, "x").refused_with(&[store, "turns it on"]);
        Start::new().set(store, "x").set("server.ssl.enabled", "false").loaded();
        Start::new().set(store, "").loaded();
    }
}

#[test]
fn checks_of_names_switched_off_are_warned_about() {
    for off in ["false", " NO ", "0"] {
        let start = Start::new().set("nacos.core.param.check.enabled", off);
        start.noticed(&["nacos.core.param.check.enabled", "always checked"]);
    }
    for on in ["true", ""] {
        assert_eq!(Start::new().set("nacos.core.param.check.enabled", on).loaded().notices, []);
    }
}

const PASSWORD: &str = "correct-horse-battery";

#[test]
fn secrets_appear_neither_in_the_listing_nor_in_mistakes_nor_in_debug_output() {
    let start = Start::new()
        .main_file(&format!(
            "db.password.0={PASSWORD}\nnacos.core.auth.plugin.nacos.token.secret.key={PASSWORD}\n\
             nacos.core.auth.server.identity.value={PASSWORD}\nmy.password={PASSWORD}\nmy.key={PASSWORD}\n"
        ))
        .variable("NACOS_AUTH_TOKEN", PASSWORD)
        .variable("MYSQL_SERVICE_PASSWORD", PASSWORD);
    let loaded = start.loaded();
    let shown = format!("{} {:?} {:?}", loaded.effective, loaded, start.notices());
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert!(loaded.effective.to_string().contains("db.password.0 = ***"));

    let start = start.set("server.port", "${NACOS_AUTH_TOKEN}").set("db.password", "${oops");
    let mistakes = start.mistakes();
    assert!(!mistakes.concat().contains(PASSWORD), "{mistakes:?}");
    assert!(mistakes[0].contains("***"), "{mistakes:?}");
}

#[test]
fn switches_of_nacos_3_that_are_on_are_noted_in_every_spelling() {
    for key in ["nacos.core.auth.admin.enabled", "nacos.core.auth.console.enabled"] {
        for on in ["true", "yes", "1 "] {
            Start::new().set(key, on).noticed(&[key, "these calls are open"]);
        }
        for off in ["false", ""] {
            assert_eq!(Start::new().set(key, off).notices(), Vec::<String>::new());
        }
        Start::new().set(key, "maybe").refused_with(&[key, "true or false"]);
    }
}

#[test]
fn protection_of_the_mesh_port_written_without_a_value_stops_the_start() {
    for key in [
        "navaid.mesh.token",
        "navaid.mesh.tls.certificate",
        "navaid.mesh.tls.key",
        "navaid.mesh.tls.client-ca",
    ] {
        Start::new().main_file(&format!("{key}=")).refused_with(&[key, "would stand open"]);
    }
    let start = Start::new().main_file("navaid.mesh.token=t0ken").variable("NAVAID_MESH_TOKEN", "");
    start.refused_with(&["NAVAID_MESH_TOKEN", "would stand open"]);
    let start = Start::new().main_file("navaid.mesh.token=${MESH_TOKEN:}");
    start.refused_with(&["navaid.mesh.token = \"***\" (conf/application.properties:1)", "would stand open"]);
}

/// What asks for a protection and does not count is told, with its own place and with that of what counts.
#[test]
fn protections_that_another_place_switches_off_are_warned_about() {
    const ON: &str = "nacos.core.auth.enabled=true\n";
    const OFF: &str = "nacos.core.auth.enabled=false\n";
    let main = "conf/application.properties";
    let both = |first: &str, second: &str| Start::new().main_file(&format!("{first}{second}"));
    for (start, lost, counting) in [
        (both(ON, OFF), format!("{main}:1"), format!("{main}:2")),
        (both(OFF, "NACOS.core.Auth.enabled=true\n"), format!("{main}:2"), format!("{main}:1")),
        (
            Start::new().main_file(OFF).file("conf/application.yml", "nacos.core.auth.enabled: true"),
            "conf/application.yml:1".to_owned(),
            format!("{main}:1"),
        ),
        (
            Start::new()
                .file("conf/application.yml", "nacos.core.auth.enabled: false")
                .file("conf/application.yaml", "x: 1\nnacos.core.auth.enabled: true"),
            "conf/application.yaml:2".to_owned(),
            "conf/application.yml:1".to_owned(),
        ),
        (
            Start::new().main_file(OFF).file("conf/application-default.properties", ON),
            "conf/application-default.properties:1".to_owned(),
            format!("{main}:1"),
        ),
        (
            Start::new().main_file(ON).variable("NACOS_CORE_AUTH_ENABLED", "false"),
            format!("{main}:1"),
            "NACOS_CORE_AUTH_ENABLED".to_owned(),
        ),
        (
            both("navaid.mesh.token=one\n", "navaid.mesh.token=two\n"),
            format!("{main}:1"),
            format!("{main}:2"),
        ),
        (
            both("server.ssl.enabled=true\n", "server.ssl.enabled=false\n"),
            format!("{main}:1"),
            format!("{main}:2"),
        ),
    ] {
        start.noticed(&[&format!("({lost})"), "has no effect", &counting]);
        let told = start.notices().iter().filter(|notice| notice.contains(&format!("({lost})"))).count();
        assert_eq!(told, 1, "{:?}", start.notices());
    }
    both(OFF, OFF).not_noticed("no effect");
    both(OFF, ON).refused_with(&["access control is not available yet"]);
}

#[test]
fn profiles_that_are_default_or_hidden_do_not_lose_a_protection_in_silence() {
    const ON: &str = "nacos.core.auth.enabled=true\n";
    let closed = "access control is not available yet";
    Start::new().main_file("").file("conf/application-default.properties", ON).refused_with(&[closed]);
    let start = Start::new().main_file("spring.profiles.default=x").file("conf/application-x.properties", ON);
    start.refused_with(&[closed]);
    let start = Start::new().main_file("spring.profiles.active=p").variable("SPRING_PROFILES_ACTIVE", "");
    start.file("conf/application-p.properties", ON).noticed(&[
        "SPRING_PROFILES_ACTIVE",
        "conf/application.properties:1",
        "NOT read",
    ]);
    Start::new().variable("SPRING_CONFIG_NAME", "custom").noticed(&["SPRING_CONFIG_NAME", "NOT read"]);
    for key in ["spring.profiles.include", "spring.profiles.group.p"] {
        Start::new().main_file(&format!("{key}=q")).noticed(&[key, "protections among them, are NOT read"]);
    }
    let start = Start::new().variable("SPRING_PROFILES_INCLUDE", "q");
    start.noticed(&["SPRING_PROFILES_INCLUDE", "protections among them, are NOT read"]);
}

#[test]
fn file_named_by_an_imported_file_is_told_once_as_not_read() {
    let start = Start::new()
        .main_file("spring.config.import=a.properties")
        .file("conf/a.properties", "spring.config.import=b.properties");
    let notices = start.notices();
    assert!(notices.len() == 1 && notices[0].contains("protections among them, are NOT read"), "{notices:?}");
}
