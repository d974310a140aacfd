//! One Rust file, parsed, with its tests told apart from its code.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::Context;
use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A parsed Rust file.
pub(super) struct SourceFile {
    /// Relative to the root of the workspace.
    path: PathBuf,
    lines: usize,
    tokens: TokenStream,
    syntax: syn::File,
    /// Lines of items under `#[cfg(test)]`; the whole file when all of it is a test.
    tests: Vec<RangeInclusive<usize>>,
}

impl SourceFile {
    /// Parses `text`; `all_test` says that the file is compiled for tests alone.
    ///
    /// # Errors
    /// The text is not Rust.
    pub(super) fn parse(path: &Path, text: &str, all_test: bool) -> anyhow::Result<Self> {
        let parse = || -> syn::Result<_> {
            let tokens: TokenStream = text.parse()?;
            Ok((tokens.clone(), syn::parse2::<syn::File>(tokens)?))
        };
        let (tokens, syntax) = parse().with_context(|| format!("parse {}", path.display()))?;
        let lines = text.lines().count();
        let tests = if all_test { vec![1..=lines] } else { test_items(&syntax) };
        Ok(Self { path: path.to_path_buf(), lines, tokens, syntax, tests })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn tokens(&self) -> &TokenStream {
        &self.tokens
    }

    pub(super) fn syntax(&self) -> &syn::File {
        &self.syntax
    }

    /// Lines of code that is shipped, comments and blank lines counted.
    pub(super) fn code_lines(&self) -> usize {
        self.lines - self.test_lines()
    }

    /// Lines that are compiled for tests alone.
    pub(super) fn test_lines(&self) -> usize {
        self.tests.iter().map(|range| range.end() + 1 - range.start()).sum()
    }

    pub(super) fn is_test_line(&self, line: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&line))
    }

    /// Modules in files of their own that this file declares for tests alone.
    pub(super) fn test_modules(&self) -> impl Iterator<Item = String> {
        self.syntax.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_none() && is_test(&module.attrs) => {
                Some(module.ident.to_string())
            }
            _ => None,
        })
    }
}

fn test_items(syntax: &syn::File) -> Vec<RangeInclusive<usize>> {
    let mut visitor = TestItems { found: Vec::new() };
    visitor.visit_file(syntax);
    visitor.found
}

struct TestItems {
    found: Vec<RangeInclusive<usize>>,
}

impl<'ast> Visit<'ast> for TestItems {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_test(attributes(item)) {
            let span = item.span();
            self.found.push(span.start().line..=span.end().line);
        } else {
            visit::visit_item(self, item);
        }
    }
}

/// Attributes of the items that a test gate is put on; other kinds of item count as code.
fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether one of the attributes is `cfg(test)` or `cfg(all(test, …))`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test")
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> SourceFile {
        SourceFile::parse(Path::new("a.rs"), text, false).unwrap()
    }

    #[test]
    fn inline_test_module_is_no_code() {
        let file = parse("fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n");
        assert_eq!((file.code_lines(), file.test_lines()), (2, 4));
        assert!(!file.is_test_line(1) && file.is_test_line(5));
    }

    #[test]
    fn gate_other_than_test_is_code() {
        let file = parse("#[cfg(not(test))]\nmod a {}\n#[cfg(feature = \"test\")]\nmod b {}\n");
        assert_eq!(file.test_lines(), 0);
    }

    #[test]
    fn test_module_in_its_own_file_is_named() {
        let file = parse("mod a;\n#[cfg(test)]\nmod tests;\n#[cfg(all(test, unix))]\nmod more;\n");
        assert_eq!(file.test_modules().collect::<Vec<_>>(), ["tests", "more"]);
    }

    #[test]
    fn broken_text_names_the_file() {
        let error = SourceFile::parse(Path::new("a.rs"), "fn (", false).err().unwrap();
        assert!(error.to_string().contains("a.rs"));
    }
}
