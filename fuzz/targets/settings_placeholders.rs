//! Values that name each other.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| fuzz::placeholders_come_to_an_end(input));
