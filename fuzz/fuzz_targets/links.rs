//! One link, in all the places where a link may stand.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| vault_sync_fuzz::laws::link(text));
