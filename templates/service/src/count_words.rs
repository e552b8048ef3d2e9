//! `words.count`

use hecate_om::{Refusal, capability};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The text whose words are to be counted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CountWords {
    /// The text; words are what stands between white space.
    pub text: String,
}

/// How many words there are.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WordsCounted {
    /// Their number.
    pub words: u64,
}

/// Counts the words of a text.
///
/// Refuses with `no_words` where there is none.
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
    async fn words_stand_between_white_space() {
        assert_eq!(count(" one two\n\tthree ").await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_text_without_words_is_refused() {
        assert_eq!(count(" \n").await.unwrap_err().code(), "no_words");
    }
}
