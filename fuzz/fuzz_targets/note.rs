//! A whole note of any bytes, with whatever line ends; and a canvas.

#![no_main]

use vault_sync_fuzz::laws;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    laws::note(bytes);
    laws::canvas(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        laws::encodings(text);
    }
});
