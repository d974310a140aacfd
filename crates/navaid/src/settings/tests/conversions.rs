//! Texts that become values.

use super::*;

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

/// The values of settings of each kind; `!` marks a warning, `stop` that the server does not start.
#[test]
fn s6_settings_convert_as_their_kind_does() {
    for (key, text, expected) in [
        ("nacos.naming.expireInstance", "off", "false"),
        ("nacos.naming.expireInstance", " 0 ", "false"),
        ("nacos.naming.expireInstance", "", "true"),
        ("nacos.naming.expireInstance", "y", "stop"),
        ("nacos.naming.push.pushTaskDelay", "0x10", "16"),
        ("nacos.naming.push.pushTaskDelay", "#FF", "255"),
        ("nacos.naming.push.pushTaskDelay", "010", "10"),
        ("nacos.naming.push.pushTaskDelay", " 5 ", "5"),
        ("nacos.naming.push.pushTaskDelay", "+3", "3"),
        ("nacos.naming.push.pushTaskDelay", "5s", "stop"),
        ("nacos.naming.push.pushTaskDelay", "1_000", "stop"),
        ("nacos.naming.push.pushTaskDelay", "99999999999", "stop"),
        ("nacos.core.auth.enabled", "false ", "false"),
        ("nacos.core.auth.enabled", "maybe", "stop"),
        ("nacos.core.auth.enabled", "", "stop"),
        ("isManageCapacity", "yes", "false!"),
        ("isManageCapacity", "on", "false!"),
        ("isManageCapacity", "1", "false!"),
        ("isManageCapacity", "", "false!"),
        ("isManageCapacity", "TRUE", "true"),
        ("isCapacityLimitCheck", "true ", "false!"),
        ("maxContent", "+20", "20"),
        ("maxContent", "20 ", "20!"),
        ("maxContent", "0x10", "stop"),
        ("maxContent", "", "stop"),
        ("defaultGroupQuota", "007", "7"),
        ("nacos.config.search.wait_timeout", "20 ", "20!"),
        ("nacos.config.search.wait_timeout", "0x10", "stop"),
        ("nacos.config.search.wait_timeout", "", "stop"),
        ("nacos.config.search.max_thread", "#2", "stop"),
        ("nacos.config.retention.days", "5 ", "30!"),
        ("nacos.config.retention.days", "abc", "30!"),
    ] {
        let start = Start::new().main_file(&format!("{key}={text}"));
        let found = load(&start.surroundings).map_or("stop".to_owned(), |loaded| {
            let row = loaded.effective.rows.into_iter().find(|row| row.key == key).expect("it is listed");
            let is_warned = loaded.notices.iter().any(|notice| notice.weight == Weight::Warning);
            format!("{}{}", row.value, if is_warned { "!" } else { "" })
        });
        assert_eq!(found, expected, "{key}={text:?}");
        if found == "stop" {
            start.refused_with(&[key, "conf/application.properties:1"]);
        }
    }
}
