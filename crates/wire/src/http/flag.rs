//! Booleans in HTTP parameters: two kinds, by parameter (`spec/http-naming-core` §2.1).

/// For write flags (`enabled`, `healthy`, `ephemeral`): `true`, `on`, `yes`, `y`, `t` in any case; all else is false.
pub fn lenient(text: &str) -> bool {
    let word = text.trim();
    ["true", "on", "yes", "y", "t"].iter().any(|yes| word.eq_ignore_ascii_case(yes))
}

/// For list flags (`healthyOnly`, `isCheck`, `onlyStatus`, `aggregation`): `true` in any case; all else is false.
pub fn strict(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lenient_flags_know_other_words_than_true() {
        for word in ["true", "True", "TRUE"] {
            assert!(lenient(word) && strict(word), "{word}");
        }
        for word in ["on", "Yes", "y", "T"] {
            assert!(lenient(word) && !strict(word), "{word}");
        }
        for word in ["", "1", "false", "no"] {
            assert!(!lenient(word) && !strict(word), "{word}");
        }
    }
}
