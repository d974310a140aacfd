//! Which written name answers an asked name: the relaxed binding of Spring Boot, as Nacos servers show it.
//!
//! * In files and flags: an asked name made only of lower-case letters, digits, `-`, `.` and `[n]` is compared
//!   element by element without `-`, `_` and case; `a[0]` and `a.0` are one name. Any other asked name
//!   (`maxContent`, `nacos.config.push.maxRetryTime`) must be met letter for letter.
//! * In the environment: see [`environment_candidates`].

/// Whether `asked` is compared loosely (see the module's rule).
pub(crate) fn is_relaxed(asked: &str) -> bool {
    asked.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.' | '[' | ']'))
}

/// The form under which loosely compared names are equal.
pub(crate) fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | ']' => {}
            '[' => out.push('.'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// Whether a key `written` in a file or a flag is found when the server asks for `asked`.
pub(crate) fn answers(asked: &str, written: &str) -> bool {
    asked == written || (is_relaxed(asked) && canonical(asked) == canonical(written))
}

/// How a variable's name is compared without case: lower case, a closing `_` dropped (`DB_URL_0_`).
pub(crate) fn folded_variable(name: &str) -> String {
    name.trim_end_matches('_').to_ascii_lowercase()
}

/// The names of variables that answer `asked`, best first.
///
/// `loose` names are compared with [`folded_variable`]: for `a.b-c` first `a_bc`, then `a_b_c`. `exact` names
/// count letter for letter: the name itself, with `.` and `-` written as `_`, and all of these in upper case.
pub(crate) struct VariableNames {
    pub(crate) loose: Vec<String>,
    pub(crate) exact: Vec<String>,
}

/// The variables that answer `asked`.
pub(crate) fn environment_candidates(asked: &str) -> VariableNames {
    let mut loose = Vec::new();
    if is_relaxed(asked) {
        let dotted = asked.replace(['[', '.'], "_").replace(']', "");
        loose.push(dotted.replace('-', ""));
        loose.push(dotted.replace('-', "_"));
        loose.dedup();
    }
    let plain =
        [asked.to_owned(), asked.replace('.', "_"), asked.replace('-', "_"), asked.replace(['.', '-'], "_")];
    let mut exact = Vec::with_capacity(8);
    for name in plain.iter().cloned().chain(plain.iter().map(|n| n.to_uppercase())) {
        if !exact.contains(&name) {
            exact.push(name);
        }
    }
    VariableNames { loose, exact }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, found_by: &[&str], not_found_by: &[&str]) {
        for asked in found_by {
            assert!(answers(asked, written), "{asked} must find {written}");
        }
        for asked in not_found_by {
            assert!(!answers(asked, written), "{asked} must not find {written}");
        }
    }

    #[test]
    fn s4_names_in_a_file_follow_the_relaxed_rule() {
        for written in ["r.one-two", "r.oneTwo", "r.one_two", "R.One-Two"] {
            check(written, &["r.one-two", "r.onetwo"], &["R.oneTWO", "r.One_two", "r.one.two"]);
        }
        check("Nacos.Core.Auth.Enabled", &["nacos.core.auth.enabled"], &[]);
        check(
            "nacos.naming.clean.emptyService.interval",
            &["nacos.naming.clean.empty-service.interval"],
            &[],
        );
        check("nacos.config.push.max-retry-time", &[], &["nacos.config.push.maxRetryTime"]);
        check("MAXCONTENT", &[], &["maxContent"]);
        check("max-content", &[], &["maxContent"]);
        check("maxContent", &["maxContent"], &[]);
        check("db.url[0]", &["db.url.0"], &[]);
        check("db.url.0", &["db.url[0]"], &[]);
        check("a.token.secretKey", &[], &["a.token.secret.key"]);
        check("NACOS_CORE_AUTH_ENABLED", &[], &["nacos.core.auth.enabled"]);
    }
}
