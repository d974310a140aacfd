//! Members, and the own address.

use super::*;

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

#[test]
fn own_address_with_a_port_is_refused() {
    Start::new().set("nacos.inetutils.ip-address", "1.2.3.4:8848").refused_with(&["host name"]);
}

/// Own addresses that a Java server takes, and those with which it does not start.
#[test]
fn s8_own_address_is_taken_in_more_forms_than_by_a_java_server() {
    for (text, is_warned) in [
        ("localhost", false),
        ("nacos.example", false),
        ("nacos.example.", false),
        ("[::1]", false),
        ("::1", false),
        ("1.2.3", false),
        ("256.1.1.1", false),
        ("nacos0", true),
        ("LOCALHOST", true),
        ("na_cos.example", true),
        ("nacos.example ", true),
    ] {
        let start = Start::new().main_file(&format!("nacos.inetutils.ip-address={text}"));
        assert_eq!(start.settings().own_address.as_deref(), Some(text.trim()));
        let is_noticed = start.notices().iter().any(|notice| notice.contains("a Java server does not start"));
        assert_eq!(is_noticed, is_warned, "{text:?}");
    }
    Start::new().set("nacos.inetutils.ip-address", "nacos0:8848").refused_with(&["host name"]);
    let start =
        Start::new().main_file("nacos.inetutils.ip-address=10.1.1.1").set("nacos.server.ip", "10.2.2.2");
    assert_eq!(start.settings().own_address.as_deref(), Some("10.2.2.2"));
}

#[test]
fn s8_two_names_of_this_server_are_one_with_a_warning() {
    let start = Start::new().file("conf/cluster.conf", "127.0.0.1:8848\nlocalhost:8848\n");
    start.noticed(&["cluster.conf", "several members are this server"]);
    Start::new().file("conf/cluster.conf", "127.0.0.1:8848\n").not_noticed("several");
}

#[test]
fn s8_files_of_members_are_neither_written_nor_made() {
    let conf = "# by hand\n127.0.0.1\n\n";
    let start = Start::new().file("conf/cluster.conf", conf).set("nacos.member.list", "127.0.0.1:8848");
    start.loaded();
    let read = fs::read_to_string(start.dir.path().join("conf/cluster.conf")).expect("it is there");
    assert_eq!(read, conf);
    let start = Start::new().main_file("nacos.member.list=127.0.0.1:8848");
    start.loaded();
    assert!(!start.dir.path().join("conf/cluster.conf").exists());
}

/// A list in a setting has no comments, and counts only where there is no file.
#[test]
fn s8_member_list_counts_without_a_file_only() {
    let list = "nacos.member.list=10.0.0.2:2, 10.0.0.3:3 ,,";
    let start = Start::new().main_file(list);
    start.refused_with(&["nacos.member.list", "10.0.0.2:2,10.0.0.3:3", "conf/application.properties:1"]);
    let start = Start::new().main_file(list).file("conf/cluster.conf", "# none\n");
    start.noticed(&["nacos.member.list", "no effect", "cluster.conf"]);
    Start::new().main_file("nacos.member.list=b:2#x").refused_with(&["nacos.member.list", "no port"]);
    Start::new().variable("NACOS_MEMBER_LIST", "b:2").refused_with(&["NACOS_MEMBER_LIST", "clusters"]);
}

#[test]
fn s8_file_of_members_that_cannot_be_read_stops_all_but_a_lone_server() {
    let start = Start::new().file("conf/cluster.conf/x", "");
    start.refused_with(&["conf/cluster.conf", "cannot read"]);
    start.set("nacos.standalone", "true").loaded();
}
