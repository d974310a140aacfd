//! Cycles among the top modules of a crate.
//!
//! Follows `crate::…` and `super::…` paths in the tokens of the code, tests left out. A name that the root of the
//! crate re-exports counts as a use of the module that it comes from. Paths that start at a sibling's name are not
//! followed: among top modules they can only be written in the root, which is no module.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::tree::{CrateSource, SourceTree};

/// Modules of one crate that all reach each other.
pub(super) struct Knot {
    krate: String,
    modules: BTreeSet<String>,
    /// The imports that tie it, as `a -> b`.
    arrows: Vec<String>,
}

impl fmt::Display for Knot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "knot in {}: {}", self.krate, self.arrows.join(", "))
    }
}

/// Every knot of every crate.
pub(super) fn find(tree: &SourceTree) -> Vec<Knot> {
    tree.crates().iter().flat_map(find_in).collect()
}

fn find_in(member: &CrateSource) -> Vec<Knot> {
    let direct = uses(member);
    let reached = close(direct.clone());
    let mut knots: Vec<Knot> = Vec::new();
    for (module, targets) in &reached {
        let back = |target: &&String| reached.get(*target).is_some_and(|further| further.contains(module));
        let modules: BTreeSet<String> = targets.iter().filter(back).cloned().collect();
        if modules.len() > 1 && knots.iter().all(|knot| knot.modules != modules) {
            let arrows = arrows_within(&modules, &direct);
            knots.push(Knot { krate: member.name.clone(), modules, arrows });
        }
    }
    knots
}

fn arrows_within(modules: &BTreeSet<String>, direct: &Graph) -> Vec<String> {
    let arrow = |from: &String, to: &String| modules.contains(to).then(|| format!("{from} -> {to}"));
    modules
        .iter()
        .flat_map(|from| direct.get(from).into_iter().flatten().filter_map(move |to| arrow(from, to)))
        .collect()
}

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Adds to each module what its targets reach, until nothing is added.
fn close(mut graph: Graph) -> Graph {
    loop {
        let mut grown = false;
        for module in graph.keys().cloned().collect::<Vec<_>>() {
            let further: BTreeSet<String> =
                graph[&module].iter().filter_map(|target| graph.get(target)).flatten().cloned().collect();
            let targets = graph.entry(module).or_default();
            let before = targets.len();
            targets.extend(further);
            grown |= targets.len() > before;
        }
        if !grown {
            return graph;
        }
    }
}

/// Which top module names which other.
fn uses(member: &CrateSource) -> Graph {
    let source = member.folder.join("src");
    let located: Vec<_> = member
        .files
        .iter()
        .filter(|file| file.code_lines() > 0)
        .filter_map(|file| Some((file, module_path(file.path().strip_prefix(&source).ok()?)?)))
        .collect();
    let mut graph: Graph = Graph::new();
    for (_, path) in &located {
        graph.extend(path.first().map(|top| (top.clone(), BTreeSet::new())));
    }
    let mut exports = BTreeMap::new();
    for (file, _) in located.iter().filter(|(_, path)| path.is_empty()) {
        for item in &file.syntax().items {
            if let syn::Item::Use(item) = item {
                collect_exports(&item.tree, None, &mut exports);
            }
        }
    }
    for (file, path) in located.iter().filter(|(_, path)| !path.is_empty()) {
        let mut names = BTreeSet::new();
        names_at_root(file.tokens().clone(), path.len(), &mut names);
        let tops = names.into_iter().map(|name| exports.get(&name).cloned().unwrap_or(name));
        let tops: Vec<_> = tops.filter(|top| graph.contains_key(top) && *top != path[0]).collect();
        graph.entry(path[0].clone()).or_default().extend(tops);
    }
    graph
}

/// `a/b.rs` is the module `a::b`; the roots of a crate are the empty path; other programs of it are no modules.
fn module_path(file: &Path) -> Option<Vec<String>> {
    let mut path: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_str().map(str::to_owned)).collect::<Option<_>>()?;
    if path.len() == 1 && (path[0] == "lib" || path[0] == "main") {
        path.clear();
    }
    (path.first().is_none_or(|top| top != "bin")).then_some(path)
}

