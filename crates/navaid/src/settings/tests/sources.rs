//! Which place a value is taken from.

use super::*;

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
fn empty_value_hides_lower_sources_and_means_the_default() {
    let start = Start::new()
        .main_file("nacos.server.main.port=9000\nnacos.naming.expireInstance=false")
        .variable("NACOS_SERVER_MAIN_PORT", "")
        .set("nacos.naming.expireInstance", "");
    assert_eq!(start.settings().listen.main_port, 8848);
}

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

/// Nacos 3 with an older file: the newer name counts wherever it stands, and an older one alone is the main port.
#[test]
fn s1_old_port_key_never_beats_the_newer_and_is_warned_about() {
    let start = Start::new().main_file("nacos.server.main.port=2222").set("server.port", "1111");
    assert_eq!(start.settings().listen.main_port, 2222);
    start.noticed(&["server.port (flag --set)", "no effect", "nacos.server.main.port"]);

    let start = Start::new().main_file("nacos.console.port=8081\nserver.port=36800");
    let listen = start.settings().listen;
    assert_eq!((listen.main_port, listen.grpc_port, listen.console_port), (36800, 37800, Some(8081)));
    start.noticed(&["server.port (conf/application.properties:2)", "write nacos.server.main.port"]);
    Start::new().main_file("nacos.console.port=8081").set("server.port", "36800").not_noticed("server.port");
    Start::new().main_file("server.port=36800").not_noticed("server.port");
    Start::new().main_file("nacos.console.port=8081\nserver.port=8848").not_noticed("server.port");
}

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
    let start = Start::new().file("etc/application.yml", "maxContent: 5");
    let start = start.flags(|flags| flags.file = Some("etc/application.properties".into()));
    start.refused_with(&["etc/application.properties", "cannot read"]);
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
fn broken_file_is_one_mistake_with_its_line() {
    Start::new().main_file("a=1\nb=\\u12").refused_with(&["conf/application.properties:2", "malformed"]);
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
fn unresolvable_import_is_a_mistake() {
    Start::new().main_file("spring.config.import=${NOPE}").refused_with(&["spring.config.import", "NOPE"]);
}

/// The order of the places, highest first; one that has the key empty counts as well.
#[test]
fn s1_first_place_that_has_a_key_counts_even_if_it_is_empty_there() {
    let key = "nacos.console.port";
    let mut start = Start::new().main_file("nacos.console.port=4");
    assert_eq!(start.value(key).as_deref(), Some("4"));
    start = start.variable("nacos_console_port", "5");
    assert_eq!(start.value(key).as_deref(), Some("5"));
    start = start.variable("JAVA_OPT", "-Dnacos.console.port=6");
    assert_eq!(start.value(key).as_deref(), Some("6"));
    start = start.variable("SPRING_APPLICATION_JSON", r#"{"nacos":{"console":{"port":7}}}"#);
    assert_eq!(start.value(key).as_deref(), Some("7"));
    start = start.set(key, "8");
    assert_eq!(start.value(key).as_deref(), Some("8"));
    start = start.set(key, "");
    assert_eq!(start.value(key).as_deref(), Some(""));
    assert_eq!(start.settings().listen.console_port, Some(8080));
    start.noticed(&["nacos.console.port (flag --set)", "empty", "the default counts"]);
}

/// What profiles, documents and imports come to for a server that lays its own reading of the file above Spring's.
#[test]
fn s1_main_file_ranks_above_profiles_documents_and_imports() {
    let dev = |start: Start| start.set("spring.profiles.active", "dev");
    let start =
        dev(Start::new().main_file("a=main")).file("conf/application-dev.properties", "a=dev\nonly=dev");
    assert_eq!(start.values(&["a", "only"]), "main dev");
    start.noticed(&["a (conf/application-dev.properties:1)", "no effect", "Spring alone takes this one"]);

    let start = dev(Start::new().main_file(
        "b=1\n#---\nspring.config.activate.on-profile=dev\nb=dev\n#---\nspring.config.activate.on-profile=prod\nb=prod\nc=prod",
    ));
    assert_eq!(start.values(&["b", "c"]), "prod prod");
    start.noticed(&["conf/application.properties:2", "document separators"]);
    for separator in ["#---", "!---"] {
        assert_eq!(Start::new().main_file(&format!("a=1\n{separator}\na=2")).values(&["a"]), "2");
    }
    assert_eq!(Start::new().main_file("---\na=1").values(&["---", "a"]), " 1");

    let import = "spring.config.import=file:./conf/extra.properties\na=main";
    let start = dev(Start::new().main_file(import))
        .file("conf/extra.properties", "a=extra\nonlyextra=extra\nspring.config.import=file:more.properties")
        .file("conf/application-dev.properties", "onlyextra=dev");
    assert_eq!(start.values(&["a", "onlyextra"]), "main extra");
    start.noticed(&["a (conf/extra.properties:1)", "Spring alone"]);
    start.noticed(&["onlyextra (conf/application-dev.properties:1)", "Spring alone"]);
    start.noticed(&["spring.config.import (conf/extra.properties:3)", "only the main file", "NOT read"]);
    Start::new().main_file("spring.profiles.include=x").noticed(&["spring.profiles.include", "no effect"]);
}

#[test]
fn s1_of_two_directories_the_last_counts_and_keys_of_the_first_are_kept() {
    let start = Start::new()
        .file("one/application.properties", "q=1\nonly=1")
        .file("two/application.properties", "q=2")
        .variable("SPRING_CONFIG_ADDITIONAL_LOCATION", "file:one/,file:two/");
    assert_eq!(start.values(&["q", "only"]), "2 1");
    start.not_noticed("built-in");
    let start = start.flags(|flags| flags.file = Some("one".into()));
    assert_eq!(start.values(&["q", "only"]), "1 1");
    start.noticed(&["SPRING_CONFIG_ADDITIONAL_LOCATION", "-c names the settings file"]);
}

#[test]
fn s1_files_of_the_working_directory_rank_below_all_others() {
    let start = Start::new()
        .file("application.properties", "a=here\nb=here\nc=here")
        .file("config/application.properties", "a=config\nb=config");
    let with_conf = |start: Start| start.main_file("a=conf");
    assert_eq!(start.values(&["a", "b", "c"]), "config config here");
    let start = with_conf(start);
    assert_eq!(start.values(&["a", "b", "c"]), "conf config here");
    let alone = start.flags(|flags| flags.file = Some("conf".into()));
    assert_eq!(alone.values(&["a", "b", "c"]), "conf - -");
    let start = Start::new().file("application.properties", "nacos.console.port=9");
    assert_eq!(start.settings().listen.console_port, Some(9));
    start.noticed(&["nacos.console.port (application.properties:1)", "built-in"]);
}

/// The forms of a start in which a Java server reads its built-in file above the user's: here the user's value counts.
#[test]
fn s1_built_in_value_never_hides_that_of_a_file() {
    let location = |variable: &str, location: &str| {
        Start::new()
            .file(
                "x/application.properties",
                "nacos.server.main.port=36999\nnacos.core.auth.system.type=ldap",
            )
            .variable(variable, location)
    };
    let good = location("SPRING_CONFIG_ADDITIONAL_LOCATION", "file:x/");
    assert_eq!(good.settings().listen.main_port, 36999);
    good.not_noticed("built-in");
    for (variable, named) in [
        ("SPRING_CONFIG_ADDITIONAL_LOCATION", "optional:file:x/"),
        ("SPRING_CONFIG_ADDITIONAL_LOCATION", "x/"),
        ("SPRING_CONFIG_ADDITIONAL_LOCATION", "file:x/application.properties"),
        ("SPRING_CONFIG_LOCATION", "file:x/"),
    ] {
        let start = location(variable, named);
        assert_eq!(start.settings().listen.main_port, 36999, "{named}");
        start.noticed(&[
            "nacos.server.main.port (x/application.properties:1)",
            "read its built-in value here",
        ]);
        start.noticed(&["nacos.core.auth.system.type (x/application.properties:2)", "built-in"]);
    }
    let yaml = Start::new().file("conf/application.yml", "nacos: {server.main.port: 36999}");
    assert_eq!(yaml.settings().listen.main_port, 36999);
    yaml.noticed(&["nacos.server.main.port (conf/application.yml:1)", "no application.properties beside it"]);
    yaml.main_file("").not_noticed("built-in");
}

/// A protection that is asked for in one of these forms must stop the start, not be missed.
#[test]
fn s1_access_control_is_seen_wherever_it_is_asked_for() {
    let on = "nacos.core.auth.enabled=true";
    let yaml = "nacos:\n  core:\n    auth:\n      enabled: on\n";
    for start in [
        Start::new().file("x/application.properties", on).variable("SPRING_CONFIG_LOCATION", "x/"),
        Start::new()
            .file("x/application.properties", on)
            .variable("SPRING_CONFIG_ADDITIONAL_LOCATION", "optional:x/"),
        Start::new().file("conf/application.yml", yaml),
        Start::new().main_file("a=1").file("conf/application.yaml", yaml),
        Start::new().main_file("spring.profiles.active=dev").file("conf/application-dev.yml", yaml),
        Start::new().main_file("spring.config.import=more.yml").file("conf/more.yml", yaml),
        Start::new().variable("JAVA_OPT", "-Dnacos.core.auth.enabled=true"),
        Start::new().variable("JAVA_TOOL_OPTIONS", "-Dnacos.core.auth.enabled=true"),
        Start::new().variable("SPRING_APPLICATION_JSON", r#"{"nacos.core.auth.enabled":true}"#),
        Start::new().main_file("\u{feff}nacos.core.auth.enabled=true"),
    ] {
        start.refused_with(&["access control is not available yet"]);
    }
}

#[test]
fn locations_that_mean_nothing_here_are_told() {
    let at = |location: &str| Start::new().variable("SPRING_CONFIG_ADDITIONAL_LOCATION", location);
    at("classpath:/x/").noticed(&["class path"]);
    at("file:/x/*/").refused_with(&["SPRING_CONFIG_ADDITIONAL_LOCATION", "patterns"]);
    at("file:missing/").refused_with(&["missing/application.properties", "cannot read"]);
    at("optional:file:missing/").loaded();
}

#[test]
fn s2_key_behind_a_byte_order_mark_counts_where_nobody_else_has_it() {
    let marked = |rest: &str| Start::new().main_file(&format!("\u{feff}a=1\n{rest}"));
    let start = marked("b=2");
    assert_eq!(start.values(&["a", "b"]), "1 2");
    start.noticed(&["conf/application.properties:1", "byte order mark"]);
    assert_eq!(marked("a=2").values(&["a"]), "2");
    let start = marked("spring.profiles.active=dev").file("conf/application-dev.properties", "a=3");
    assert_eq!(start.values(&["a"]), "3");
    assert_eq!(marked("").file("conf/application.yml", "a: 4").values(&["a"]), "4");
    assert_eq!(marked("").variable("A", "5").values(&["a"]), "5");
    assert_eq!(Start::new().main_file("\u{feff}# x\na=1").values(&["a"]), "1");
}

/// A location without `file:` starts from the folder of the file that names it, as Spring has it.
#[test]
fn imports_start_from_the_folder_of_the_file_that_names_them() {
    let importing = |import: &str| Start::new().main_file(&format!("spring.config.import={import}"));
    for (import, file) in [
        ("optional:secure.properties", "conf/secure.properties"),
        ("optional:./secure.properties", "conf/secure.properties"),
        ("secure.yml", "conf/secure.yml"),
        ("optional:sec/", "conf/sec/application.properties"),
        ("sec/", "conf/sec/application.yml"),
        ("optional:file:secure.properties", "secure.properties"),
        ("file:./sec/", "sec/application.yaml"),
    ] {
        let start = importing(import).file(file, "nacos.core.auth.enabled: true");
        start.refused_with(&["access control is not available yet", file]);
    }
    let start = Start::new().variable("SPRING_CONFIG_IMPORT", "optional:x.properties");
    assert_eq!(start.file("x.properties", "maxContent=7").settings().config.max_content, 7);
}

#[test]
fn imports_that_are_not_read_are_told_by_what_they_are() {
    for (import, problem) in [
        ("nope.properties", "conf/nope.properties is not there"),
        ("file:nope.properties", "nope.properties is not there"),
        ("configtree:tree/", "an import of configtree: is not supported"),
        ("http://user:pw@host/x.properties", "an import of http: is not supported"),
        ("classpath:x.properties", "an import of classpath: is not supported"),
        ("file:conf/*/x.properties", "an import with a pattern is not supported"),
        ("file:./sec[.properties]", "an import with a hint in brackets is not supported"),
    ] {
        let importing = |text: &str| Start::new().main_file(&format!("spring.config.import={text}"));
        let optional = importing(&format!("optional:{import}"));
        optional.noticed(&["spring.config.import (conf/application.properties:1)", problem, "NOT read"]);
        optional.not_noticed("pw");
        if problem.contains("supported") {
            importing(import)
                .refused_with(&["spring.config.import (conf/application.properties:1)", problem]);
        } else {
            importing(import).refused_with(&["nope.properties", "cannot read the file"]);
        }
    }
}
