//! Archives whose frame is good, with any entries.
#![no_main]

libfuzzer_sys::fuzz_target!(|packed: fuzz::Packed<'_>| {
    if let Some(bytes) = packed.archive() {
        fuzz::archive_is_read_or_refused(&bytes);
    }
});
