//! The descriptions of tools as they were first seen, by hash.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::audit;

/// Maximum number of pinned tools.
const MAX_PINS: usize = 10_000;

/// Hashes of the descriptions, by procedure; in a file, if they outlive the session.
#[derive(Debug, Default)]
pub struct Pins {
    file: Option<PathBuf>,
    hashes: BTreeMap<String, String>,
    has_new: bool,
}

impl Pins {
    /// Loads the pins of earlier sessions. A file that does not exist is created.
    ///
    /// # Errors
    ///
    /// If the file is not what [`Pins`] writes.
    pub fn load(file: &Path) -> Result<Self, String> {
        let hashes = match std::fs::read_to_string(file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error.to_string()),
        };
        let hashes = hashes.map_err(|why| format!("`{}` has no pins: {why}", file.display()))?;
        Ok(Self {
            file: Some(file.to_owned()),
            hashes,
            has_new: false,
        })
    }

    /// Returns whether the tool is described as when it was pinned, and pins a new one.
    pub(super) fn check(&mut self, procedure: &str, described: &str) -> bool {
        let hash = hex::encode(Sha256::digest(described));
        match self.hashes.get(procedure) {
            Some(pinned) if *pinned == hash => true,
            Some(_) => {
                audit::changed(procedure);
                false
            }
            None => {
                if self.hashes.len() < MAX_PINS {
                    self.hashes.insert(procedure.to_owned(), hash);
                    self.has_new = true;
                }
                true
            }
        }
    }

    /// Writes new pins to the file.
    pub(super) fn save(&mut self) {
        let Some(file) = self.file.as_ref().filter(|_| self.has_new) else {
            return;
        };
        let text = serde_json::to_string_pretty(&self.hashes).unwrap_or_default();
        match std::fs::write(file, text + "\n") {
            Ok(()) => self.has_new = false,
            Err(error) => tracing::warn!(file = %file.display(), %error, "pins cannot be written"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_noticed_until_the_pin_is_removed() {
        let mut pins = Pins::default();
        assert!(pins.check("acme/a", "first"));
        assert!(pins.check("acme/a", "first"));
        assert!(!pins.check("acme/a", "second"));
        assert!(!pins.check("acme/a", "second"));
        assert!(pins.check("acme/b", "second"));
    }
}
