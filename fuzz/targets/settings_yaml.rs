//! A settings file in YAML.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::yaml_is_read_or_refused(bytes));
