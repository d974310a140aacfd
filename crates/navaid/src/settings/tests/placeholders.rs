//! Placeholders, over all sources.

use super::*;

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
fn s3_properties_of_the_jvm_have_a_value_or_a_warning() {
    let start = Start::new().variable("HOME", "/home/u").variable("NACOS_HOME", ".").main_file(
        "a=${user.home} ${java.io.tmpdir}\nb=${user.dir}\nc=${nacos.home}\nnavaid.data=${user.name:x}",
    );
    assert_eq!(start.values(&["a", "c"]), "/home/u /tmp .");
    assert_eq!(start.value("b"), Some(start.dir.path().display().to_string()));
    assert_eq!(start.settings().data_dir, PathBuf::from("x"));
    start.noticed(&["navaid.data (conf/application.properties:4)", "${user.name} is a property of the JVM"]);
    Start::new().main_file("navaid.data=${os.name}").refused_with(&["${os.name} is a property of the JVM"]);
}

/// Nothing of `db.*` is used yet, so what a Java server leaves as text there is listed as it was written.
#[test]
fn s3_text_left_in_a_value_and_lost_backslashes_of_a_secret_are_warned_about() {
    let start = Start::new().main_file("navaid.data=x${y\ndb.password.0=p#w!d=\\x:${\nother=\\x\n");
    assert_eq!(start.settings().data_dir, PathBuf::from("x${y"));
    start.noticed(&["navaid.data (conf/application.properties:1)", "stays as it is"]);
    start.noticed(&["db.password.0 (conf/application.properties:2)", "a backslash in it is dropped"]);
    assert_eq!(start.value("db.password.0").as_deref(), Some("p#w!d=x:${"));
    start.not_noticed("p#w");
    start.not_noticed("other (conf/application.properties:3): a backslash");
    Start::new().main_file("db.password.0=a\\:b\\\\c").not_noticed("backslash");
}

#[test]
fn s3_bound_secrets_that_cannot_be_filled_stop_nothing() {
    let start = Start::new()
        .main_file("db.password.0=ab${cd}ef\ndb.password.1=${PW}")
        .variable("PW", "a$b{c}${Z}")
        .variable("Z", "zz");
    assert_eq!(start.value("db.password.1").as_deref(), Some("a$b{c}zz"));
    assert_eq!(start.loaded().effective.idle.len(), 2);
}

#[test]
fn secrets_that_come_through_placeholders_are_masked() {
    const SECRET: &str = "S3cr3tValue";
    for (name, text) in [
        ("DB_PW", "maxContent=${DB_PW}"),
        ("PASS", "maxContent=${PASS}"),
        ("MY_PWD", "maxContent=${MY_PWD}"),
        ("X", "maxContent=${NOPE_PASSWORD:S3cr3tValue}"),
        ("X", "maxContent=${NOPE_PASSWORD:S3cr3tValue}${NOPE}"),
        ("X", "db.password=S3cr3tValue\nmaxContent=${${db.password}}"),
        ("X", "db.password=S3cr3tValue\nS3cr3tValue=${${db.password}}\nmaxContent=${${db.password}}"),
        ("X", "db.password=S3cr3tValue\nmaxContent=1${${db.password}:${db.password}}"),
    ] {
        let mistakes = Start::new().variable(name, SECRET).main_file(text).mistakes().concat();
        assert!(!mistakes.contains(SECRET) && mistakes.contains("***"), "{text}: {mistakes}");
    }
    let start = Start::new().main_file(
        "db.password=S3cr3tValue\nnacos.istio.domain.suffix=${db.password}\nnavaid.data=${db.password}",
    );
    let listing = start.loaded().effective.to_string();
    assert!(!listing.contains(SECRET), "{listing}");
}

#[test]
fn secrets_of_keys_without_effect_are_masked() {
    for line in [
        "db.pwd=S3cr3t",
        "spring.redis.pass=S3cr3t",
        "db.passwrod=S3cr3t",
        "nacos.plugin.ldap.credential=S3cr3t",
        "nacosPersistEncodingKey=S3cr3t",
        "spring.a=${NOPE_PASSWORD:S3cr3t}",
        "spring.b=jdbc:mysql://h/x?password=S3cr3t",
        "spring.c=http://user:S3cr3t@host/",
    ] {
        let loaded = Start::new().main_file(line).loaded();
        let shown = format!("{} {:?}", loaded.effective, loaded.notices);
        assert!(!shown.contains("S3cr3t") && shown.contains("***"), "{line}: {shown}");
    }
}
