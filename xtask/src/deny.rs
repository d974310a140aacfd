//! `cargo xtask deny`: runs cargo-deny over the lock file, and says what could not be checked.
//!
//! Licences, bans and sources are checked from the lock file alone. Advisories need the RustSec database, which
//! cargo-deny clones; where it cannot be reached, this says so and goes on (docs/adr/0005).

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The version that `deny.toml` is written for.
const VERSION: &str = "0.20.2";

/// Pins the prebuilt program by version and digest, for machines that can take it.
const PREBUILT: &str = "xtask/cargo-deny.requirements.txt";

/// Checks the dependencies of the workspace under `root`; answers whether nothing was denied.
///
/// # Errors
/// cargo-deny is absent and cannot be installed, or cannot be started.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let tool = find_or_install(root)?;
    let mut passed = check(&tool, root, &["bans", "licenses", "sources"])?;
    if has_advisories(&tool, root)? {
        passed &= check(&tool, root, &["advisories"])?;
    } else {
        println!(
            "deny: SKIPPED advisories: the RustSec database cannot be fetched from here (docs/adr/0005)"
        );
    }
    Ok(passed)
}

fn check(tool: &Path, root: &Path, what: &[&str]) -> anyhow::Result<bool> {
    // Duplicate versions are a warning of the table, not news in each run: `cargo deny check bans` shows their trees.
    let status = Command::new(tool)
        .current_dir(root)
        .args(["--all-features", "check", "--hide-inclusion-graph"])
        .args(what)
        .status()
        .context("start cargo-deny")?;
    Ok(status.success())
}

fn has_advisories(tool: &Path, root: &Path) -> anyhow::Result<bool> {
    let status = Command::new(tool)
        .current_dir(root)
        .args(["fetch", "db"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("start cargo-deny")?;
    Ok(status.success())
}

/// The program on the search path, or one under the target folder, put there if need be.
fn find_or_install(root: &Path) -> anyhow::Result<PathBuf> {
    let on_path = PathBuf::from("cargo-deny");
    if is_right_version(&on_path) {
        return Ok(on_path);
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = target.join("tools/cargo-deny");
    let installed = folder.join("bin/cargo-deny");
    if !is_right_version(&installed) && !install_prebuilt(root, &folder) {
        build(&folder)?;
    }
    if !is_right_version(&installed) {
        bail!("cargo-deny {VERSION} was installed, but {} does not answer", installed.display());
    }
    Ok(installed)
}

fn is_right_version(tool: &Path) -> bool {
    let output = Command::new(tool).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim().ends_with(VERSION))
}

/// Takes the prebuilt program from its Python wheel: seconds instead of minutes. Answers whether that worked.
fn install_prebuilt(root: &Path, folder: &Path) -> bool {
    let succeeds = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    succeeds(Command::new("python3").args(["-m", "venv"]).arg(folder))
        && succeeds(
            Command::new(folder.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--require-hashes", "--only-binary", ":all:", "-r"])
                .arg(root.join(PREBUILT)),
        )
}

fn build(folder: &Path) -> anyhow::Result<()> {
    println!("deny: no prebuilt cargo-deny for this machine, building it (some minutes)");
    let status = Command::new("cargo")
        .args(["install", "cargo-deny", "--locked", "--version", VERSION, "--root"])
        .arg(folder)
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .status()
        .context("start cargo install")?;
    if !status.success() {
        bail!("cannot build cargo-deny {VERSION}");
    }
    Ok(())
}
