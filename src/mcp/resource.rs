//! Notes as resources: `vault-sync://VAULT/PATH`, both percent-encoded.

use crate::render::percent;

const SCHEME: &str = "vault-sync://";

/// What the address of any note looks like.
pub(super) const TEMPLATE: &str = "vault-sync://{vault}/{+path}";

pub(super) fn address(vault: &str, path: &str) -> String {
    format!("{SCHEME}{}/{}", percent(vault).replace('/', "%2F"), percent(path))
}

/// Returns the vault and the path that an address means.
pub(super) fn parse(address: &str) -> Option<(String, String)> {
    let (vault, path) = address.strip_prefix(SCHEME)?.split_once('/')?;
    let (vault, path) = (decoded(vault)?, decoded(path)?);
    (!vault.is_empty() && !path.is_empty()).then_some((vault, path))
}

fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{address, parse};

    #[test]
    fn an_address_means_the_note_that_it_was_made_of() {
        assert_eq!(address("My Notes", "a b/Ü 100%.md"), "vault-sync://My%20Notes/a%20b/%C3%9C%20100%25.md");
        for (vault, path) in [("v", "a.md"), ("a/b", "c d/e.md"), ("My Notes", "Ü 100%/?#.md"), ("日本", "語.md")] {
            assert_eq!(parse(&address(vault, path)), Some((vault.to_owned(), path.to_owned())));
        }
        assert_eq!(parse("vault-sync://v/a b.md"), Some(("v".to_owned(), "a b.md".to_owned())), "blanks may stand as they are");
        for wrong in
            ["", "file:///a.md", "vault-sync://v", "vault-sync://v/", "vault-sync:///a.md", "vault-sync://v/%", "vault-sync://v/%ff"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
