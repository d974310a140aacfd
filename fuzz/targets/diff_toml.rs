//! Two contents of this format, divided by a NUL.
#![no_main]

use navaid_diff::Format;

libfuzzer_sys::fuzz_target!(|input: &str| fuzz::keys_differ_both_ways_alike(Format::Toml, input));
