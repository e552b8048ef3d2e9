//! Ranking: which chunks answer a question best.

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::snippet::SnippetGenerator;
use tantivy::{Searcher, TantivyDocument, Term};

use super::schema::Fields;
use crate::analysis::Word;
use crate::chunk::Chunk;

/// How much more a word counts in a heading: it says what the whole section is about.
const HEADING: f32 = 1.5;
/// How much two neighbours of the question count when they are neighbours in the passage.
const PHRASE: f32 = 0.6;
/// How many words may stand between them.
const SLOP: u32 = 2;
/// The longest excerpt, in bytes.
const MAX_EXCERPT: usize = 240;

/// A chunk that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The chunk.
    pub chunk: Chunk,
    /// How well it matches, by BM25 with headings and phrases weighed in. Comparable within one answer only.
    pub score: f32,
    /// The part of the text where most of the words stand together.
    pub excerpt: String,
}

/// The `limit` best chunks for these words, best first.
pub(super) fn ranked(
    searcher: &Searcher,
    fields: Fields,
    words: &[Word],
    limit: usize,
) -> tantivy::Result<Vec<Hit>> {
    let query = query(fields, words);
    let top = searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
    let mut excerpts = SnippetGenerator::create(searcher, &query, fields.text)?;
    excerpts.set_max_num_chars(MAX_EXCERPT);
    top.into_iter()
        .map(|(score, address)| {
            let chunk = fields.read(&searcher.doc(address)?);
            let excerpt = excerpt(&excerpts, &chunk.text);
            Ok(Hit {
                chunk,
                score,
                excerpt,
            })
        })
        .collect()
}

/// The chunk of this id.
pub(super) fn by_id(
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
            Ok(fields.read(&stored))
        })
        .transpose()
}

/// Any of the words, in text or heading; the more and the closer together, the better. Built from words, never
/// parsed: no text of a caller's is a syntax error, or an operator.
fn query(fields: Fields, words: &[Word]) -> BooleanQuery {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    let mut should = |query: Box<dyn Query>, boost: f32| {
        clauses.push((Occur::Should, Box::new(BoostQuery::new(query, boost))));
    };
    let term = |field: Field, word: &Word| Term::from_field_text(field, &word.text);
    for (at, word) in words.iter().enumerate() {
        if words[..at].iter().any(|earlier| earlier.text == word.text) {
            continue;
        }
        for (field, boost) in [(fields.text, 1.0), (fields.heading, HEADING)] {
            let term = term(field, word);
            should(
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
                boost,
            );
        }
    }
    for pair in words.windows(2) {
        let [first, second] = pair else { continue };
        if first.text == second.text {
            continue;
        }
        for (field, boost) in [(fields.text, PHRASE), (fields.heading, PHRASE * HEADING)] {
            let terms = vec![(0, term(field, first)), (1, term(field, second))];
            should(
                Box::new(PhraseQuery::new_with_offset_and_slop(terms, SLOP)),
                boost,
            );
        }
    }
    BooleanQuery::new(clauses)
}

fn excerpt(excerpts: &SnippetGenerator, text: &str) -> String {
    let snippet = excerpts.snippet(text);
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
