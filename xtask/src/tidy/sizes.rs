//! Sizes that deserve a second look. Nothing here fails: a long table of routes is long for a reason.

use std::fmt::Write;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::source::SourceFile;
use super::tree::{CrateSource, SourceTree};

/// Something that is counted, with the size to aim at and the size that asks for a second look.
struct Measure {
    what: &'static str,
    aim: usize,
    look_again: usize,
}

const FILE_LINES: Measure = Measure { what: "lines in a file", aim: 300, look_again: 800 };
const FUNCTION_LINES: Measure = Measure { what: "lines in a function", aim: 30, look_again: 70 };
const PARAMETERS: Measure = Measure { what: "parameters", aim: 4, look_again: 6 };
const BARE_TEXTS: Measure = Measure { what: "bare String or &str parameters", aim: 2, look_again: 2 };
const MEASURES: [&Measure; 4] = [&FILE_LINES, &FUNCTION_LINES, &PARAMETERS, &BARE_TEXTS];

/// Fewer lines of test per 100 lines of code than this are marked in the table of crates.
const THIN_TESTS: usize = 40;

/// One place past the aim of a measure.
struct Outlier {
    what: &'static str,
    value: usize,
    place: String,
}

/// All places past an aim.
pub(super) struct Outliers(Vec<Outlier>);

/// Measures every file and function that is not a test.
pub(super) fn outliers(tree: &SourceTree) -> Outliers {
    let mut found = Outliers(Vec::new());
    for file in tree.files() {
        found.note(&FILE_LINES, file.code_lines(), || file.path().display().to_string());
        Functions { file, found: &mut found }.visit_file(file.syntax());
    }
    found.0.sort_by_key(|outlier| std::cmp::Reverse(outlier.value));
    found
}

impl Outliers {
    fn note(&mut self, measure: &Measure, value: usize, place: impl FnOnce() -> String) {
        if value > measure.aim {
            self.0.push(Outlier { what: measure.what, value, place: place() });
        }
    }

    /// One paragraph per measure; the places themselves only past the second limit, unless `all` are wanted.
    pub(super) fn summary(&self, all: bool) -> String {
        MEASURES.iter().map(|measure| self.paragraph(measure, all)).collect()
    }

    fn paragraph(&self, measure: &Measure, all: bool) -> String {
        let own: Vec<_> = self.0.iter().filter(|outlier| outlier.what == measure.what).collect();
        let far = own.iter().filter(|outlier| outlier.value > measure.look_again).count();
        let mut text = format!("{}: {} over {}", measure.what, own.len(), measure.aim);
        if measure.look_again > measure.aim {
            write!(text, ", {far} over {}", measure.look_again).expect("a String takes any text");
        }
        text.push('\n');
        for outlier in &own[..if all { own.len() } else { far }] {
            writeln!(text, "  {:>5}  {}", outlier.value, outlier.place).expect("a String takes any text");
        }
        text
    }
}

struct Functions<'a> {
    file: &'a SourceFile,
    found: &'a mut Outliers,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, body: Option<&syn::Block>) {
        let first = signature.span().start().line;
        if self.file.is_test_line(first) {
            return;
        }
        let place = || format!("{}:{first} {}", self.file.path().display(), signature.ident);
        if let Some(body) = body {
            self.found.note(&FUNCTION_LINES, body.span().end().line + 1 - first, place);
        }
        let types = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(parameter) => Some(&*parameter.ty),
            syn::FnArg::Receiver(_) => None,
        });
        self.found.note(&PARAMETERS, types.clone().count(), place);
        self.found.note(&BARE_TEXTS, types.filter(|ty| is_bare_text(ty)).count(), place);
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, Some(&item.block));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, Some(&item.block));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.measure(&item.sig, item.default.as_ref());
        visit::visit_trait_item_fn(self, item);
    }
}

fn is_bare_text(ty: &syn::Type) -> bool {
    match ty {
        syn::Type::Reference(reference) => is_bare_text(&reference.elem),
        syn::Type::Path(path) => path.path.is_ident("str") || path.path.is_ident("String"),
        _ => false,
    }
}

/// Lines of code and of tests for each crate.
pub(super) fn crate_table(tree: &SourceTree) -> String {
    let mut text = format!("{:<16}{:>8}{:>8}{:>8}  tests per 100\n", "crate", "files", "code", "tests");
    for member in tree.crates().iter().filter(|member| !member.files.is_empty()) {
        writeln!(text, "{}", crate_row(member)).expect("a String takes any text");
    }
    text
}

fn crate_row(member: &CrateSource) -> String {
    let sum = |lines: fn(&SourceFile) -> usize| member.files.iter().map(lines).sum::<usize>();
    let (code, tests) = (sum(SourceFile::code_lines), sum(SourceFile::test_lines));
    let share = (tests * 100).checked_div(code).unwrap_or(0);
    let mark = if share < THIN_TESTS { "  thin" } else { "" };
    format!("{:<16}{:>8}{code:>8}{tests:>8}{share:>8}{mark}", member.name, member.files.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(text: &str, all: bool) -> String {
        outliers(&SourceTree::of_files("a", &[("src/b.rs", text)])).summary(all)
    }

    #[test]
    fn small_file_has_no_outlier() {
        assert!(!summary("fn a(b: &str, c: String) {}", true).contains("src/b.rs"));
    }

    #[test]
    fn long_function_is_listed_past_the_second_limit() {
        let of_lines = |count: usize| format!("fn a() {{\n{}}}\n", "    ();\n".repeat(count - 2));
        assert!(!summary(&of_lines(30), true).contains("src/b.rs"));
        assert!(!summary(&of_lines(31), false).contains("src/b.rs"));
        assert!(summary(&of_lines(31), true).contains("   31  a/src/b.rs:1 a"));
        assert!(summary(&of_lines(71), false).contains("   71  a/src/b.rs:1 a"));
    }

    #[test]
    fn parameters_are_counted_without_self() {
        let text = "impl A { fn a(&self, a: u8, b: u8, c: u8, d: u8) {} fn b(a: u8, b: u8, c: u8, d: u8, e: u8) {} }";
        let listed = summary(text, true);
        assert!(listed.contains("parameters: 1 over 4") && listed.contains("src/b.rs:1 b"));
    }

    #[test]
    fn three_bare_texts_are_listed_and_wrapped_ones_not() {
        assert!(
            summary("fn a(a: &str, b: String, c: &'static str) {}", false).contains("    3  a/src/b.rs:1 a")
        );
        assert!(!summary("fn a(a: &str, b: Option<String>, c: &Name) {}", false).contains("src/b.rs"));
    }

    #[test]
    fn tests_are_not_measured() {
        let long = format!("#[cfg(test)]\nmod tests {{ fn a() {{\n{}}} }}\n", "\n".repeat(900));
        assert!(!summary(&long, true).contains("src/b.rs"));
    }

    #[test]
    fn crate_row_gives_share_of_tests() {
        let text = "fn a() {}\nfn b() {}\n#[cfg(test)]\nmod tests {}\n";
        let tree = SourceTree::of_files("a", &[("src/b.rs", text)]);
        assert!(crate_table(&tree).contains("subject                1       2       2     100"));
    }
}
