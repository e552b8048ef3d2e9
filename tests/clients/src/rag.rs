//! Client of `hecate-rag` 0.1.0: call its capabilities with `mesh.call::<some_client::…>(&request)`.
//!
//! Written by `hecate-om client`: run it again instead of editing this file.
/// Answers a question with the passages of the corpus that match it best, and the best one's text.
///
/// The words of the question are looked for in all their forms; headings and words that stand together count for
/// more. Refuses with `empty_query` or `bad_limit`.
///
/// Capability `rag.answer_query` of `hecate-rag`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum rag_answer_query {}
impl ::hecate_om::call::Callable for rag_answer_query {
    const NAME: &'static str = "rag.answer_query";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-rag");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A question in ordinary language.\",\"properties\":{\"limit\":{\"description\":\"How many passages to return at most, 1 to 50; 5 where it is not given.\",\"format\":\"uint32\",\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"question\":{\"description\":\"The question: `what happens when a service drains?`\",\"type\":\"string\"}},\"required\":[\"question\"],\"title\":\"AnswerQuery\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Passage\":{\"description\":\"A passage of a document.\",\"properties\":{\"heading\":{\"description\":\"The headings above the passage, outermost first: `Operations > Drain`.\",\"type\":\"string\"},\"score\":{\"description\":\"How well it matches; comparable within one answer only.\",\"format\":\"double\",\"type\":\"number\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"},\"text\":{\"description\":\"The passage as its author wrote it.\",\"type\":\"string\"}},\"required\":[\"source\",\"heading\",\"text\",\"score\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The passages that answer a question.\",\"properties\":{\"answer\":{\"description\":\"The text of the best passage; null where nothing in the corpus speaks of it.\",\"type\":[\"string\",\"null\"]},\"passages\":{\"description\":\"The best passages, best first.\",\"items\":{\"$ref\":\"#/$defs/Passage\"},\"type\":\"array\"}},\"required\":[\"answer\",\"passages\"],\"title\":\"Answer\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::AnswerQuery;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Answer;
}
/// Returns one chunk whole. Its id changes when its text or its place in the document does.
///
/// Refuses with `unknown_chunk`.
///
/// Capability `rag.get_chunk_by_id` of `hecate-rag`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum rag_get_chunk_by_id {}
impl ::hecate_om::call::Callable for rag_get_chunk_by_id {
    const NAME: &'static str = "rag.get_chunk_by_id";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-rag");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"Which chunk to return.\",\"properties\":{\"id\":{\"description\":\"An id that `rag.search_chunks` returned.\",\"type\":\"string\"}},\"required\":[\"id\"],\"title\":\"GetChunkById\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A chunk whole.\",\"properties\":{\"heading\":{\"description\":\"The headings above the chunk, outermost first.\",\"type\":\"string\"},\"id\":{\"description\":\"The chunk's id.\",\"type\":\"string\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"},\"text\":{\"description\":\"The text as its author wrote it.\",\"type\":\"string\"}},\"required\":[\"id\",\"source\",\"heading\",\"text\"],\"title\":\"ChunkFound\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::GetChunkById;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ChunkFound;
}
/// Keeps a document, in place of an earlier one of the same source. When the answer comes, the document is on
/// disk and can be found.
///
/// Refuses with `empty_source`, `source_too_long`, `empty_text` or `text_too_large` (4 MiB).
///
/// Capability `rag.ingest_document` of `hecate-rag`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum rag_ingest_document {}
impl ::hecate_om::call::Callable for rag_ingest_document {
    const NAME: &'static str = "rag.ingest_document";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-rag");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document to be kept.\",\"properties\":{\"source\":{\"description\":\"The document's name, by which it is replaced and pruned: `guides/drain.md`.\",\"type\":\"string\"},\"text\":{\"description\":\"Its text: Markdown, or plain text where the source ends in `.txt`.\",\"type\":\"string\"}},\"required\":[\"source\",\"text\"],\"title\":\"IngestDocument\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"What became of the document.\",\"properties\":{\"changed\":{\"description\":\"Whether the text differs from what was kept before.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"chunks\":{\"description\":\"How many chunks it was split into.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"replaced\":{\"description\":\"How many chunks of an earlier version it replaced; 0 where the document is new.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\",\"replaced\",\"changed\"],\"title\":\"DocumentIngested\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::IngestDocument;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::DocumentIngested;
}
/// Lists all documents of the corpus by name, each with the number of its chunks.
///
/// Capability `rag.list_sources` of `hecate-rag`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum rag_list_sources {}
impl ::hecate_om::call::Callable for rag_list_sources {
    const NAME: &'static str = "rag.list_sources";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-rag");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"ListedSource\":{\"description\":\"A document of the corpus.\",\"properties\":{\"chunks\":{\"description\":\"How many chunks it was split into.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The documents of the corpus.\",\"properties\":{\"sources\":{\"description\":\"The documents, by name.\",\"items\":{\"$ref\":\"#/$defs/ListedSource\"},\"type\":\"array\"}},\"required\":[\"sources\"],\"title\":\"SourcesListed\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::SourcesListed;
}
/// Forgets a document with all its chunks. One that lies in the service's folder comes back when the service
/// starts again.
///
/// Refuses with `empty_source` or `unknown_source`.
///
/// Capability `rag.prune_chunks` of `hecate-rag`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum rag_prune_chunks {}
impl ::hecate_om::call::Callable for rag_prune_chunks {
    const NAME: &'static str = "rag.prune_chunks";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-rag");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document to be forgotten.\",\"properties\":{\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\"],\"title\":\"PruneChunks\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"What was forgotten.\",\"properties\":{\"chunks\":{\"description\":\"How many chunks it had.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\"],\"title\":\"ChunksPruned\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::PruneChunks;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ChunksPruned;
}
/// Finds chunks by their words and shows an excerpt of each.
///
/// Refuses with `empty_query` or `bad_limit`.
///
/// Capability `rag.search_chunks` of `hecate-rag`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum rag_search_chunks {}
impl ::hecate_om::call::Callable for rag_search_chunks {
    const NAME: &'static str = "rag.search_chunks";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-rag");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"What to look for.\",\"properties\":{\"limit\":{\"description\":\"How many chunks to return at most, 1 to 50; 10 where it is not given.\",\"format\":\"uint32\",\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"query\":{\"description\":\"Words in ordinary language.\",\"type\":\"string\"}},\"required\":[\"query\"],\"title\":\"SearchChunks\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"FoundChunk\":{\"description\":\"A chunk that matches.\",\"properties\":{\"excerpt\":{\"description\":\"The part of the text that matches best, at most 240 bytes.\",\"type\":\"string\"},\"heading\":{\"description\":\"The headings above the chunk, outermost first.\",\"type\":\"string\"},\"id\":{\"description\":\"What `rag.get_chunk_by_id` takes for the whole text.\",\"type\":\"string\"},\"score\":{\"description\":\"How well it matches; comparable within one answer only.\",\"format\":\"double\",\"type\":\"number\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"id\",\"source\",\"heading\",\"excerpt\",\"score\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"What was found.\",\"properties\":{\"chunks\":{\"description\":\"The chunks, best first.\",\"items\":{\"$ref\":\"#/$defs/FoundChunk\"},\"type\":\"array\"}},\"required\":[\"chunks\"],\"title\":\"ChunksFound\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::SearchChunks;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ChunksFound;
}
/// Streams all documents of the corpus by name, each with the number of its chunks: for corpora whose list is larger
/// than an answer may be.
///
/// Capability `rag.stream_sources` of `hecate-rag`, version 1, server streaming.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum rag_stream_sources {}
impl ::hecate_om::call::Callable for rag_stream_sources {
    const NAME: &'static str = "rag.stream_sources";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-rag");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document of the corpus.\",\"properties\":{\"chunks\":{\"description\":\"How many chunks it was split into.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\"],\"title\":\"ListedSource\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::ServerStreaming;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ListedSource;
}
/// Types of requests and responses, in one module per capability.
///
/// The names in a module do not depend on other capabilities. A type that several capabilities share is one Rust
/// type.
pub mod types {
    /// Types of `rag.answer_query`.
    pub mod rag_answer_query {
        pub use super::super::definitions::{Answer, AnswerQuery, Passage};
    }
    /// Types of `rag.get_chunk_by_id`.
    pub mod rag_get_chunk_by_id {
        pub use super::super::definitions::{ChunkFound, GetChunkById};
    }
    /// Types of `rag.ingest_document`.
    pub mod rag_ingest_document {
        pub use super::super::definitions::{DocumentIngested, IngestDocument};
    }
    /// Types of `rag.list_sources`.
    pub mod rag_list_sources {
        pub use super::super::definitions::{ListedSource, SourcesListed};
    }
    /// Types of `rag.prune_chunks`.
    pub mod rag_prune_chunks {
        pub use super::super::definitions::{ChunksPruned, PruneChunks};
    }
    /// Types of `rag.search_chunks`.
    pub mod rag_search_chunks {
        pub use super::super::definitions::{ChunksFound, FoundChunk, SearchChunks};
    }
    /// Types of `rag.stream_sources`.
    pub mod rag_stream_sources {
        pub use super::super::definitions::ListedSource;
    }
}
mod definitions {
    #![allow(
        clippy::all,
        dead_code,
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        elided_lifetimes_in_paths,
        irrefutable_let_patterns
    )]
    /// The passages that answer a question.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Answer {
        /// The text of the best passage; null where nothing in the corpus speaks of it.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub answer: ::std::option::Option<::std::string::String>,
        /// The best passages, best first.
        pub passages: ::std::vec::Vec<Passage>,
    }
    /// A question in ordinary language.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct AnswerQuery {
        /// How many passages to return at most, 1 to 50; 5 where it is not given.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<u32>,
        /// The question: `what happens when a service drains?`
        pub question: ::std::string::String,
    }
    /// A chunk whole.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ChunkFound {
        /// The headings above the chunk, outermost first.
        pub heading: ::std::string::String,
        /// The chunk's id.
        pub id: ::std::string::String,
        /// The document's name.
        pub source: ::std::string::String,
        /// The text as its author wrote it.
        pub text: ::std::string::String,
    }
    /// What was found.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ChunksFound {
        /// The chunks, best first.
        pub chunks: ::std::vec::Vec<FoundChunk>,
    }
    /// What was forgotten.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ChunksPruned {
        /// How many chunks it had.
        pub chunks: u64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// What became of the document.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct DocumentIngested {
        /// Whether the text differs from what was kept before.
        pub changed: bool,
        /// How many chunks it was split into.
        pub chunks: u64,
        /// How many chunks of an earlier version it replaced; 0 where the document is new.
        pub replaced: u64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// A chunk that matches.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FoundChunk {
        /// The part of the text that matches best, at most 240 bytes.
        pub excerpt: ::std::string::String,
        /// The headings above the chunk, outermost first.
        pub heading: ::std::string::String,
        /// What `rag.get_chunk_by_id` takes for the whole text.
        pub id: ::std::string::String,
        /// How well it matches; comparable within one answer only.
        pub score: f64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// Which chunk to return.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct GetChunkById {
        /// An id that `rag.search_chunks` returned.
        pub id: ::std::string::String,
    }
    /// A document to be kept.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct IngestDocument {
        /// The document's name, by which it is replaced and pruned: `guides/drain.md`.
        pub source: ::std::string::String,
        /// Its text: Markdown, or plain text where the source ends in `.txt`.
        pub text: ::std::string::String,
    }
    /// A document of the corpus.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ListedSource {
        /// How many chunks it was split into.
        pub chunks: u64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// A passage of a document.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Passage {
        /// The headings above the passage, outermost first: `Operations > Drain`.
        pub heading: ::std::string::String,
        /// How well it matches; comparable within one answer only.
        pub score: f64,
        /// The document's name.
        pub source: ::std::string::String,
        /// The passage as its author wrote it.
        pub text: ::std::string::String,
    }
    /// A document to be forgotten.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PruneChunks {
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// What to look for.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct SearchChunks {
        /// How many chunks to return at most, 1 to 50; 10 where it is not given.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<u32>,
        /// Words in ordinary language.
        pub query: ::std::string::String,
    }
    /// The documents of the corpus.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct SourcesListed {
        /// The documents, by name.
        pub sources: ::std::vec::Vec<ListedSource>,
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
