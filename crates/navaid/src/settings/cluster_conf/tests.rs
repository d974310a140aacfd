use proptest::prelude::*;

use super::*;

const PORT: u16 = 8848;

/// Members as text, then `!` and the number of warnings, or `refused` and the lines.
fn outcome(list: &MemberList) -> String {
    if !list.errors.is_empty() {
        let lines: Vec<_> = list.errors.iter().map(|e| e.line.to_string()).collect();
        return format!("refused {}", lines.join(","));
    }
    let mut out: Vec<_> = list.members.iter().map(MemberAddress::to_string).collect();
    if !list.warnings.is_empty() {
        out.push(format!("!{}", list.warnings.len()));
    }
    out.join(" ")
}

fn check(file: &str, expected: &str) {
    assert_eq!(outcome(&read_file(file.as_bytes(), PORT)), expected, "{file:?}");
}

#[test]
fn s8_forms_that_nacos_takes_give_its_members() {
    check("h:36911 # B\nh:36911#B\n#h:1\n  # x\n\n", "h:36911");
    check("h", "h:8848");
    check(" \th:1\t ", "h:1");
    check("a:1,b:2", "a:1 b:2");
    check("a:1,b:2,", "a:1 b:2");
    check("a:1, b:2", "a:1 b:2");
    check("a:036911\na:+36911", "a:36911");
    check("a:３６９１１", "a:36911");
    check("[::1]:36911\n[::1]", "[::1]:36911 [::1]:8848");
    check("NodeB.x:1\nnodeb.x:1", "NodeB.x:1 nodeb.x:1");
    check("same:1\nsame:1", "same:1");
    check("a:1\r\nb:2\rc:3", "a:1 b:2 c:3");
    check("# only\n# comments", "");
    check("a：36911", "a：36911:8848 !1");
}

#[test]
fn s8_forms_that_spoil_the_file_for_nacos_are_read_as_meant() {
    check("h:36911?weight=2", "h:36911 !1");
    check("h:36911?raft_port=8807", "h:36911 !1");
    check("192.168.16.101?raft_port=8808", "192.168.16.101:8848 !1");
    check("a:1\n   \nb:2", "a:1 b:2");
    check("a:1,,b:2", "a:1 b:2");
    check(",a:1", "a:1");
    check("a: 1", "a:1 !1");
    check("a:", "a:8848 !1");
    check("a:36911:7", "a:36911 !1");
    check("::1", "[::1]:8848 !1");
    check("fe80::1:3691", "[fe80::1:3691]:8848 !1");
    check("2001:db8::5", "[2001:db8::5]:8848 !1");
    check("\u{feff}a:1", "a:1");
}

#[test]
fn s8_forms_without_a_meaning_are_refused_with_their_line() {
    check("a:1;b:2", "refused 1");
    check("# c\na:1 b:2", "refused 2");
    check("http://a:36911", "refused 1");
    check("a:1\nb:x\nc:0\nd:65536", "refused 2,3,4");
    check("a:1，b:2", "refused 1");
    check("a:1\u{3000}", "refused 1");
    check("[::1", "refused 1");
    check(":1", "refused 1");
    check("fe80::1:36911", "refused 1");
}

#[test]
fn s8_bytes_that_are_no_utf8_are_kept_as_a_strange_host() {
    let list = read_file(b"a\xFF:1", PORT);
    assert_eq!(outcome(&list), "a\u{fffd}:1 !1");
}

#[test]
fn s8_lists_of_settings_and_variables_are_read_alike() {
    assert_eq!(outcome(&read_list("b:2, c:3 ,,", PORT)), "b:2 c:3");
    assert_eq!(outcome(&read_list("", PORT)), "");
    assert_eq!(outcome(&read_servers("n1:8848 n2:8848\n n3", PORT)), "n1:8848 n2:8848 n3:8848");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_file(&bytes, PORT);
    }

    #[test]
    fn noise_of_the_grammar_gives_usable_members(text in "[ab0-9:\\[\\],#? \n\r０é;/]{0,60}") {
        for member in read_file(text.as_bytes(), PORT).members {
            prop_assert!(!member.host.is_empty() && member.port > 0);
        }
    }
}
