//! A `cluster.conf`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::members_are_read_or_refused(bytes));
