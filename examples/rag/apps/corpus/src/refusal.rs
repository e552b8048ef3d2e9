//! The corpus's errors as callers meet them on the mesh.

use std::time::Duration;

use hecate_om::Refusal;

use crate::CorpusError;

/// When a caller may try an index again that failed; a full disk is not emptied sooner.
const RETRY_AFTER: Duration = Duration::from_secs(5);

impl From<CorpusError> for Refusal {
    fn from(error: CorpusError) -> Self {
        let code = match &error {
            CorpusError::EmptySource => "empty_source",
            CorpusError::LongSource(_) => "source_too_long",
            CorpusError::EmptyText(_) => "empty_text",
            CorpusError::LargeText(_) => "text_too_large",
            CorpusError::EmptyQuery => "empty_query",
            CorpusError::BadLimit(_) => "bad_limit",
            CorpusError::UnknownChunk(_) => "unknown_chunk",
            CorpusError::UnknownSource(_) => "unknown_source",
            CorpusError::Failed(_) | CorpusError::Closed => {
                return Self::new("corpus_unavailable", "the corpus cannot be used now")
                    .retry_after(RETRY_AFTER)
                    .log(error.to_string());
            }
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_mistake_is_named_and_not_worth_a_retry() {
        let refusal = Refusal::from(CorpusError::UnknownSource("a.md".into()));
        assert_eq!(refusal.code(), "unknown_source");
        assert!(refusal.text().contains("`a.md`"));
        assert!(!refusal.retryable());
    }

    #[test]
    fn a_failing_disk_is_worth_a_retry_and_its_detail_stays_here() {
        let refusal = Refusal::from(CorpusError::Failed("/secret/path: disk full".into()));
        assert!(refusal.retryable());
        assert!(!refusal.to_string().contains("secret"));
    }
}
