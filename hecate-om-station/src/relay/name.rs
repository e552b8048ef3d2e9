//! A procedure or a topic in its realm.

/// The longest procedure or topic, in bytes (wire 1.0 §3.5).
pub(crate) const MAX_NAME_BYTES: usize = 512;

/// A procedure or a topic, in a realm.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) realm: [u8; 32],
    pub(crate) text: String,
}

impl Name {
    pub(crate) fn new(realm: [u8; 32], text: impl Into<String>) -> Self {
        Self {
            realm,
            text: text.into(),
        }
    }
}
