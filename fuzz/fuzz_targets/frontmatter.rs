//! The YAML between the fences.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| vault_sync_fuzz::laws::frontmatter(text));
