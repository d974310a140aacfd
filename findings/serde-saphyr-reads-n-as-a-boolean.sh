#!/usr/bin/env bash
# serde-saphyr 2.2.0: a plain `n`, `y`, `on` or `off` read into a value of any kind is a boolean, as in YAML 1.1, though
# the crate reads YAML 1.2 otherwise; `strict_booleans` makes them texts.
#
# A rule or a label that is named `n` arrives as `false`, and is refused where a text is due, or matches nothing.
#
# Needs: cargo, the crates registry.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2024"
[dependencies]
serde-saphyr = "=2.2.0"
serde_json = "=1.0.154"
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let text = "[n, y, on, off, no, true, x, 0o14]";
    let usual: serde_json::Value = serde_saphyr::from_str(text).unwrap();
    println!("usual  {usual}");
    let options = serde_saphyr::options! { strict_booleans: true };
    let strict: serde_json::Value = serde_saphyr::from_str_with_options(text, options).unwrap();
    println!("strict {strict}");
}
RUST
CARGO_TARGET_DIR=target cargo run --quiet | tee seen
diff seen - <<'EXPECTED'
usual  [false,true,true,false,false,true,"x",12]
strict ["n","y","on","off","no",true,"x",12]
EXPECTED
