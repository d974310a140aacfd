//! `application.yml` beside the file; how its scalars are typed is tested where they are read.

use super::*;

#[test]
fn s7_properties_win_over_yaml_of_the_same_folder() {
    let start = Start::new()
        .main_file("maxContent=5")
        .file("conf/application.yml", "maxContent: 6\nnacos:\n  console:\n    port: 0x1F91\n");
    let settings = start.settings();
    assert_eq!((settings.config.max_content, settings.listen.console_port), (5, Some(8081)));
    assert_eq!(start.notices(), Vec::<String>::new());
}

#[test]
fn s7_values_of_yaml_name_their_file_and_line() {
    let start =
        Start::new().main_file("").file("conf/application.yml", "# x\nnacos:\n  console:\n    port: x\n");
    start.refused_with(&["nacos.console.port = \"x\" (conf/application.yml:4)"]);
    let start = Start::new().main_file("").file("conf/application.yml", "on: 1\nyes: 2\n");
    start.refused_with(&["conf/application.yml:2", "a second time"]);
    Start::new()
        .file("conf/application.yml", "a: b: c\n")
        .refused_with(&["conf/application.yml:1", "well-formed"]);
}

#[test]
fn parts_of_a_yaml_file_count_for_their_profiles() {
    let yaml = "k: all\n---\nspring.config.activate.on-profile: dev\nk: dev\n---\n\
                spring:\n  config:\n    activate:\n      on-profile: [prod, test]\nk: prod\nonly: prod\n";
    let under = |profiles: &str| {
        let start = Start::new().main_file("").file("conf/application.yml", yaml);
        start.set("spring.profiles.active", profiles).values(&["k", "only"])
    };
    assert_eq!(
        (under(""), under("dev"), under("test")),
        ("all -".into(), "dev -".into(), "prod prod".into())
    );
    for (condition, problem) in [
        ("spring.config.activate.on-profile: '!dev'", "conditions on profiles"),
        ("spring.profiles: dev", "on-profile"),
    ] {
        Start::new()
            .file("conf/application.yml", condition)
            .refused_with(&["conf/application.yml:1", problem]);
    }
}

#[test]
fn yaml_names_profiles_and_imports_as_lists() {
    let start = Start::new()
        .file(
            "conf/application.yml",
            "spring:\n  profiles.active: [dev]\n  config.import:\n  - a.yml\n  - file:conf/b.properties\n",
        )
        .file("conf/application-dev.yml", "k: dev\n")
        .file("conf/a.yml", "k: a\nl: a\n")
        .file("conf/b.properties", "l=b\nm=b\n");
    assert_eq!(start.values(&["k", "l", "m"]), "dev b b");
}

#[test]
fn named_yaml_file_is_read_as_yaml() {
    let start =
        Start::new().file("my.yml", "maxContent: 7").flags(|flags| flags.file = Some("my.yml".into()));
    assert_eq!(start.settings().config.max_content, 7);
}
