//! All the source that tidy looks at: every Rust file, parsed, and the names of all source files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::source::SourceFile;
use crate::workspace::Workspace;

/// Folders that hold no source of ours, wherever they are.
const SKIPPED: &[&str] = &["target", "node_modules", "data", "venv", "__pycache__"];

/// Folders of a crate that are compiled for tests and measurements alone.
const TEST_FOLDERS: &[&str] = &["tests", "benches"];

/// Languages whose file names are held to the rules for names.
const SOURCE_ENDINGS: &[&str] = &["rs", "py", "js", "mjs", "ts", "tsx", "go", "java", "cs", "sh"];

/// The source of the workspace.
pub(super) struct SourceTree {
    crates: Vec<CrateSource>,
    paths: Vec<PathBuf>,
}

/// The Rust files of one member; programs outside the workspace, such as the ones of `tests/`, stand together.
pub(super) struct CrateSource {
    pub(super) name: String,
    /// Folder of the member, relative to the root.
    pub(super) folder: PathBuf,
    pub(super) files: Vec<SourceFile>,
}

impl SourceTree {
    /// Reads and parses every Rust file of every member.
    ///
    /// # Errors
    /// A folder or file cannot be read, or a Rust file cannot be parsed.
    pub(super) fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let root = workspace.root();
        let mut paths = Vec::new();
        collect(root, Path::new(""), &mut paths)?;
        paths.sort();
        let mut crates = Vec::new();
        for member in workspace.members() {
            let own = paths.iter().filter(|path| path.starts_with(&member.folder));
            crates.push(CrateSource::read(&member.name, &member.folder, root, own)?);
        }
        let owned = |path: &Path| workspace.members().iter().any(|member| path.starts_with(&member.folder));
        let elsewhere = paths.iter().filter(|path| !owned(path));
        crates.push(CrateSource::read("(no member)", Path::new(""), root, elsewhere)?);
        Ok(Self { crates, paths })
    }

    pub(super) fn crates(&self) -> &[CrateSource] {
        &self.crates
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.crates.iter().flat_map(|member| &member.files)
    }

    /// Source files in any language, relative to the root.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    #[cfg(test)]
    pub(super) fn of_files(folder: &str, files: &[(&str, &str)]) -> Self {
        let paths: Vec<PathBuf> = files.iter().map(|(path, _)| Path::new(folder).join(path)).collect();
        let parsed =
            paths.iter().zip(files).map(|(path, (_, text))| (path.clone(), (*text).to_owned())).collect();
        let member =
            CrateSource::parse("subject", Path::new(folder), parsed).expect("the test's files parse");
        Self { crates: vec![member], paths }
    }
}

impl CrateSource {
    fn read<'a>(
        name: &str,
        folder: &Path,
        root: &Path,
        paths: impl Iterator<Item = &'a PathBuf>,
    ) -> anyhow::Result<Self> {
        let texts = paths
            .filter(|path| has_ending(path, &["rs"]))
            .map(|path| {
                Ok((path.clone(), fs::read_to_string(root.join(path)).with_context(|| reading(path))?))
            })
            .collect::<anyhow::Result<_>>()?;
        Self::parse(name, folder, texts)
    }

    fn parse(name: &str, folder: &Path, mut texts: Vec<(PathBuf, String)>) -> anyhow::Result<Self> {
        let mut files = Vec::with_capacity(texts.len());
        // A file may be a test because the file that declares it says so, which must therefore be read first.
        texts.sort_by_key(|(path, _)| (!is_crate_root(path), path.with_extension("")));
        let mut test_modules = BTreeSet::new();
        for (path, text) in texts {
            let inside = path.strip_prefix(folder).unwrap_or(&path);
            let in_test_folder = TEST_FOLDERS.iter().any(|tests| inside.starts_with(tests));
            let module = path.with_extension("");
            let all_test = in_test_folder || module.ancestors().any(|parent| test_modules.contains(parent));
            let file = SourceFile::parse(&path, &text, all_test)?;
            let children = if is_crate_root(&path) { path.parent().unwrap_or(folder) } else { &module };
            test_modules.extend(file.test_modules().map(|name| children.join(name)));
            files.push(file);
        }
        Ok(Self { name: name.to_owned(), folder: folder.to_path_buf(), files })
    }
}

fn is_crate_root(path: &Path) -> bool {
    path.ends_with("src/lib.rs") || path.ends_with("src/main.rs")
}

fn collect(root: &Path, folder: &Path, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(root.join(folder)).with_context(|| reading(folder))? {
        let entry = entry.with_context(|| reading(folder))?;
        let name = entry.file_name();
        let path = folder.join(&name);
        let skipped = name.to_str().is_none_or(|name| name.starts_with('.') || SKIPPED.contains(&name));
        if entry.file_type().with_context(|| reading(&path))?.is_dir() {
            if !skipped {
                collect(root, &path, paths)?;
            }
        } else if has_ending(&path, SOURCE_ENDINGS) {
            paths.push(path);
        }
    }
    Ok(())
}

fn reading(path: &Path) -> String {
    format!("read {}", path.display())
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tests_are_told_apart() {
        let tree = SourceTree::of_files(
            "crates/a",
            &[
                ("src/engine/tests/more.rs", "fn b() {}\n"),
                ("src/engine/tests.rs", "mod more;\n"),
                ("src/engine.rs", "#[cfg(test)]\nmod tests;\nfn a() {}\n"),
                ("src/fakes.rs", "fn c() {}\n"),
                ("src/lib.rs", "mod engine;\n#[cfg(test)]\nmod fakes;\n"),
                ("tests/whole.rs", "fn d() {}\n"),
            ],
        );
        let code: Vec<_> = tree.files().filter(|file| file.code_lines() > 0).map(SourceFile::path).collect();
        assert_eq!(code, [Path::new("crates/a/src/lib.rs"), Path::new("crates/a/src/engine.rs")]);
    }

    #[test]
    fn folders_of_builds_and_hidden_ones_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.rs", "target/b.rs", ".git/c.rs", "sub/d.py", "sub/e.md"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut paths = Vec::new();
        collect(folder.path(), Path::new(""), &mut paths).unwrap();
        paths.sort();
        assert_eq!(paths, [Path::new("a.rs"), Path::new("sub/d.py")]);
    }
}
