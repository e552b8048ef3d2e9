//! A procedure or a topic in its realm.

/// The longest procedure or topic, in bytes (wire 1.0 §3.5).
pub(crate) const MAX_NAME_BYTES: usize = 512;

/// A procedure or a topic, in a realm.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The realm's id.
    pub realm: [u8; 32],
    /// The procedure or topic.
    pub text: String,
}

impl Name {
    pub(crate) fn new(realm: [u8; 32], text: impl Into<String>) -> Self {
        Self {
            realm,
            text: text.into(),
        }
    }
}
