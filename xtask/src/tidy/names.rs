//! Names that say nothing: of files, modules and types.

use std::path::Path;

use syn::visit::{self, Visit};

use super::Finding;
use super::source::SourceFile;
use super::tree::SourceTree;

/// Last words of a file's or module's name that hide what is in it.
const EMPTY_MODULE_WORDS: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "shared", "base", "manager", "managers", "misc"];

/// Last words of a type's name that add nothing to it.
const EMPTY_TYPE_WORDS: &[&str] =
    &["Impl", "Helper", "Helpers", "Util", "Utils", "Manager", "Data", "Info", "Common", "Base"];

/// Types that bear a name of the Nacos protocol, with the reason why it cannot be another one.
const NAMES_OF_THE_WIRE: &[WireName] = &[
    WireName { name: "ServiceInfo", reason: "what queries answer and pushes carry, under this name" },
    WireName { name: "EncodedServiceInfo", reason: "the bytes of a ServiceInfo" },
];

/// An allowance for one type of `navaid-wire`.
struct WireName {
    name: &'static str,
    reason: &'static str,
}

/// The folder in which an allowance holds.
const WIRE_FOLDER: &str = "crates/wire";

/// Every forbidden name, and every allowance that no type needs any more.
pub(super) fn check(tree: &SourceTree) -> Vec<Finding> {
    check_with(tree, NAMES_OF_THE_WIRE)
}

fn check_with(tree: &SourceTree, allowances: &[WireName]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = tree.paths().iter().filter_map(|path| check_path(path)).collect();
    let mut unused: Vec<&WireName> = allowances.iter().collect();
    for file in tree.files() {
        let mut visitor = Names { file, allowances, findings: Vec::new(), used: Vec::new() };
        visitor.visit_file(file.syntax());
        unused.retain(|allowance| !visitor.used.contains(&allowance.name));
        findings.append(&mut visitor.findings);
    }
    findings.extend(unused.into_iter().map(|allowance| {
        let problem = format!("allows {} ({}), which no type bears", allowance.name, allowance.reason);
        Finding::in_file(Path::new("xtask/src/tidy/names.rs"), problem)
    }));
    findings
}

fn check_path(path: &Path) -> Option<Finding> {
    if path.file_name()? == "mod.rs" {
        return Some(Finding::in_file(path, "is a mod.rs: put foo.rs beside foo/"));
    }
    let empty = path.components().find_map(|part| {
        let name = Path::new(part.as_os_str()).file_stem()?.to_str()?;
        is_empty_module_name(name).then_some(name)
    })?;
    Some(Finding::in_file(path, format!("\"{empty}\" does not say what is in it")))
}

fn is_empty_module_name(name: &str) -> bool {
    name.rsplit(['_', '-', '.']).next().is_some_and(|word| EMPTY_MODULE_WORDS.contains(&word))
}

/// The last word of a name in camel case.
fn last_word(name: &str) -> &str {
    name.rfind(char::is_uppercase).map_or(name, |start| &name[start..])
}

struct Names<'a> {
    file: &'a SourceFile,
    allowances: &'a [WireName],
    findings: Vec<Finding>,
    used: Vec<&'static str>,
}

impl Names<'_> {
    fn judge_type(&mut self, ident: &syn::Ident) {
        let name = ident.to_string();
        let word = last_word(&name);
        if !EMPTY_TYPE_WORDS.contains(&word) {
            return;
        }
        let allowance = self.allowances.iter().find(|allowance| allowance.name == name);
        match allowance {
            Some(allowance) if self.file.path().starts_with(WIRE_FOLDER) => self.used.push(allowance.name),
            _ => self.report(ident, format!("type {name}: \"{word}\" adds nothing to a name")),
        }
    }

    fn report(&mut self, ident: &syn::Ident, problem: String) {
        self.findings.push(Finding::at_line(self.file.path(), ident.span().start().line, problem));
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // A module in a file of its own is judged by the file's name.
        if item.content.is_some() && is_empty_module_name(&item.ident.to_string()) {
            self.report(&item.ident, format!("module {} does not say what is in it", item.ident));
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.judge_type(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.judge_type(&item.ident);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.judge_type(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.judge_type(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.judge_type(&item.ident);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<String> {
        let tree = SourceTree::of_files("crates/a", &[(path, text)]);
        check_with(&tree, &[]).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn plain_names_pass() {
        let text = "struct Metadata; struct DataId; enum Information {} mod database {} trait Info2 {}";
        assert_eq!(problems("src/based.rs", text), Vec::<String>::new());
    }

    #[test]
    fn empty_file_and_folder_names_fail() {
        for path in ["src/utils.rs", "src/http_util.rs", "src/common/x.rs", "src/mod.rs", "src/helpers/a.rs"]
        {
            assert_eq!(problems(path, "").len(), 1, "{path}");
        }
    }

    #[test]
    fn empty_type_and_module_names_fail_with_their_line() {
        let text = "mod shared {\n    pub struct StoreImpl;\n}\nenum NodeData {}\ntrait Manager {}\ntype BeatInfo = u8;\n";
        assert_eq!(
            problems("src/a.rs", text),
            [
                "crates/a/src/a.rs:1: module shared does not say what is in it",
                "crates/a/src/a.rs:2: type StoreImpl: \"Impl\" adds nothing to a name",
                "crates/a/src/a.rs:4: type NodeData: \"Data\" adds nothing to a name",
                "crates/a/src/a.rs:5: type Manager: \"Manager\" adds nothing to a name",
                "crates/a/src/a.rs:6: type BeatInfo: \"Info\" adds nothing to a name",
            ]
        );
    }

    #[test]
    fn name_of_the_wire_passes_in_wire_alone() {
        let allowances = [WireName { name: "ServiceInfo", reason: "the body of a push" }];
        let count = |folder: &str, text| {
            check_with(&SourceTree::of_files(folder, &[("src/push.rs", text)]), &allowances).len()
        };
        assert_eq!(count("crates/wire", "struct ServiceInfo;"), 0);
        assert_eq!(count("crates/api", "struct ServiceInfo;"), 2, "the type and the unused allowance");
        assert_eq!(count("crates/wire", "struct Service;"), 1, "the unused allowance");
    }
}
