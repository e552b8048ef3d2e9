//! Errors of the corpus as refusals.

use std::time::Duration;

use hecate_om::Refusal;

use crate::CorpusError;

/// Delay before a retry after the index failed, for example because the disk is full.
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
                return Self::new("corpus_unavailable", "the corpus is unavailable")
                    .with_retry_after(RETRY_AFTER)
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
    fn a_mistake_of_the_caller_is_named_and_not_retryable() {
        let refusal = Refusal::from(CorpusError::UnknownSource("a.md".into()));
        assert_eq!(refusal.code(), "unknown_source");
        assert!(refusal.text().contains("`a.md`"));
        assert!(!refusal.retryable());
    }

    #[test]
    fn a_failing_disk_is_retryable_and_its_detail_is_not_sent() {
        let refusal = Refusal::from(CorpusError::Failed("/secret/path: disk full".into()));
        assert!(refusal.retryable());
        assert!(!refusal.to_string().contains("secret"));
    }
}
