//! Splitting of documents into chunks.

mod markdown;
mod pack;
mod plain;
mod titled;

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

/// Version of the splitting, part of each digest: a new version splits a folder's files again.
const SPLITTER: &[u8] = b"hecate-rag-splitter-1";

/// A passage of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// 32 lower-case hex digits, which depend on source, heading, text and position.
    pub id: String,
    /// The document's name.
    pub source: String,
    /// The headings above the passage, outermost first: `Operations > Drain`. Empty if there are
    /// none.
    pub heading: String,
    /// The text of the passage; Markdown if the document is Markdown.
    pub text: String,
}

/// A part of a document under one heading, in blocks that are kept whole where possible.
#[derive(Debug, Default)]
struct Section<'a> {
    heading: String,
    blocks: Vec<&'a str>,
}

/// Splits a document at headings and paragraphs, or at paragraphs only if the source ends in
/// `.txt`. Returns none for an empty text.
pub(crate) fn split(source: &str, text: &str) -> Vec<Chunk> {
    let text = normalize(text);
    let sections = if is_plain(source) {
        plain::sections(&text)
    } else {
        markdown::sections(&text)
    };
    let mut chunks = Vec::new();
    for section in sections {
        for text in pack::pack(&section.blocks) {
            let id = id(source, &section.heading, &text, chunks.len());
            chunks.push(Chunk {
                id,
                source: source.to_owned(),
                heading: section.heading.clone(),
                text,
            });
        }
    }
    chunks
}

/// Returns the digest of a document's text, by which a change is detected.
pub(crate) fn digest(text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(SPLITTER);
    hash.update(text);
    hex::encode(hash.finalize())
}

fn id(source: &str, heading: &str, text: &str, position: usize) -> String {
    let mut hash = Sha256::new();
    // With lengths, so that different parts with the same concatenation have different ids.
    for part in [source, heading, text] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update((position as u64).to_be_bytes());
    hex::encode(&hash.finalize()[..16])
}

fn is_plain(source: &str) -> bool {
    source
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("txt"))
}

/// Removes a byte order mark, and converts line ends to `\n`.
fn normalize(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_differ_by_source_text_and_position() {
        let ids = |source: &str, text: &str| -> Vec<String> {
            split(source, text).into_iter().map(|c| c.id).collect()
        };
        let once = ids("a.md", "# One\n\nsame\n\n# One\n\nsame\n");
        assert_eq!(once, ids("a.md", "# One\n\nsame\n\n# One\n\nsame\n"));
        assert_eq!(once.len(), 2);
        assert_ne!(once[0], once[1]);
        assert_ne!(once, ids("b.md", "# One\n\nsame\n\n# One\n\nsame\n"));
        assert_ne!(once[0], ids("a.md", "# One\n\nother\n")[0]);
        assert!(once.iter().all(|id| id.len() == 32));
    }

    #[test]
    fn a_text_file_is_not_read_as_markdown() {
        let chunks = split("notes.TXT", "# not a heading\n\nwords");
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].heading, "");
        assert_eq!(chunks[0].text, "# not a heading\n\nwords");
    }

    #[test]
    fn line_endings_and_a_byte_order_mark_are_ignored() {
        let unix = split("a.md", "# One\n\nfirst\n\nsecond\n");
        assert_eq!(
            unix,
            split("a.md", "\u{feff}# One\r\n\r\nfirst\r\n\r\nsecond\r\n")
        );
        assert_eq!(unix[0].heading, "One");
    }

    #[test]
    fn an_empty_text_has_no_chunks() {
        for text in [
            "",
            "  \n\n\t\n",
            "<!-- a comment -->\n",
            "---\ntitle: x\n---\n",
        ] {
            assert_eq!(split("a.md", text), [], "{text:?}");
        }
        assert_eq!(split("a.txt", " \n \n"), []);
    }
}
