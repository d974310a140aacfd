use std::fs;
use std::net::IpAddr;

use tempfile::TempDir;

use navaid_labels::LabelOrigin;

use super::*;

/// A place to start a server in: a directory of its own, flags and variables.
struct Start {
    dir: TempDir,
    surroundings: Surroundings,
}

impl Start {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let surroundings = Surroundings {
            flags: Flags::default(),
            environment: Vec::new(),
            working_dir: dir.path().to_owned(),
            host_name: Some("node1".to_owned()),
            is_own_address: |ip| ip == IpAddr::from([10, 0, 0, 1]) || ip.is_loopback(),
        };
        Self { dir, surroundings }
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().expect("files lie in a directory")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
        self
    }

    fn main_file(self, text: &str) -> Self {
        self.file("conf/application.properties", text)
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.surroundings.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn set(mut self, key: &str, value: &str) -> Self {
        self.surroundings.flags.set.push((key.to_owned(), value.to_owned()));
        self
    }

    fn flags(mut self, change: impl FnOnce(&mut Flags)) -> Self {
        change(&mut self.surroundings.flags);
        self
    }

    fn loaded(&self) -> Loaded {
        load(&self.surroundings).expect("the settings are good")
    }

    fn settings(&self) -> Settings {
        self.loaded().settings
    }

    fn mistakes(&self) -> Vec<String> {
        let mistakes = load(&self.surroundings).expect_err("the settings are wrong").0;
        mistakes.iter().map(Mistake::to_string).collect()
    }

    fn notices(&self) -> Vec<String> {
        let notices = self.loaded().notices;
        notices.iter().map(|n| format!("{} ({}): {}", n.key, n.origin, n.text)).collect()
    }

    /// The only mistake holds all of `parts`.
    fn refused_with(&self, parts: &[&str]) {
        let mistakes = self.mistakes();
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        for part in parts {
            assert!(mistakes[0].contains(part), "{part:?} is missing in {mistakes:?}");
        }
    }

    /// Some notice holds all of `parts`.
    fn noticed(&self, parts: &[&str]) {
        let notices = self.notices();
        let hit = notices.iter().any(|notice| parts.iter().all(|part| notice.contains(part)));
        assert!(hit, "nothing with {parts:?} in {notices:?}");
    }
}

// === the whole tree ===

#[test]
fn no_settings_at_all_give_a_standalone_server() {
    let loaded = Start::new().loaded();
    let settings = loaded.settings;
    assert_eq!(settings.listen.main_port, 8848);
    assert_eq!(settings.listen.grpc_port, 9848);
    assert_eq!(settings.listen.console_port, Some(8080));
    assert_eq!(settings.listen.context_path.as_str(), "/nacos");
    assert_eq!(settings.listen.console_context_path.as_str(), "");
    assert_eq!(settings.listen.address, None);
    assert_eq!(settings.own_address, None);
    assert_eq!(settings.data_dir, PathBuf::from("./data"));
    assert_eq!(settings.config.max_content, 10_485_760);
    assert_eq!(settings.config.history_retention, 30 * DAY);
    assert_eq!(settings.naming.push_delay, Duration::from_millis(500));
    assert!(settings.naming.expire_instances);
    assert_eq!(settings.limits.grpc_message, 10_485_760);
    assert_eq!(settings.worker_id, None);
    assert_eq!(settings.log.format, LogFormat::Text);
    assert_eq!(settings.shutdown_grace, Duration::from_secs(20));
    assert_eq!(loaded.notices, []);
}

#[test]
fn every_leaf_of_the_catalog_is_read_once_and_listed_in_its_order() {
    let rows = Start::new().loaded().effective.rows;
    let read: Vec<&str> = rows.iter().map(|row| row.key).collect();
    let listed: Vec<&str> = catalog::all().map(|about| about.name).collect();
    assert_eq!(read, listed);
}

