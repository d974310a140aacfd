//! What a long poll says that it listens to.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &str| fuzz::listening_is_read_or_refused(value));