/// Notes for each name that a `use` of the root brings there the module that it comes from.
fn collect_exports(tree: &syn::UseTree, from: Option<&str>, exports: &mut BTreeMap<String, String>) {
    let mut note = |name: &syn::Ident| {
        if let Some(from) = from {
            exports.insert(name.to_string(), from.to_owned());
        }
    };
    match tree {
        syn::UseTree::Path(path) if path.ident == "crate" || path.ident == "self" => {
            collect_exports(&path.tree, from, exports);
        }
        syn::UseTree::Path(path) => {
            let ident = path.ident.to_string();
            collect_exports(&path.tree, Some(from.unwrap_or(&ident)), exports);
        }
        syn::UseTree::Name(name) => note(&name.ident),
        syn::UseTree::Rename(rename) => note(&rename.rename),
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|item| collect_exports(item, from, exports));
        }
        syn::UseTree::Glob(_) => {}
    }
}

/// Collects the names that are looked up at the root of the crate from a module `depth` levels below it.
fn names_at_root(tokens: TokenStream, depth: usize, names: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut index = 0;
    while index < tokens.len() {
        let rest = &tokens[index..];
        if let Some(skipped) = test_module(rest) {
            index += skipped;
            continue;
        }
        match rest {
            [TokenTree::Ident(word), TokenTree::Ident(_), TokenTree::Group(body), ..] if word == "mod" => {
                names_at_root(body.stream(), depth + 1, names);
                index += 2;
            }
            [TokenTree::Ident(word), ..] if word == "crate" => collect_names(&rest[1..], names),
            [TokenTree::Ident(word), ..] if word == "super" => {
                let levels = levels_up(rest);
                if levels == depth {
                    collect_names(&rest[levels * 3 - 2..], names);
                }
                index += levels * 3 - 3;
            }
            [TokenTree::Group(group), ..] => names_at_root(group.stream(), depth, names),
            _ => {}
        }
        index += 1;
    }
}

/// How many tokens an inline test module takes, its attribute included.
fn test_module(tokens: &[TokenTree]) -> Option<usize> {
    match tokens {
        [
            TokenTree::Punct(hash),
            TokenTree::Group(attribute),
            TokenTree::Ident(word),
            TokenTree::Ident(_),
            TokenTree::Group(_),
            ..,
        ] if hash.as_char() == '#' && word == "mod" => {
            (attribute.stream().to_string().replace(' ', "") == "cfg(test)").then_some(5)
        }
        _ => None,
    }
}

/// The length of a chain `super::super::…`.
fn levels_up(tokens: &[TokenTree]) -> usize {
    tokens
        .chunks(3)
        .take_while(|chunk| matches!(chunk, [TokenTree::Ident(word), ..] if word == "super"))
        .count()
}

/// Reads `::name` or `::{name, name::…}` after the word that leads to the root.
fn collect_names(after: &[TokenTree], names: &mut BTreeSet<String>) {
    let [TokenTree::Punct(first), TokenTree::Punct(second), next, ..] = after else { return };
    if first.as_char() != ':' || second.as_char() != ':' {
        return;
    }
    match next {
        TokenTree::Ident(name) => {
            names.insert(name.to_string());
        }
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let mut starts = true;
            for token in group.stream() {
                if let TokenTree::Ident(name) = &token
                    && starts
                {
                    names.insert(name.to_string());
                }
                starts = matches!(&token, TokenTree::Punct(comma) if comma.as_char() == ',');
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knots(files: &[(&str, &str)]) -> Vec<String> {
        find(&SourceTree::of_files("c", files)).iter().map(Knot::to_string).collect()
    }

    #[test]
    fn modules_in_one_direction_make_no_knot() {
        let files = [
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "use crate::b::B; pub struct A(B); use std::fmt;"),
            ("src/b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
        ];
        assert_eq!(knots(&files), Vec::<String>::new());
    }

    #[test]
    fn modules_in_a_ring_make_one_knot() {
        let files = [
            ("src/a.rs", "use crate::{b::B, d};"),
            ("src/b/deep.rs", "fn f() { super::super::c::go() }"),
            ("src/c.rs", "fn f() { g!(crate::a::A) }"),
            ("src/d.rs", ""),
        ];
        assert_eq!(knots(&files), ["knot in subject: a -> b, b -> c, c -> a"]);
    }

    #[test]
    fn name_exported_by_the_root_counts_as_its_module() {
        let files = [
            ("src/lib.rs", "mod a; mod b; pub use a::{x::A as Anchor, Other};"),
            ("src/a.rs", "use crate::b::B;"),
            ("src/b.rs", "use crate::Anchor;"),
        ];
        assert_eq!(knots(&files), ["knot in subject: a -> b, b -> a"]);
    }

    #[test]
    fn parent_of_an_inner_module_is_not_the_root() {
        let files =
            [("src/a.rs", "mod inner { use super::b; } use crate::b;"), ("src/b/deep.rs", "use super::a;")];
        assert_eq!(knots(&files), Vec::<String>::new());
    }
}
