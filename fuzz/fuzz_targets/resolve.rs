//! A link in a vault: the first line is the link, the second the note in which it stands, each further one a file.

#![no_main]

use vault_sync_fuzz::laws;
use vault_sync_fuzz::path::VaultPath;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let (link, source) = (lines.next().unwrap_or_default(), VaultPath::new(lines.next().unwrap_or_default()));
    let files = lines.map(VaultPath::new).filter(|file| !file.is_root()).collect::<std::collections::BTreeSet<_>>();
    laws::resolve(&files.into_iter().collect::<Vec<_>>(), &source, link);
});
