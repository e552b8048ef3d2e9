//! The query `{{ slice }}`: reads, and changes nothing.
//!
//! It searches the entries in its request. To search a projection instead, provide that in the
//! service's `start`, and borrow it here as `&Projection`.

use hecate_om::capability;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request of `{{ slice }}`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct {{ type_name }} {
    /// Text to look for.
    pub term: String,
    /// Entries to search.
    pub entries: Vec<String>,
}

/// Response of `{{ slice }}`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Entries that contain the term, in their original order.
    pub entries: Vec<String>,
}

/// Finds the entries that contain a term.
#[capability("{{ slice }}", version = 1, access = open, max_bytes = "64 KiB", timeout = "5s")]
pub async fn {{ slice }}(query: {{ type_name }}) -> Found {
    let {{ type_name }} { term, mut entries } = query;
    entries.retain(|entry| entry.contains(&term));
    Found { entries }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn entries_that_contain_the_term_are_found() {
        let query = {{ type_name }} {
            term: "milk".into(),
            entries: ["buy milk", "call Ada"].map(String::from).into(),
        };
        assert_eq!({{ slice }}(query).await.entries, ["buy milk"]);
    }
}
