//! Services whose names, instances and metadata may be anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|service: fuzz::Service<'_>| service.is_sent_as_the_mesh_takes_it());
