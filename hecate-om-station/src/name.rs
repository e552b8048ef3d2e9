//! Names on the wire: procedures, topics and orgs.

/// Maximum length of a procedure or topic, in bytes (wire 1.0 §3.5).
pub(crate) const MAX_NAME_BYTES: usize = 512;

/// Maximum length of an org name, in bytes. The limit leaves a procedure most of its 512 bytes, and
/// makes the name a valid file name on every platform.
pub(crate) const MAX_ORG_BYTES: usize = 128;

/// Name of a procedure or topic, with the realm that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The realm's id.
    pub realm: [u8; 32],
    /// The procedure or topic.
    pub text: String,
}

impl QualifiedName {
    pub(crate) fn new(realm: [u8; 32], text: impl Into<String>) -> Self {
        Self {
            realm,
            text: text.into(),
        }
    }
}

/// Returns whether `name` is an org name: `^[a-z0-9][a-z0-9._-]*$`.
pub(crate) fn is_org_name(name: &str) -> bool {
    let letter_or_digit = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= MAX_ORG_BYTES
        && name.bytes().next().is_some_and(letter_or_digit)
        && name
            .bytes()
            .all(|c| letter_or_digit(c) || matches!(c, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn org_names_follow_the_grammar() {
        for name in ["acme", "0x", "hecate-om", "io.macula", "a_b"] {
            assert!(is_org_name(name), "{name}");
        }
        let long = "a".repeat(MAX_ORG_BYTES + 1);
        for name in [
            "",
            "_",
            "Acme",
            "-a",
            ".a",
            "a/b",
            "a b",
            "é",
            "~00",
            long.as_str(),
        ] {
            assert!(!is_org_name(name), "{name}");
        }
    }
}
