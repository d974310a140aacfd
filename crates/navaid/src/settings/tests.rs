mod cluster;
mod conversions;
mod follow;
mod hostile;
mod names;
mod parts;
mod placeholders;
mod protection;
mod sources;
mod yaml;

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

    fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
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

    /// What a key comes to, be it a setting or not.
    fn value(&self, key: &str) -> Option<String> {
        let (sources, files) = load::gather(&self.surroundings);
        assert_eq!(files.mistakes, []);
        Reader::new(&sources).raw(key).map(|text| text.value)
    }

    /// The values of several keys, `-` for one that is absent.
    fn values(&self, keys: &[&str]) -> String {
        let values = keys.iter().map(|key| self.value(key).unwrap_or_else(|| "-".to_owned()));
        values.collect::<Vec<_>>().join(" ")
    }

    /// No notice holds `part`.
    fn not_noticed(&self, part: &str) {
        let notices = self.notices();
        assert!(!notices.iter().any(|notice| notice.contains(part)), "{part:?} in {notices:?}");
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
fn listen_addresses_are_parsed() {
    let listen = Start::new().set("server.address", "127.0.0.1").settings().listen;
    assert_eq!((listen.address, listen.grpc_address), (listen.grpc_address, Some([127, 0, 0, 1].into())));
    let listen = Start::new().set("nacos.remote.grpc.listen.ip", "::1").settings().listen;
    assert_eq!((listen.address, listen.grpc_address), (None, Some("::1".parse().expect("an address"))));
    Start::new().set("server.address", "example.com").refused_with(&["IP address"]);
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
