//! The documents of the index, in memory.

use std::collections::{BTreeMap, HashMap};

use tantivy::Searcher;
use tantivy::columnar::StrColumn;

use super::schema::{DIGEST, ORIGIN, SOURCE};

/// A document of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The document's name.
    pub source: String,
    /// The number of its chunks.
    pub chunks: u64,
}

/// The documents by source.
pub(crate) type Catalog = BTreeMap<String, Entry>;

/// A document's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The digest of its text.
    pub(crate) digest: String,
    /// The folder that it was imported from; empty if it was ingested by a call.
    pub(crate) origin: String,
    /// The number of its chunks.
    pub(crate) chunks: u64,
}

/// Reads the catalog from the columns of the committed index.
pub(super) fn read(searcher: &Searcher) -> tantivy::Result<Catalog> {
    let mut catalog = Catalog::new();
    for segment in searcher.segment_readers() {
        let columns = segment.fast_fields();
        let column = |name| -> tantivy::Result<StrColumn> {
            columns.str(name)?.ok_or_else(|| {
                tantivy::TantivyError::SchemaError(format!("the column `{name}` is missing"))
            })
        };
        let (source, digest, origin) = match segment.num_docs() {
            0 => continue,
            _ => (column(SOURCE)?, column(DIGEST)?, column(ORIGIN)?),
        };
        // Names are read once per document, not per chunk.
        let mut counts: HashMap<u64, (u32, u64)> = HashMap::new();
        for doc in segment.doc_ids_alive() {
            if let Some(name) = source.ords().first(doc) {
                counts.entry(name).or_insert((doc, 0)).1 += 1;
            }
        }
        for (name, (doc, chunks)) in counts {
            catalog
                .entry(text(&source, name)?)
                .or_insert(Entry {
                    digest: first_text(&digest, doc)?,
                    origin: first_text(&origin, doc)?,
                    chunks: 0,
                })
                .chunks += chunks;
        }
    }
    Ok(catalog)
}

fn first_text(column: &StrColumn, doc: u32) -> tantivy::Result<String> {
    match column.ords().first(doc) {
        Some(ord) => text(column, ord),
        None => Ok(String::new()),
    }
}

fn text(column: &StrColumn, ord: u64) -> tantivy::Result<String> {
    let mut text = String::new();
    column.ord_to_str(ord, &mut text)?;
    Ok(text)
}
