//! How text becomes the words that are indexed and looked for.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer,
    StopWordFilter, TextAnalyzer,
};

/// The analyzer's name in the index's schema. It changes with the analyzer, so that an index made by another
/// one is refused on opening instead of being searched for words it does not hold.
pub(crate) const ANALYZER: &str = "english_1";

/// The words of a question beyond which a search gains nothing.
const MAX_WORDS: usize = 64;
/// The longest word, in bytes; what is longer is an encoded blob.
const MAX_WORD_BYTES: usize = 64;

/// Words that make a question of a sentence. In an index of documents they are rare, so ranking would take them
/// for the most telling ones.
const QUESTION_WORDS: [&str; 36] = [
    "about", "am", "been", "being", "can", "could", "did", "do", "does", "doing", "from", "had",
    "happen", "happened", "happens", "has", "have", "how", "i", "me", "my", "our", "should",
    "tell", "us", "we", "were", "what", "when", "where", "which", "who", "whose", "why", "would",
    "you",
];

/// A word of a question and its place there, counted in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) place: usize,
    pub(crate) text: String,
}

/// What the text fields are indexed with: lower case, no accents, no English stop words, English stems.
pub(crate) fn analyzer() -> TextAnalyzer {
    analyzer_without(&[])
}

/// The words of a question that are worth looking for; none where it has none.
pub(crate) fn words_of(question: &str) -> Vec<Word> {
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

fn words(mut analyzer: TextAnalyzer, text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while words.len() < MAX_WORDS && stream.advance() {
        let token = stream.token();
        words.push(Word {
            place: token.position,
            text: token.text.clone(),
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(question: &str) -> Vec<String> {
        words_of(question)
            .into_iter()
            .map(|word| word.text)
            .collect()
    }

    #[test]
    fn a_question_is_reduced_to_the_stems_of_its_telling_words() {
        assert_eq!(
            texts("What happens when a service drains?"),
            ["servic", "drain"]
        );
        assert_eq!(texts("HECATE_DRAIN_MAX"), ["hecat", "drain", "max"]);
        assert_eq!(texts("Cafés"), ["cafe"]);
    }

    #[test]
    fn question_words_are_looked_for_where_nothing_else_is_said() {
        assert_eq!(texts("how do you do?"), ["how", "do", "you", "do"]);
    }

    #[test]
    fn marks_and_stop_words_are_no_words() {
        for question in ["", "   ", "?!…", "it is the"] {
            assert_eq!(texts(question), Vec::<String>::new(), "{question}");
        }
    }

    #[test]
    fn a_long_text_is_cut_to_its_first_words() {
        assert_eq!(texts(&"word ".repeat(500)).len(), MAX_WORDS);
    }
}
