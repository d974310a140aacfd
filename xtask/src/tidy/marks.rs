//! Marks of code that is not finished, or of tests that do not run.
//!
//! Looks at tokens, so that words in comments and strings do not count and the insides of macros do.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::Finding;
use super::source::SourceFile;
use super::tree::SourceTree;

const UNFINISHED_MACROS: &[&str] = &["todo", "unimplemented", "dbg"];

/// Every mark in every Rust file, tests included.
pub(super) fn check(tree: &SourceTree) -> Vec<Finding> {
    tree.files().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Finding> {
    let mut marks = Vec::new();
    find_marks(file.tokens().clone(), &mut marks);
    marks.into_iter().map(|(line, mark)| Finding::at_line(file.path(), line, mark)).collect()
}

fn find_marks(tokens: TokenStream, marks: &mut Vec<(usize, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if is_macro_call(&tokens[index + 1..]) => {
                let name = ident.to_string();
                if UNFINISHED_MACROS.contains(&name.as_str()) {
                    marks.push((ident.span().start().line, format!("{name}! marks unfinished code")));
                }
            }
            TokenTree::Punct(hash)
                if hash.as_char() == '#' && tokens.get(index + 1).is_some_and(is_ignore) =>
            {
                marks.push((hash.span().start().line, "an ignored test tests nothing".to_owned()));
            }
            TokenTree::Group(group) => find_marks(group.stream(), marks),
            _ => {}
        }
    }
}

/// Whether what follows a name makes it the call of a macro: `!` and then an argument list.
fn is_macro_call(rest: &[TokenTree]) -> bool {
    match rest {
        [TokenTree::Punct(bang), TokenTree::Group(_), ..] => {
            bang.as_char() == '!' && bang.spacing() == Spacing::Alone
        }
        _ => false,
    }
}

/// Whether an attribute is `[ignore …]`, also through `cfg_attr`.
fn is_ignore(attribute: &TokenTree) -> bool {
    let TokenTree::Group(group) = attribute else { return false };
    if group.delimiter() != Delimiter::Bracket {
        return false;
    }
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name), TokenTree::Group(arguments)] if name == "cfg_attr" => arguments
            .stream()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(name) if name == "ignore")),
        [TokenTree::Ident(name), ..] => name == "ignore",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let tree = SourceTree::of_files("a", &[("b.rs", text)]);
        check(&tree).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn words_in_comments_strings_and_names_pass() {
        let text = "// todo!()\nfn ignore(todo: bool) -> bool { todo != (false) && \"dbg!()\".is_empty() }\n";
        assert_eq!(problems(text), Vec::<String>::new());
    }

    #[test]
    fn unfinished_macros_fail_also_inside_macros() {
        let text =
            "fn a() { todo!() }\nfn b() { assert!(dbg!(true)) }\nfn c() {\n    std::unimplemented![]\n}\n";
        assert_eq!(
            problems(text),
            [
                "a/b.rs:1: todo! marks unfinished code",
                "a/b.rs:2: dbg! marks unfinished code",
                "a/b.rs:4: unimplemented! marks unfinished code",
            ]
        );
    }

    #[test]
    fn ignored_tests_fail_in_each_form() {
        let text =
            "#[ignore]\nfn a() {}\n#[ignore = \"slow\"]\nfn b() {}\n#[cfg_attr(unix, ignore)]\nfn c() {}\n";
        assert_eq!(problems(text).len(), 3);
    }
}
