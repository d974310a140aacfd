#!/usr/bin/env bash
# serde_json 1.0.154: an f32 is written as 0.1 when serialised directly, and as 0.10000000149011612 when it goes through
# a Value (`to_value`, `json!`).
#
# The two ways look interchangeable, and are for every other type. A threshold that clients compare as text, or that a
# test compares between both ways, changes with a refactoring from one to the other.
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
serde_json = "=1.0.154"
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let threshold = 0.1_f32;
    println!("directly {}", serde_json::to_string(&threshold).unwrap());
    println!("by Value {}", serde_json::to_value(threshold).unwrap());
}
RUST
CARGO_TARGET_DIR=target cargo run --quiet | tee seen
diff seen - <<'EXPECTED'
directly 0.1
by Value 0.10000000149011612
EXPECTED
