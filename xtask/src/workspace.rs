//! What Cargo knows of this workspace: its members and which members each one imports.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

/// The workspace as `cargo metadata` describes it, dependencies from registries left out.
pub(crate) struct Workspace {
    root: PathBuf,
    members: Vec<Member>,
}

/// One crate of the workspace.
pub(crate) struct Member {
    /// Package name, as in the import table.
    pub(crate) name: String,
    /// Folder of its manifest, relative to the root of the workspace.
    pub(crate) folder: PathBuf,
    /// Members of the workspace that it depends on.
    pub(crate) imports: Vec<Import>,
}

/// One arrow between two members.
pub(crate) struct Import {
    pub(crate) target: String,
    pub(crate) reach: Reach,
}

/// Where an import is visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// In what is shipped, or in the script that builds it.
    Shipped,
    /// In tests and benches alone.
    Tests,
}

impl Workspace {
    /// Asks the Cargo that runs this program.
    ///
    /// # Errors
    /// Cargo cannot be started, refuses a manifest, or answers in a form that is not known here.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("start cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Self::from_json(&output.stdout)
    }

    fn from_json(json: &[u8]) -> anyhow::Result<Self> {
        let metadata: Metadata = serde_json::from_slice(json).context("read the answer of cargo metadata")?;
        let root = metadata.workspace_root;
        let members = metadata.packages.into_iter().map(|package| package.into_member(&root)).collect();
        Ok(Self { root, members })
    }

    /// Folder of the workspace's own manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<PathBuf>,
}

impl Package {
    fn into_member(self, root: &Path) -> Member {
        let manifest = self.manifest_path.strip_prefix(root).unwrap_or(&self.manifest_path);
        let folder = manifest.parent().unwrap_or(Path::new("")).to_path_buf();
        // Only members are addressed by path: crates of registries have none.
        let local = self.dependencies.into_iter().filter(|dependency| dependency.path.is_some());
        Member { name: self.name, folder, imports: local.map(Dependency::into_import).collect() }
    }
}

impl Dependency {
    fn into_import(self) -> Import {
        let reach = if self.kind.as_deref() == Some("dev") { Reach::Tests } else { Reach::Shipped };
        Import { target: self.name, reach }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_with_registry_and_local_dependencies_keeps_local_ones() {
        let json = br#"{"workspace_root": "/w", "packages": [{
            "name": "navaid-api", "manifest_path": "/w/crates/api/Cargo.toml", "dependencies": [
                {"name": "bytes", "kind": null, "path": null},
                {"name": "navaid-core", "kind": null, "path": "/w/crates/core"},
                {"name": "conformance", "kind": "dev", "path": "/w/crates/conformance"}]}]}"#;
        let workspace = Workspace::from_json(json).unwrap();
        let api = &workspace.members()[0];
        assert_eq!(api.folder, Path::new("crates/api"));
        let imports: Vec<_> =
            api.imports.iter().map(|import| (import.target.as_str(), import.reach)).collect();
        assert_eq!(imports, [("navaid-core", Reach::Shipped), ("conformance", Reach::Tests)]);
    }
}
