//! Ids of facts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Id of a fact, by which subscribers recognize that a fact was published again.
///
/// A fact gets a new id when it is published. A publisher that publishes one fact again, for
/// instance because it does not know whether an attempt succeeded, passes the id of the first
/// attempt to [`FactBuilder::id`](crate::fact::FactBuilder::id). As text, an id is 32 lower-case hex
/// digits.
///
/// ```
/// use hecate_om::fact::FactId;
///
/// let id = FactId::random();
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactId([u8; 16]);

impl FactId {
    /// Returns a new random id.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Returns the id with these bytes, such as those of a UUID that the fact already has.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the id's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Error of parsing a text that is not the id of a fact, which is written as 32 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a fact: write its 32 hex digits")]
pub struct FactIdError(String);

impl FromStr for FactId {
    type Err = FactIdError;

    fn from_str(text: &str) -> Result<Self, FactIdError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| FactIdError(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FactId({self})")
    }
}

impl Serialize for FactId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FactId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