#[test]
fn flags_beat_variables_beat_files_beat_defaults() {
    let port = |start: &Start| start.settings().listen.main_port;
    let start = Start::new().main_file("nacos.server.main.port=1001");
    assert_eq!(port(&start), 1001);
    let start = start.variable("NACOS_SERVER_MAIN_PORT", "1002");
    assert_eq!(port(&start), 1002);
    let start = start.variable("SPRING_APPLICATION_JSON", r#"{"nacos":{"server.main":{"port":1003}}}"#);
    assert_eq!(port(&start), 1003);
    let start = start.set("nacos.server.main.port", "1004");
    assert_eq!(port(&start), 1004);
    let start = start.set("nacos.server.main.port", "1005");
    assert_eq!(port(&start), 1005);
}

#[test]
fn all_mistakes_are_reported_together_with_key_value_origin_and_range() {
    let start = Start::new()
        .main_file("# ports\nnacos.server.main.port=70000\nnacos.naming.push.pushTaskDelay=5s\n")
        .variable("NACOS_CONSOLE_PORT", "x")
        .set("navaid.log.level", "loud")
        .set("maxContent", "0x10");
    assert_eq!(
        start.mistakes(),
        [
            "nacos.server.main.port = \"70000\" (conf/application.properties:2): expected a whole number from 1 to 64534",
            "NACOS_CONSOLE_PORT = \"x\" (variable NACOS_CONSOLE_PORT): expected a whole number from 0 to 65535",
            "maxContent = \"0x10\" (flag --set): expected a whole number of characters from 1 to 268435456",
            "navaid.log.level = \"loud\" (flag --set): expected error, warn, info, debug, trace, off, or target=level pairs with commas between",
            "nacos.naming.push.pushTaskDelay = \"5s\" (conf/application.properties:3): expected a whole number of milliseconds from 0 to 86400000",
        ]
    );
}

#[test]
fn empty_value_hides_lower_sources_and_means_the_default() {
    let start = Start::new()
        .main_file("nacos.server.main.port=9000\nnacos.naming.expireInstance=false")
        .variable("NACOS_SERVER_MAIN_PORT", "")
        .set("nacos.naming.expireInstance", "");
    assert_eq!(start.settings().listen.main_port, 8848);
}

#[test]
fn blanks_are_dropped_where_java_would_not_start() {
    let start = Start::new().main_file("maxContent=20 \nnavaid.shutdown.grace=5s ");
    assert_eq!(start.settings().config.max_content, 20);
    assert_eq!(start.settings().shutdown_grace, Duration::from_secs(5));
    start.noticed(&["maxContent (conf/application.properties:1)", "blanks"]);
}

#[test]
fn retention_that_is_no_number_means_thirty_days() {
    for text in ["abc", "5 ", "0", "-1", ""] {
        let start = Start::new().set("nacos.config.retention.days", text);
        assert_eq!(start.settings().config.history_retention, 30 * DAY, "{text:?}");
        start.noticed(&["nacos.config.retention.days", "30 days"]);
    }
    let kept = Start::new().set("nacos.config.retention.days", "7").settings().config.history_retention;
    assert_eq!(kept, 7 * DAY);
}

// === ports and paths ===

#[test]
fn old_port_key_moves_all_but_the_console() {
    let listen = Start::new().set("server.port", "36800").settings().listen;
    assert_eq!((listen.main_port, listen.grpc_port, listen.console_port), (36800, 37800, Some(8080)));
}

#[test]
fn of_two_port_keys_in_one_file_the_newer_counts() {
    let start = Start::new().main_file("server.port=1111\nnacos.server.main.port=2222");
    assert_eq!(start.settings().listen.main_port, 2222);
    start.noticed(&["server.port (conf/application.properties:1)", "no effect", "nacos.server.main.port"]);
}

#[test]
fn old_port_key_in_a_flag_beats_the_newer_in_the_file() {
    let start = Start::new().main_file("nacos.server.main.port=2222").set("server.port", "1111");
    assert_eq!(start.settings().listen.main_port, 1111);
}

#[test]
fn console_port_zero_turns_the_console_off() {
    assert_eq!(Start::new().set("nacos.console.port", "0").settings().listen.console_port, None);
}

#[test]
fn two_listeners_on_one_port_are_refused() {
    Start::new().set("nacos.console.port", "8848").refused_with(&[
        "nacos.console.port",
        "8848",
        "--set",
        "nacos.server.main.port has the same",
    ]);
    Start::new().set("navaid.grpc.port", "8080").refused_with(&["nacos.console.port", "navaid.grpc.port"]);
}

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
fn listen_addresses_are_parsed() {
    let listen = Start::new().set("server.address", "127.0.0.1").settings().listen;
    assert_eq!((listen.address, listen.grpc_address), (listen.grpc_address, Some([127, 0, 0, 1].into())));
    let listen = Start::new().set("nacos.remote.grpc.listen.ip", "::1").settings().listen;
    assert_eq!((listen.address, listen.grpc_address), (None, Some("::1".parse().expect("an address"))));
    Start::new().set("server.address", "example.com").refused_with(&["IP address"]);
}

#[test]
fn own_address_of_a_variable_beats_that_of_the_file() {
    let start = Start::new().main_file("nacos.inetutils.ip-address=10.1.1.1");
    assert_eq!(start.settings().own_address.as_deref(), Some("10.1.1.1"));
    let start = start.variable("NACOS_SERVER_IP", "10.2.2.2");
    assert_eq!(start.settings().own_address.as_deref(), Some("10.2.2.2"));
    for name in ["localhost", "nacos0", "nacos.example.", "[::1]", "a_b"] {
        let start = Start::new().set("nacos.inetutils.ip-address", name);
        assert_eq!(start.settings().own_address.as_deref(), Some(name));
    }
}

// === files ===

#[test]
fn data_directory_follows_flag_key_and_home() {
    let data = |start: Start| start.settings().data_dir;
    assert_eq!(data(Start::new().variable("NACOS_HOME", "/opt/n/")), PathBuf::from("/opt/n/data"));
    assert_eq!(data(Start::new().set("navaid.data", "d1")), PathBuf::from("d1"));
    let start = Start::new().set("navaid.data", "d1").flags(|flags| flags.data = Some("d2".into()));
    assert_eq!(data(start), PathBuf::from("d2"));
}

#[test]
fn home_moves_the_settings_file() {
    let start =
        Start::new().file("n/conf/application.properties", "server.port=7000").variable("NACOS_HOME", "n");
    assert_eq!(start.settings().listen.main_port, 7000);
    assert_eq!(start.settings().data_dir, PathBuf::from("n/data"));
}

#[test]
fn named_file_or_directory_is_read_and_must_exist() {
    for name in ["etc/my.properties", "etc"] {
        let start = Start::new()
            .file("etc/my.properties", "server.port=7000")
            .file("etc/application.properties", "server.port=7000")
            .flags(|flags| flags.file = Some(name.into()));
        assert_eq!(start.settings().listen.main_port, 7000, "{name}");
    }
    Start::new()
        .flags(|flags| flags.file = Some("no.properties".into()))
        .refused_with(&["no.properties", "cannot read"]);
}

#[test]
fn jvm_only_keys_in_the_file_are_ignored_with_a_warning() {
    let start =
        Start::new().main_file("nacos.home=/elsewhere\nnacos.server.ip=9.9.9.9\nnacos.standalone=false");
    assert_eq!(start.settings().data_dir, PathBuf::from("./data"));
    assert_eq!(start.settings().own_address, None);
    start.noticed(&["nacos.home (conf/application.properties:1)", "not read from a file"]);
}

#[test]
fn imports_rank_below_the_file_and_above_profiles() {
    let start = Start::new()
        .main_file("spring.config.import=optional:file:./no.properties,file:./conf/extra.properties\nspring.profiles.active=dev,prod\nmaxContent=1\n")
        .file("conf/extra.properties", "maxContent=2\nnacos.console.port=2002")
        .file("conf/application-dev.properties", "maxContent=3\nnacos.console.port=2003\nnacos.config.push.timeout=3")
        .file("conf/application-prod.properties", "nacos.config.push.timeout=4");
    let settings = start.settings();
    assert_eq!(settings.config.max_content, 1);
    assert_eq!(settings.listen.console_port, Some(2002));
    assert_eq!(settings.push.config_ack, Duration::from_millis(4));
}

#[test]
fn standalone_profile_is_active_in_a_standalone_start() {
    let start = Start::new().file("conf/application-standalone.properties", "maxContent=5");
    assert_eq!(start.settings().config.max_content, 10_485_760);
    assert_eq!(start.variable("MODE", "standalone").settings().config.max_content, 5);
}

#[test]
fn yaml_beside_the_file_stops_the_start() {
    Start::new()
        .main_file("")
        .file("conf/application.yml", "a: 1")
        .refused_with(&["application.yml", "YAML"]);
}

#[test]
fn broken_file_is_one_mistake_with_its_line() {
    Start::new().main_file("a=1\nb=\\u12").refused_with(&["conf/application.properties:2", "malformed"]);
}

#[test]
fn placeholders_are_filled_from_everywhere() {
    let start = Start::new()
        .main_file("server.port=${NACOS_APPLICATION_PORT:8848}\nmaxContent=${my.limit}\nmy.limit=${LIMIT:77}")
        .variable("NACOS_APPLICATION_PORT", "9000");
    assert_eq!(start.settings().listen.main_port, 9000);
    assert_eq!(start.settings().config.max_content, 77);
    Start::new().main_file("maxContent=${NOPE}").refused_with(&[
        "maxContent",
        "${NOPE}",
        "application.properties:1",
    ]);
}

#[test]
fn unresolvable_placeholder_in_an_unused_key_is_no_mistake() {
    let start = Start::new().main_file("db.url.0=jdbc:mysql://${MYSQL_SERVICE_HOST}/nacos\ndb.num=1");
    assert_eq!(start.loaded().effective.idle.len(), 2);
}

#[test]
fn nacos_files_as_shipped_start_a_server() {
    let start = Start::new().main_file(
        "server.servlet.contextPath=/nacos\nserver.error.include-message=ALWAYS\nserver.port=8848\n\
         nacos.istio.mcp.server.enabled=false\nspring.sql.init.platform=\n\
         nacos.core.auth.enabled=false\nnacos.core.auth.admin.enabled=true\n\
         nacos.core.auth.plugin.nacos.token.secret.key=\nserver.tomcat.basedir=file:.\n\
         nacos.naming.empty-service.auto-clean=true\nnacos.deployment.type=merged\n",
    );
    let loaded = start.loaded();
    assert!(loaded.notices.iter().all(|notice| notice.weight == Weight::Note), "{:?}", loaded.notices);
    start.noticed(&["nacos.core.auth.admin.enabled", "open"]);
}

// === container ===

#[test]
fn variables_of_the_image_file_count_unless_a_file_sets_the_key() {
    let start = Start::new()
        .variable("NACOS_APPLICATION_PORT", "9000")
        .variable("SERVER_SERVLET_CONTEXTPATH", "/x")
        .variable("NACOS_CONSOLE_PORT", "9001");
    let listen = start.settings().listen;
    assert_eq!((listen.main_port, listen.console_port), (9000, Some(9001)));
    assert_eq!(listen.context_path.as_str(), "/x");
    let start = start.main_file("server.port=7000");
    assert_eq!(start.settings().listen.main_port, 7000);
    start.noticed(&["NACOS_APPLICATION_PORT", "no effect", "server.port"]);
}

// === what is refused in this release ===

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
    Start::new().set("nacos.remote.server.rpc.tls.enableTls", "true").refused_with(&["TLS"]);
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

#[test]
fn other_members_stop_the_start() {
    let others = "10.0.0.1:8848\n10.0.0.2:8848 # b\nnode3\n";
    Start::new().file("conf/cluster.conf", others).refused_with(&[
        "cluster.conf",
        "10.0.0.2:8848,node3:8848",
        "MODE=standalone",
    ]);
    Start::new()
        .set("nacos.member.list", "10.0.0.2")
        .refused_with(&["nacos.member.list", "clusters are not supported"]);
    Start::new()
        .variable("MEMBER_LIST", "10.0.0.2:8848?raft_port=8807")
        .refused_with(&["clusters are not supported"]);
    Start::new()
        .variable("NACOS_SERVERS", "node1:8848 node2:8848")
        .refused_with(&["NACOS_SERVERS", "node2:8848"]);
    Start::new().variable("MODE", "cluster").refused_with(&["MODE", "clusters are not supported"]);
    Start::new().file("conf/cluster.conf", "a:1\nb c\n").refused_with(&["cluster.conf:2", "b c"]);
}

#[test]
fn cluster_of_one_or_standalone_on_purpose_starts() {
    for own in ["10.0.0.1:8848", "127.0.0.1", "node1:8848", "[::1]:8848", "# nobody", ""] {
        Start::new().file("conf/cluster.conf", own).loaded();
    }
    Start::new().file("conf/cluster.conf", "10.0.0.2\n").variable("MODE", "standalone").loaded();
    Start::new().variable("NACOS_SERVERS", "a b").set("nacos.standalone", "true").loaded();
}

#[test]
fn member_list_beside_a_different_cluster_conf_has_no_effect() {
    let start = Start::new().file("conf/cluster.conf", "node1").set("nacos.member.list", "other:1");
    start.noticed(&["nacos.member.list", "no effect", "cluster.conf"]);
}

// === unknown keys ===

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

// === secrets ===

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
fn effective_listing_names_values_and_origins() {
    let start = Start::new()
        .main_file("maxContent = 5")
        .variable("NACOS_APPLICATION_PORT", "9000")
        .set("navaid.shutdown.grace", "1500ms");
    let listing = start.loaded().effective.to_string();
    for line in [
        "nacos.server.main.port = 9000 # variable NACOS_APPLICATION_PORT",
        "navaid.grpc.port = 10000 # default",
        "maxContent = 5 # conf/application.properties:1",
        "navaid.shutdown.grace = 1500ms # flag --set",
        "navaid.data = ./data # default",
    ] {
        let found = listing.lines().any(|l| l.split_whitespace().collect::<Vec<_>>().join(" ") == line);
        assert!(found, "{line:?} is missing in\n{listing}");
    }
}

#[test]
fn broken_json_variable_is_a_mistake_that_does_not_show_it() {
    for json in ["{", "[]", "secret"] {
        let start = Start::new().variable("SPRING_APPLICATION_JSON", json);
        start.refused_with(&[
            "SPRING_APPLICATION_JSON (variable SPRING_APPLICATION_JSON): expected a JSON object",
        ]);
    }
}

#[test]
fn image_file_of_nacos_2_and_its_variables_agree_without_a_warning() {
    let start = Start::new()
        .main_file("server.servlet.contextPath=${SERVER_SERVLET_CONTEXTPATH:/nacos}\nserver.port=${NACOS_APPLICATION_PORT:8848}")
        .variable("NACOS_APPLICATION_PORT", "9000")
        .variable("SERVER_SERVLET_CONTEXTPATH", "/x");
    assert_eq!(start.settings().listen.main_port, 9000);
    assert_eq!(start.notices(), Vec::<String>::new());
}

#[test]
fn image_variable_below_a_file_with_the_same_key_is_warned_about() {
    let start =
        Start::new().main_file("nacos.server.main.port=7000").variable("NACOS_APPLICATION_PORT", "9000");
    start.noticed(&["variable NACOS_APPLICATION_PORT", "no effect", "conf/application.properties:1"]);
}

#[test]
fn own_address_with_a_port_is_refused() {
    Start::new().set("nacos.inetutils.ip-address", "1.2.3.4:8848").refused_with(&["host name"]);
}

#[test]
fn unresolvable_import_is_a_mistake() {
    Start::new().main_file("spring.config.import=${NOPE}").refused_with(&["spring.config.import", "NOPE"]);
}

/// The parts bring defaults of their own for their tests; the settings must not contradict them.
#[test]
fn defaults_of_settings_are_those_of_the_parts() {
    let settings = Start::new().settings();
    assert_eq!(settings.config, ConfigSettings::default());
    assert_eq!(settings.naming, NamingSettings::default());
    assert_eq!(format!("{:?}", settings.limits), format!("{:?}", Limits::default()));
    assert_eq!(format!("{:?}", settings.push), format!("{:?}", PushTiming::default()));
}

#[test]
fn longer_content_makes_room_in_a_request() {
    let limits = Start::new().set("maxContent", "104857600").settings().limits;
    assert!(limits.http_body > 3 * 104_857_600);
}

// === labels ===

#[test]
fn labels_come_from_a_file_or_an_endpoint_or_not_at_all() {
    let labels = |start: Start| start.settings().labels;
    assert_eq!(labels(Start::new()), None);
    let file = labels(Start::new().set("navaid.naming.labels.file", "l.yaml")).expect("they are set");
    assert_eq!((file.origin, file.size_max), (LabelOrigin::File("l.yaml".into()), 4 << 20));
    let start = Start::new()
        .main_file("navaid.naming.labels.url=http://cmdb:81/l\nnavaid.naming.labels.interval=1m")
        .variable("NAVAID_NAMING_LABELS_TOKEN", "t0ken");
    let Some(LabelOrigin::Http(http)) = labels(start).map(|labels| labels.origin) else {
        panic!("no endpoint")
    };
    assert_eq!((http.interval, http.timeout), (Duration::from_secs(60), Duration::from_secs(3)));
    assert_eq!(http.url.as_uri().to_string(), "http://cmdb:81/l");
    assert!(http.token.is_some());
}

#[test]
fn labels_from_two_places_are_refused() {
    let start =
        Start::new().main_file("navaid.naming.labels.file=l.yaml\nnavaid.naming.labels.url=http://cmdb/l");
    start.refused_with(&[
        "navaid.naming.labels.url",
        "application.properties:2",
        "navaid.naming.labels.file, not both",
    ]);
}

#[test]
fn label_endpoint_with_tls_or_credentials_is_refused_and_not_shown() {
    for url in ["https://cmdb/l", "http://user:hunter2@cmdb/l"] {
        let start = Start::new().set("navaid.naming.labels.url", url);
        start.refused_with(&["navaid.naming.labels.url", "https is not available yet"]);
        assert!(!start.mistakes()[0].contains("hunter2"));
    }
    let start = Start::new()
        .set("navaid.naming.labels.token", "hunter2")
        .set("navaid.naming.labels.url", "http://cmdb/l?key=hunter2");
    let listed = start.loaded().effective.to_string();
    assert!(listed.contains("navaid.naming.labels.token = ***") && !listed.contains("hunter2"), "{listed}");
}

// === mesh ===

#[test]
fn mesh_port_is_closed_unless_the_first_switch_is_on_and_the_second_not_off() {
    let is_open = |lines: &str| Start::new().main_file(lines).settings().mesh.is_some();
    assert!(!is_open(""));
    assert!(is_open("nacos.istio.mcp.server.enabled=true"));
    assert!(is_open("nacos.istio.mcp.server.enabled=true\nnacos.extension.naming.istio.enabled=true"));
    assert!(!is_open("nacos.istio.mcp.server.enabled=true\nnacos.extension.naming.istio.enabled=false"));
    assert!(!is_open("nacos.extension.naming.istio.enabled=true"));
}

#[test]
fn mesh_settings_of_every_generation_are_read() {
    let mesh = |lines: &str| {
        let start = Start::new().main_file(&format!("nacos.istio.mcp.server.enabled=true\n{lines}"));
        start.settings().mesh.unwrap()
    };
    let plain = mesh("");
    assert_eq!((plain.port, &*plain.edge.translation.suffix), (18848, "nacos"));
    assert_eq!(plain.edge.timing.quiet_max, Duration::from_secs(5));
    // Nacos 2 has one pace, Nacos 3 two; the latter count.
    let second = mesh("nacos.istio.mcp.push.interval=3000");
    assert_eq!(second.edge.timing.quiet_max, Duration::from_secs(3));
    let both = mesh(
        "nacos.istio.mcp.push.interval=3000\nnacos.istio.debounce.max=700\nnacos.istio.debounce.after=5",
    );
    assert_eq!(both.edge.timing.quiet_max, Duration::from_millis(700));
    assert_eq!(both.edge.timing.quiet, Duration::from_millis(5));
    let shown = mesh("navaid.mesh.namespaces=a, b\nnacos.istio.domain.suffix=.svc.example");
    assert_eq!(shown.edge.translation.namespaces.len(), 2);
    assert_eq!(&*shown.edge.translation.suffix, "svc.example");
}

#[test]
fn mesh_certificate_without_its_key_is_refused_and_its_token_not_shown() {
    for (alone, other) in [("certificate", "key"), ("key", "certificate"), ("client-ca", "certificate")] {
        let start = Start::new().main_file(&format!("navaid.mesh.tls.{alone}=x.pem"));
        start.refused_with(&[&format!("navaid.mesh.tls.{alone}"), &format!("navaid.mesh.tls.{other}")]);
    }
    Start::new().set("nacos.istio.domain.suffix", "a_b").refused_with(&["nacos.istio.domain.suffix"]);
    let listed = Start::new().set("navaid.mesh.token", "hunter2").loaded().effective.to_string();
    assert!(listed.contains("navaid.mesh.token = ***") && !listed.contains("hunter2"), "{listed}");
}
