//! The fields of the index.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing,
    TextOptions, Value,
};
use tantivy::tokenizer::TokenizerManager;

use super::writer::Document;
use crate::analysis::{ANALYZER, analyzer};
use crate::chunk::Chunk;

/// Names of the columns that the catalog is read from.
pub(super) const SOURCE: &str = "source";
pub(super) const DIGEST: &str = "digest";
pub(super) const ORIGIN: &str = "origin";

/// The fields of a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) source: Field,
    pub(super) heading: Field,
    pub(super) text: Field,
    digest: Field,
    origin: Field,
    position: Field,
}

impl Fields {
    /// Returns the schema and its fields.
    pub(super) fn schema() -> (Schema, Self) {
        let ranked = TextOptions::default().set_stored().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(ANALYZER)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions),
        );
        let column = TextOptions::default().set_fast("raw");
        let mut schema = Schema::builder();
        let fields = Self {
            id: schema.add_text_field("id", STRING | STORED),
            source: schema.add_text_field(SOURCE, STRING | STORED | FAST),
            heading: schema.add_text_field("heading", ranked.clone()),
            text: schema.add_text_field("text", ranked),
            // Of the whole document, repeated in each chunk so that they are always consistent.
            digest: schema.add_text_field(DIGEST, column.clone()),
            origin: schema.add_text_field(ORIGIN, column),
            position: schema.add_u64_field("position", INDEXED | STORED),
        };
        (schema.build(), fields)
    }

    /// Returns the analyzers that the schema names.
    pub(super) fn tokenizers() -> TokenizerManager {
        let tokenizers = TokenizerManager::default();
        tokenizers.register(ANALYZER, analyzer());
        tokenizers
    }

    /// Converts the chunks of a document for the index.
    pub(super) fn encode(self, document: &Document) -> impl Iterator<Item = TantivyDocument> {
        document
            .chunks
            .iter()
            .zip(0..)
            .map(move |(chunk, position)| {
                let mut stored = TantivyDocument::default();
                stored.add_text(self.id, &chunk.id);
                stored.add_text(self.source, &chunk.source);
                stored.add_text(self.heading, &chunk.heading);
                stored.add_text(self.text, &chunk.text);
                stored.add_text(self.digest, &document.digest);
                stored.add_text(self.origin, &document.origin);
                stored.add_u64(self.position, position);
                stored
            })
    }

    /// Converts a chunk from the index.
    pub(super) fn decode(self, stored: &TantivyDocument) -> Chunk {
        let text = |field| {
            stored
                .get_first(field)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Chunk {
            id: text(self.id),
            source: text(self.source),
            heading: text(self.heading),
            text: text(self.text),
        }
    }
}
