//! The capability `words.count`.

use hecate_om::{Refusal, capability};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request of `words.count`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CountWords {
    /// Text whose words are counted; words are separated by white space.
    pub text: String,
}

/// Response of `words.count`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WordsCounted {
    /// Number of words in the text.
    pub words: u64,
}

/// Counts the words in a text.
///
/// Refuses with `no_words` if there are none.
#[capability("words.count", version = 1, access = open, max_bytes = "64 KiB", timeout = "5s")]
pub async fn count_words(request: CountWords) -> Result<WordsCounted, Refusal> {
    match request.text.split_whitespace().count() {
        0 => Err(Refusal::new("no_words", "the text has no words")),
        words => Ok(WordsCounted {
            words: words as u64,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn count(text: &str) -> Result<u64, Refusal> {
        let request = CountWords { text: text.into() };
        count_words(request).await.map(|counted| counted.words)
    }

    #[tokio::test]
    async fn words_are_separated_by_white_space() {
        assert_eq!(count(" one two\n\tthree ").await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_text_without_words_is_refused() {
        assert_eq!(count(" \n").await.unwrap_err().code(), "no_words");
    }
}
