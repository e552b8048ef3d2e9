//! The query `{{ slice }}`: answers, and changes nothing.

use hecate_om::capability;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to look for, and in what.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct {{ type_name }} {
    /// What an entry is to contain.
    pub term: String,
    /// The entries.
    pub entries: Vec<String>,
}

/// What was found.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The entries that contain the term, in their order.
    pub entries: Vec<String>,
}

/// Finds the entries that contain a term, among those it is given: where the service provides a projection in `start`,
/// borrow that here as `&Projection`, and take the entries from it.
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
