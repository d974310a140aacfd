//! A settings file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::properties_are_read_or_refused(bytes));
