//! Bytes that may be an archive.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::archive_is_read_or_refused(bytes));
