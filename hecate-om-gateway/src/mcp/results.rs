//! Results that are too large for an answer, as resources.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rmcp::model::{Resource, ResourceContents};
use sha2::{Digest as _, Sha256};

/// Maximum number of kept results, and their size together in bytes. The oldest go first.
const MAX_RESULTS: usize = 16;
const MAX_BYTES: usize = 64 << 20;
/// Address of a result, before its hash.
const SCHEME: &str = "hecate-om:result/";
const MIME_TYPE: &str = "application/json";

/// The last large results.
#[derive(Debug, Default)]
pub(super) struct Results(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    uri: String,
    procedure: String,
    text: String,
}

impl Results {
    /// Keeps a result, and returns the resource that it is.
    pub(super) fn keep(&self, procedure: &str, text: String) -> Resource {
        let kept = Kept {
            uri: format!("{SCHEME}{}", hex::encode(Sha256::digest(&text))),
            procedure: procedure.to_owned(),
            text,
        };
        let resource = kept.resource();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.uri != kept.uri);
        all.push_back(kept);
        let is_over = |all: &VecDeque<Kept>| {
            let bytes: usize = all.iter().map(|kept| kept.text.len()).sum();
            all.len() > MAX_RESULTS || bytes > MAX_BYTES
        };
        while all.len() > 1 && is_over(&all) {
            all.pop_front();
        }
        resource
    }

    pub(super) fn list(&self) -> Vec<Resource> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(Kept::resource).collect()
    }

    pub(super) fn read(&self, uri: &str) -> Option<ResourceContents> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.iter().find(|kept| kept.uri == uri)?;
        Some(ResourceContents::text(kept.text.clone(), uri).with_mime_type(MIME_TYPE))
    }
}

impl Kept {
    fn resource(&self) -> Resource {
        Resource::new(self.uri.clone(), format!("result of {}", self.procedure))
            .with_mime_type(MIME_TYPE)
            .with_size(self.text.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_results_go_first() {
        let results = Results::default();
        let first = results.keep("acme/a", "0".into());
        assert!(results.read(&first.uri).is_some());
        for n in 1..=MAX_RESULTS {
            results.keep("acme/a", n.to_string());
        }
        assert!(results.read(&first.uri).is_none());
        assert_eq!(results.list().len(), MAX_RESULTS);
        // The same result is kept once.
        results.keep("acme/a", "1".into());
        assert_eq!(results.list().len(), MAX_RESULTS);
    }
}
