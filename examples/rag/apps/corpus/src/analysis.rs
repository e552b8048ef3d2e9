//! Analysis of text into indexed words.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer,
    StopWordFilter, TextAnalyzer,
};

/// Name of the analyzer in the schema. It changes with the analyzer, so that an index of another
/// analyzer is refused at opening.
pub(crate) const ANALYZER: &str = "english_1";

/// Maximum number of words of a question.
const MAX_WORDS: usize = 64;
/// Maximum size of a word, in bytes. Anything longer is encoded data.
const MAX_WORD_BYTES: usize = 64;

/// Words that mark a question. They are rare in documents, so a ranking by frequency would overrate
/// them.
const QUESTION_WORDS: [&str; 36] = [
    "about", "am", "been", "being", "can", "could", "did", "do", "does", "doing", "from", "had",
    "happen", "happened", "happens", "has", "have", "how", "i", "me", "my", "our", "should",
    "tell", "us", "we", "were", "what", "when", "where", "which", "who", "whose", "why", "would",
    "you",
];

/// Returns the analyzer of the text fields: lower case, no accents, no English stop words, English
/// stems.
pub(crate) fn analyzer() -> TextAnalyzer {
    analyzer_without(&[])
}

/// Returns the words of a question to search for, without question words if there are others.
pub(crate) fn question_words(question: &str) -> Vec<String> {
    let words = words(analyzer_without(&QUESTION_WORDS), question);
    if words.is_empty() {
        // "How do you do" consists of question words only.
        self::words(analyzer(), question)
    } else {
        words
    }
}

fn analyzer_without(words: &[&str]) -> TextAnalyzer {
    let words = words.iter().map(|&word| word.to_owned());
    let english =
        StopWordFilter::new(Language::English).unwrap_or_else(|| StopWordFilter::remove([]));
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(english)
        .filter(StopWordFilter::remove(words))
        .filter(Stemmer::new(Language::English))
        .build()
}

fn words(mut analyzer: TextAnalyzer, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while words.len() < MAX_WORDS && stream.advance() {
        words.push(stream.token().text.clone());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_reduced_to_the_stems_of_its_words() {
        assert_eq!(
            question_words("What happens when a service drains?"),
            ["servic", "drain"]
        );
        assert_eq!(
            question_words("HECATE_DRAIN_MAX"),
            ["hecat", "drain", "max"]
        );
        assert_eq!(question_words("Cafés"), ["cafe"]);
    }

    #[test]
    fn question_words_are_kept_if_there_are_no_others() {
        assert_eq!(question_words("how do you do?"), ["how", "do", "you", "do"]);
    }

    #[test]
    fn punctuation_and_stop_words_are_dropped() {
        for question in ["", "   ", "?!…", "it is the"] {
            assert_eq!(question_words(question), Vec::<String>::new(), "{question}");
        }
    }

    #[test]
    fn a_long_text_is_cut_to_its_first_words() {
        assert_eq!(question_words(&"word ".repeat(500)).len(), MAX_WORDS);
    }
}
