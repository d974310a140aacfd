//! Files that nobody should write: a clear message, or a start, in a short time.

use std::time::Instant;

use super::*;

/// Each takes one second or two of a processor in a build without optimisation; a busy machine may be slow to give them.
/// What is to be seen here would take hours.
const SOON: Duration = Duration::from_secs(180);

fn soon(start: &Start) -> Result<Loaded, Mistakes> {
    let begin = Instant::now();
    let loaded = load(&start.surroundings);
    assert!(begin.elapsed() < SOON, "it took {:?}", begin.elapsed());
    loaded
}

#[test]
fn megabyte_lines_are_read_and_shortened_where_they_are_told() {
    let long = "k".repeat(1_000_000);
    let start = Start::new().main_file(&format!("{long}={long}\nmaxContent=5\n{long}\\\nx"));
    let loaded = soon(&start).expect("it starts");
    assert_eq!(loaded.settings.config.max_content, 5);
    assert!(loaded.notices.iter().all(|notice| notice.key.len() < 300 && notice.text.len() < 2000));
    let listing =
        Start::new().main_file(&format!("navaid.data={long}\nspring.x=\\u001b\\n{long}")).loaded().effective;
    assert!(listing.to_string().contains("spring.x = \\u{1b}\\nkkk"));
    let mistakes = Start::new().main_file(&format!("maxContent={long}")).mistakes();
    assert!(mistakes[0].contains("kkk…") && mistakes[0].len() < 500, "{} bytes", mistakes[0].len());
    let start = Start::new().main_file("navaid.data=a\\u0000b\nspring.config.import=x\\u0000y.properties\n");
    let mistakes = soon(&start).expect_err("no such file").to_string();
    assert!(mistakes.contains("cannot read the file"), "{mistakes}");
}

#[test]
fn nul_bytes_stop_the_start_with_file_and_line() {
    let utf16: Vec<u8> = "maxContent=5".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = |name: &str, bytes: &[u8]| Start::new().file(&format!("conf/{name}"), bytes);
    for (name, bytes, line) in [
        ("application.properties", b"a=1\n\0nacos.core.auth.enabled=true".as_slice(), 2),
        ("application.properties", b"\xEF\xBB\xBF\0a=1", 1),
        ("application.properties", &utf16, 1),
        ("application.yml", b"a: 1\n\nb: \0", 3),
    ] {
        at(name, bytes).refused_with(&[&format!("conf/{name}:{line}"), "NUL byte"]);
    }
}

/// A server must not stand open because of a character that nobody sees.
#[test]
fn key_of_a_protection_with_unseen_characters_stops_the_start() {
    for key in ["nacos.core.auth.enabled", "navaid.mesh.token", "server.ssl.key-store"] {
        for unseen in ["\u{a0}", "\u{200b}", "\u{feff}", "\u{1}", "\\u0000", "\\u2060", "\u{85}"] {
            for written in [format!("x=1\n{unseen}{key}=true"), format!("x=1\n{key}{unseen}=true")] {
                let start = Start::new().main_file(&written);
                start.refused_with(&["conf/application.properties:2", &format!("it is {key} but for")]);
            }
        }
    }
    let mistakes = Start::new().main_file("\u{1b}[2Jx\\u0007=1").notices();
    assert!(mistakes.iter().all(|said| !said.contains(char::is_control)), "{mistakes:?}");
    assert!(mistakes.iter().any(|said| said.contains("\\u{1b}[2Jx\\u{7}")), "{mistakes:?}");
}

#[test]
fn hundred_thousand_unknown_keys_are_told_in_a_bounded_number_of_notices() {
    let lines = |text: &str| (0..100_000).map(|n| format!("key.number-{n}{text}\n")).collect::<String>();
    let start = Start::new().main_file(&lines("=1"));
    let notices = soon(&start).expect("it starts").notices;
    assert_eq!(notices.len(), 101);
    assert!(notices[100].text.contains("99900 more keys"), "{}", notices[100].text);

    let start = Start::new().main_file(&lines("=\u{e9}"));
    assert!(soon(&start).expect("it starts").notices.len() < 200);
    let start = Start::new().main_file("").file("conf/application.yml", lines(": 1"));
    assert!(soon(&start).expect("it starts").notices.len() < 200);
}

#[test]
fn placeholders_without_end_are_refused_with_file_and_line() {
    let cycle = "a1=${a2}\na2=${a1}\nnavaid.data=${a1}\n";
    Start::new().main_file(cycle).refused_with(&[
        "navaid.data",
        "application.properties:3",
        "leads back to itself",
    ]);
    let deep: String = (0..200).map(|n| format!("d{n}=${{d{}}}\n", n + 1)).collect();
    let start = Start::new().main_file(&format!("{deep}navaid.data=${{d0}}"));
    start.refused_with(&["navaid.data", "application.properties:201", "32 levels"]);
    let open = "${".repeat(8_000);
    let many = "${o}".repeat(4_000);
    let start = Start::new().main_file(&format!("o={open}\nnavaid.data={many}\n"));
    let mistakes = soon(&start).expect_err("it is too large").to_string();
    assert!(mistakes.contains("16384 bytes"), "{}", &mistakes[mistakes.len() - 200..]);
}

#[test]
fn files_that_are_none_stop_the_start() {
    let start = Start::new().file("conf/application.properties/x", "");
    start.refused_with(&["conf/application.properties", "it is no file"]);
    let start = Start::new().flags(|flags| flags.file = Some("/dev/zero".into()));
    start.refused_with(&["/dev/zero", "it is no file"]);
    let start = Start::new().main_file(&"#".repeat(5 << 20));
    start.refused_with(&["conf/application.properties", "more than 4194304 bytes"]);
    Start::new().file("conf/application.yml/x", "").refused_with(&["conf/application.yml", "it is no file"]);
}

#[cfg(unix)]
#[test]
fn link_that_leads_nowhere_stops_the_start() {
    for name in ["application.properties", "application.yml", "cluster.conf"] {
        let start = Start::new().file("conf/other", "");
        let link = start.dir.path().join("conf").join(name);
        std::os::unix::fs::symlink("nowhere", link).expect("it can be made");
        start.refused_with(&[name, "cannot read the file"]);
    }
}

/// A user who may read everything is not refused anything: then there is nothing to see here.
#[cfg(unix)]
#[test]
fn file_that_may_not_be_read_stops_the_start() {
    use std::os::unix::fs::PermissionsExt;

    let start = Start::new().main_file("maxContent=5");
    let path = start.dir.path().join("conf/application.properties");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("it can be closed");
    match fs::read(&path) {
        Ok(_) => assert_eq!(start.settings().config.max_content, 5),
        Err(_) => start.refused_with(&["conf/application.properties", "cannot read the file", "ermission"]),
    }
}
