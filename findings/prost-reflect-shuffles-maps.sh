#!/usr/bin/env bash
# prost-reflect 0.16.5: a DynamicMessage with a map encodes to other bytes in each process: its entries stand in the order
# of a hash map, where the types that prost generates can keep them sorted (`btree_map`), and the crate has no such choice.
#
# Both are valid protobuf and mean the same. But whoever makes a version of the bytes, as discovery protocols do of their
# resources, tells every peer of a change that is none after each restart.
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
prost = "=0.14.6"
prost-reflect = "=0.16.5"
protox = "=0.10.0"
TOML
cat > labels.proto <<'PROTO'
syntax = "proto3";
message Labels { map<string, string> labels = 1; }
PROTO
cat > src/main.rs <<'RUST'
use std::collections::HashMap;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MapKey, Value};

fn main() {
    let files = protox::compile(["labels.proto"], ["."]).unwrap();
    let pool = DescriptorPool::from_file_descriptor_set(files).unwrap();
    let mut message = DynamicMessage::new(pool.get_message_by_name("Labels").unwrap());
    let pair = |n: u8| (MapKey::String(format!("key-{n}")), Value::String(n.to_string()));
    message.set_field_by_name("labels", Value::Map((0..12).map(pair).collect::<HashMap<_, _>>()));
    println!("{:?}", message.encode_to_vec());
}
RUST
export CARGO_TARGET_DIR=target
cargo build --quiet
for _ in 1 2 3 4 5 6; do target/debug/probe; done | sort | uniq -c | wc -l > count
for _ in 1 2 3 4 5 6; do target/debug/probe; done | awk -F, '{ print NF " bytes" }' | sort -u | tee seen
echo "other bytes in $(cat count) of 6 runs" | tee -a seen
diff seen - <<'EXPECTED'
148 bytes
other bytes in 6 of 6 runs
EXPECTED
