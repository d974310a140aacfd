#!/usr/bin/env bash
# redb 4.6.0: a commit with Durability::None is lost when the process ends without dropping the database, not only
# when the machine loses power.
#
# One expects such a commit to sit in the page cache of the kernel and to be there after the process died, as an
# unsynced write to a plain file is. It is not: the file's header still points at the last durable commit, so the next
# open goes back to that. Even an orderly exit(0) loses it, because exit runs no destructors. Dropping the
# Database keeps it, and so does any later Durability::Immediate commit.
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
redb = "=4.6.0"
TOML
cat > src/main.rs <<'RUST'
use redb::{Database, Durability, ReadableDatabase, TableDefinition};

const ROWS: TableDefinition<u64, u64> = TableDefinition::new("rows");

fn put(database: &Database, key: u64, durability: Durability) {
    let mut write = database.begin_write().unwrap();
    write.set_durability(durability).unwrap();
    write.open_table(ROWS).unwrap().insert(key, key).unwrap();
    write.commit().unwrap();
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let database = Database::create(arguments.next().unwrap()).unwrap();
    match arguments.next().as_deref() {
        None => {
            let read = database.begin_read().unwrap();
            let table = read.open_table(ROWS).unwrap();
            let found = (1..=3).filter(|key| table.get(key).unwrap().is_some());
            println!("{}", found.map(|key| key.to_string()).collect::<Vec<_>>().join(" "));
        }
        Some(end) => {
            put(&database, 1, Durability::Immediate);
            put(&database, 2, Durability::None);
            match end {
                "exit" => std::process::exit(0),
                "exit-after-durable-commit" => {
                    put(&database, 3, Durability::Immediate);
                    std::process::exit(0)
                }
                _ => drop(database),
            }
        }
    }
}
RUST
CARGO_TARGET_DIR=target cargo build --quiet
status=0
expect() { # how the process ends, keys found afterwards
    target/debug/probe "$1.redb" "$1"
    local found
    found=$(target/debug/probe "$1.redb")
    printf '%-26s keys found: %s\n' "$1" "$found"
    [[ $found == "$2" ]] || { echo "  expected: $2"; status=1; }
}
expect exit '1'
expect drop '1 2'
expect exit-after-durable-commit '1 2 3'
exit $status
