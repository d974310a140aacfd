//! Two texts, divided by a NUL.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| fuzz::lines_lead_from_left_to_right(input));
