//! Search for the chunks that answer a question best.

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::snippet::SnippetGenerator;
use tantivy::{Searcher, TantivyDocument, Term};

use super::schema::Fields;
use crate::chunk::Chunk;

/// Weight of a word in a heading: it describes the whole section.
const HEADING_BOOST: f32 = 1.5;
/// Weight of two neighbouring words of the question that are also neighbours in the passage.
const PHRASE_BOOST: f32 = 0.6;
/// Maximum number of words between such neighbours.
const SLOP: u32 = 2;
/// Maximum size of an excerpt, in bytes.
const MAX_EXCERPT: usize = 240;

/// A chunk that matches a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The chunk.
    pub chunk: Chunk,
    /// How well it matches, by BM25 with higher weights for headings and phrases. Scores of
    /// different searches are not comparable.
    pub score: f32,
    /// The part of the text with the most words of the question.
    pub excerpt: String,
}

/// Returns the `limit` best chunks for these words, best first.
pub(super) fn search(
    searcher: &Searcher,
    fields: Fields,
    words: &[String],
    limit: usize,
) -> tantivy::Result<Vec<Hit>> {
    let query = query(fields, words);
    let top = searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
    let mut snippets = SnippetGenerator::create(searcher, &query, fields.text)?;
    snippets.set_max_num_chars(MAX_EXCERPT);
    top.into_iter()
        .map(|(score, address)| {
            let chunk = fields.decode(&searcher.doc(address)?);
            let excerpt = excerpt(&snippets, &chunk.text);
            Ok(Hit {
                chunk,
                score,
                excerpt,
            })
        })
        .collect()
}

/// Returns the chunk with this id.
pub(super) fn find_by_id(
    searcher: &Searcher,
    fields: Fields,
    id: &str,
) -> tantivy::Result<Option<Chunk>> {
    let query = TermQuery::new(
        Term::from_field_text(fields.id, id),
        IndexRecordOption::Basic,
    );
    let found = searcher.search(&query, &TopDocs::with_limit(1).order_by_score())?;
    found
        .first()
        .map(|(_, address)| {
            let stored: TantivyDocument = searcher.doc(*address)?;
            Ok(fields.decode(&stored))
        })
        .transpose()
}

/// Returns a query for any of the words in text or heading; more words and phrases score higher. It
/// is built from words instead of parsed, so that a question is never a syntax error.
fn query(fields: Fields, words: &[String]) -> BooleanQuery {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let mut should = |query: Box<dyn Query>, boost: f32| {
        clauses.push((Occur::Should, Box::new(BoostQuery::new(query, boost))));
    };
    let term = |field: Field, word: &String| Term::from_field_text(field, word);
    for (at, word) in words.iter().enumerate() {
        if words[..at].contains(word) {
            continue;
        }
        for (field, boost) in [(fields.text, 1.0), (fields.heading, HEADING_BOOST)] {
            let term = term(field, word);
            should(
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
                boost,
            );
        }
    }
    for pair in words.windows(2) {
        let [first, second] = pair else { continue };
        if first == second {
            continue;
        }
        for (field, boost) in [
            (fields.text, PHRASE_BOOST),
            (fields.heading, PHRASE_BOOST * HEADING_BOOST),
        ] {
            let terms = vec![(0, term(field, first)), (1, term(field, second))];
            should(
                Box::new(PhraseQuery::new_with_offset_and_slop(terms, SLOP)),
                boost,
            );
        }
    }
    BooleanQuery::new(clauses)
}

fn excerpt(snippets: &SnippetGenerator, text: &str) -> String {
    let snippet = snippets.snippet(text);
    let excerpt = if snippet.is_empty() {
        // Only the heading matches.
        let end = (0..=MAX_EXCERPT.min(text.len()))
            .rev()
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        &text[..end]
    } else {
        snippet.fragment()
    };
    excerpt.trim().to_owned()
}
