//! What a peer of the mesh says, while services change.
#![no_main]

libfuzzer_sys::fuzz_target!(|talk: fuzz::Talk<'_>| fuzz::stream_answers_and_comes_to_rest(&talk));
