use super::*;

fn named(kind: LayerKind, pairs: &[(&str, &str)]) -> Layer {
    let written = pairs
        .iter()
        .map(|(name, text)| Written {
            name: (*name).to_owned(),
            text: Secret::new(*text),
            origin: Origin::Flag("--set"),
        })
        .collect();
    Layer::Named(NamedLayer::new(kind, written))
}

fn environment(pairs: &[(&str, &str)]) -> Layer {
    let owned: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Layer::Environment(Environment::new(&owned))
}

fn answer(sources: &Sources, asked: &str) -> Option<String> {
    sources.find(asked).map(|found| found.written.text.expose().to_owned())
}

fn only(layer: Layer) -> Sources {
    Sources::new(vec![layer], HashMap::new())
}

#[test]
fn s4_variables_answer_the_names_of_the_specification() {
    let check = |asked: &str, works: &[&str], does_nothing: &[&str]| {
        for name in works {
            let sources = only(environment(&[(name, "v")]));
            assert_eq!(answer(&sources, asked).as_deref(), Some("v"), "{name} must answer {asked}");
        }
        for name in does_nothing {
            let sources = only(environment(&[(name, "v")]));
            assert_eq!(answer(&sources, asked), None, "{name} must not answer {asked}");
        }
    };
    check(
        "nacos.core.auth.enabled",
        &[
            "NACOS_CORE_AUTH_ENABLED",
            "nacos_core_auth_enabled",
            "Nacos_Core_Auth_Enabled",
            "nacos.core.auth.enabled",
            "NACOS.CORE.AUTH.ENABLED",
        ],
        &["nacosCoreAuthEnabled"],
    );
    check(
        "nacos.core.auth.plugin.nacos.token.secret.key",
        &["NACOS_CORE_AUTH_PLUGIN_NACOS_TOKEN_SECRET_KEY"],
        &[],
    );
    check(
        "nacos.naming.clean.empty-service.interval",
        &["NACOS_NAMING_CLEAN_EMPTYSERVICE_INTERVAL", "NACOS_NAMING_CLEAN_EMPTY_SERVICE_INTERVAL"],
        &[],
    );
    check(
        "nacos.config.push.maxRetryTime",
        &["NACOS_CONFIG_PUSH_MAXRETRYTIME"],
        &["NACOS_CONFIG_PUSH_MAX_RETRY_TIME"],
    );
    check("maxContent", &["MAXCONTENT"], &["MAX_CONTENT"]);
    check("isManageCapacity", &["ISMANAGECAPACITY"], &["IS_MANAGE_CAPACITY"]);
    check(
        "db.pool.config.maximumPoolSize",
        &["DB_POOL_CONFIG_MAXIMUMPOOLSIZE"],
        &["DB_POOL_CONFIG_MAXIMUM_POOL_SIZE"],
    );
    check("server.port", &["SERVER_PORT"], &[]);
    check("nacos.server.main.port", &["NACOS_SERVER_MAIN_PORT"], &[]);
    check("db.url.0", &["DB_URL_0", "DB_URL_0_", "db_url_0"], &["DB_URL0"]);
}

#[test]
fn s4_of_two_spellings_the_one_without_dashes_wins() {
    let sources = only(environment(&[
        ("NACOS_INETUTILS_IP_ADDRESS", "second"),
        ("NACOS_INETUTILS_IPADDRESS", "first"),
    ]));
    assert_eq!(answer(&sources, "nacos.inetutils.ip-address").as_deref(), Some("first"));
}

#[test]
fn highest_layer_wins_even_with_an_empty_value() {
    let sources = Sources::new(
        vec![
            named(LayerKind::Flags, &[("a", "flag")]),
            environment(&[("A", "variable"), ("B", "")]),
            named(LayerKind::File(FileRole::Main), &[("a", "file"), ("b", "file"), ("c", "1"), ("c", "2")]),
        ],
        HashMap::new(),
    );
    assert_eq!(answer(&sources, "a").as_deref(), Some("flag"));
    assert_eq!(answer(&sources, "b").as_deref(), Some(""));
    assert_eq!(answer(&sources, "c").as_deref(), Some("2"));
}

#[test]
fn jvm_only_key_in_a_file_is_not_found() {
    let sources = Sources::new(
        vec![named(
            LayerKind::File(FileRole::Main),
            &[("nacos.standalone", "true"), ("nacos.server.ip", "1.2.3.4")],
        )],
        HashMap::new(),
    );
    assert_eq!(answer(&sources, "nacos.standalone"), None);
    let sources = only(named(LayerKind::Flags, &[("nacos.standalone", "true")]));
    assert_eq!(answer(&sources, "nacos.standalone").as_deref(), Some("true"));
}

#[test]
fn s3_placeholder_names_are_relaxed_and_system_properties_come_last() {
    let sources = Sources::new(
        vec![environment(&[("MYSQL_HOST", "H")]), named(LayerKind::File(FileRole::Main), &[("k-1", "K")])],
        HashMap::from([("user.home", "/home/u".to_owned())]),
    );
    let resolve = |text: &str| {
        let written = Written { name: "x".to_owned(), text: Secret::new(text), origin: Origin::Default };
        sources.resolve(&written).map(|resolved| resolved.text)
    };
    for name in ["MYSQL_HOST", "mysql.host", "mysql_host", "mysql-host", "Mysql-Host"] {
        assert_eq!(resolve(&format!("${{{name}}}")).as_deref(), Ok("H"), "{name}");
    }
    assert_eq!(resolve("${k-1}${k1}${K-1:no}").as_deref(), Ok("KKno"));
    assert_eq!(resolve("${user.home}/data").as_deref(), Ok("/home/u/data"));
}

#[test]
fn origin_is_printed_for_people() {
    let file = Origin::File { path: Path::new("conf/application.properties").into(), line: 12 };
    assert_eq!(file.to_string(), "conf/application.properties:12");
    assert_eq!(Origin::Variable("A".into()).to_string(), "variable A");
    assert_eq!(Origin::Flag("--set").to_string(), "flag --set");
}
