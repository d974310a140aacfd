//! Names under which settings are found.

use super::*;

#[test]
fn context_path_is_found_under_old_and_new_names() {
    for (key, path) in [
        ("nacos.server.contextPath", "/a"),
        ("server.servlet.contextPath", "/b"),
        ("server.servlet.context-path", "/c/"),
    ] {
        let listen = Start::new().set(key, path).settings().listen;
        assert_eq!(listen.context_path.as_str(), path.trim_end_matches('/'), "{key}");
    }
    Start::new().set("nacos.server.contextPath", "nacos").refused_with(&["starts with /"]);
}

#[test]
fn unknown_key_is_warned_about_once_with_the_nearest_name() {
    let start = Start::new()
        .main_file("server.prt=1\nmax-content=5\nmy.own=6\n")
        .set("nacos.core.auth.enbled", "true")
        .variable("NAVAID_LOG_LEVL", "debug")
        .variable("NAVAID_LOG_FORMAT", "json")
        .variable("NAVAID_SERVICE_HOST", "10.0.0.9")
        .variable("NAVAID_PORT_8848_TCP", "tcp://10.0.0.9");
    assert_eq!(start.settings().log.format, LogFormat::Json);
    assert_eq!(
        start.notices(),
        [
            "nacos.core.auth.enbled (flag --set): unknown setting; did you mean nacos.core.auth.enabled?",
            "server.prt (conf/application.properties:1): unknown setting; did you mean server.port?",
            "max-content (conf/application.properties:2): unknown setting; did you mean maxContent?",
            "my.own (conf/application.properties:3): unknown setting; it has no effect",
            "NAVAID_LOG_LEVL (variable NAVAID_LOG_LEVL): unknown setting; did you mean navaid.log.level?",
        ]
    );
}

/// Spellings that a Java server does not find either: the same value, and a word about it.
#[test]
fn s4_spellings_that_find_nothing_are_warned_about() {
    let start = Start::new()
        .main_file("nacos.config.push.max-retry-time=3\nMAXCONTENT=5\nNACOS_CORE_AUTH_ENABLED=true\n")
        .variable("NACOS_CONFIG_PUSH_MAX_RETRY_TIME", "3")
        .variable("MAX_CONTENT", "5")
        .variable("IS_MANAGE_CAPACITY", "false");
    let settings = start.settings();
    assert_eq!((settings.push.config_tries_max, settings.config.max_content), (50, 10_485_760));
    assert!(settings.config.capacity.is_managed);
    for parts in [
        [
            "nacos.config.push.max-retry-time (conf/application.properties:1)",
            "nacos.config.push.maxRetryTime?",
        ],
        ["MAXCONTENT (conf/application.properties:2)", "maxContent?"],
        ["NACOS_CORE_AUTH_ENABLED (conf/application.properties:3)", "nacos.core.auth.enabled?"],
        ["variable NACOS_CONFIG_PUSH_MAX_RETRY_TIME", "NACOS_CONFIG_PUSH_MAXRETRYTIME sets"],
        ["variable MAX_CONTENT", "MAXCONTENT sets maxContent"],
        ["variable IS_MANAGE_CAPACITY", "ISMANAGECAPACITY sets isManageCapacity"],
    ] {
        start.noticed(&parts);
    }
    let start = Start::new().variable("NACOS_CONFIG_PUSH_MAXRETRYTIME", "3").variable("MAXCONTENT", "5");
    assert_eq!((start.settings().push.config_tries_max, start.settings().config.max_content), (3, 5));
    assert_eq!(start.notices(), Vec::<String>::new());
}

#[test]
fn s5_variables_of_raft_that_nobody_reads_are_warned_about() {
    let name = "NACOS_CORE_PROTOCOL_RAFT_DATA_ELECTION_TIMEOUT_MS";
    Start::new().variable(name, "5").noticed(&[name, "no effect"]);
}

/// A list comes whole from the first place that has it or its first element.
#[test]
fn s5_lists_are_never_mixed_from_two_places() {
    let start = Start::new()
        .main_file("spring.profiles.active[0]=a\nspring.profiles.active[1]=b")
        .file("conf/application-a.properties", "k=a")
        .file("conf/application-b.properties", "k=b\nl=b")
        .file("conf/application-c.properties", "k=c");
    assert_eq!(start.values(&["k", "l"]), "b b");
    assert_eq!(start.variable("SPRING_PROFILES_ACTIVE_0", "c").values(&["k", "l"]), "c -");
}
