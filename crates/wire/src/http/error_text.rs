//! Error bodies of plain text (`spec/http-naming-core` §3.2).

/// `caused: a;caused: b;`: one part for each message of a cause chain, outermost first.
pub fn caused<'a>(messages: impl IntoIterator<Item = &'a str>) -> String {
    messages.into_iter().map(|message| format!("caused: {message};")).collect()
}

/// Escapes as console errors are escaped: they were meant for browsers.
pub fn html_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// What a runtime exception with a code prints, trailing blank included: `errCode: 400, errMsg: … `.
pub fn coded(code: i32, message: &str) -> String {
    format!("errCode: {code}, errMsg: {message} ")
}

/// A number parameter that is none.
pub fn no_number(text: &str) -> String {
    format!("For input string: \"{text}\"")
}

/// A text that the reference's framework cannot bind to a number parameter of this kind (`int`, `float`,
/// `java.lang.Integer`, …).
pub fn unconvertible(text: &str, kind: &str) -> String {
    format!(
        "Failed to convert value of type 'java.lang.String' to required type '{kind}'; nested exception is \
         java.lang.NumberFormatException: {}",
        no_number(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded: `nsp-v1-refused` on 2.5.1.
    #[test]
    fn a_console_error_is_a_cause_with_html_escapes() {
        let text =
            caused(["Required request parameter 'ip' for method parameter type String is not present"]);
        assert_eq!(
            html_escaped(&text),
            "caused: Required request parameter &#39;ip&#39; for method parameter type String is not present;"
        );
    }

    #[test]
    fn coded_errors_end_with_a_blank() {
        assert_eq!(coded(400, "no"), "errCode: 400, errMsg: no ");
    }

    /// Recorded: `ns1-service-errors` and `ns2-service-list-errors` on 2.5.1.
    #[test]
    fn an_unbound_number_quotes_its_text() {
        assert_eq!(
            unconvertible("one", "java.lang.Integer"),
            "Failed to convert value of type 'java.lang.String' to required type 'java.lang.Integer'; nested \
             exception is java.lang.NumberFormatException: For input string: \"one\""
        );
    }
}
