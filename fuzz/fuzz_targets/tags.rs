//! The tags of a text.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| vault_sync_fuzz::laws::tags(text));
