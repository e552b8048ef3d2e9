//! Client of `hecate-rag` 0.1.0: call its capabilities with `mesh.call::<some_client::…>(&request)`.
//!
//! Written by `hecate-om client`: run it again instead of editing this file.
/// Answers a question with the passages that match it best, and the text of the best one.
///
/// The search finds all forms of the question's words. Matches in headings, and words next to each
/// other, score higher. Refuses with `empty_query` or `bad_limit`.
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
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A question in ordinary language.\",\"properties\":{\"limit\":{\"description\":\"The maximum number of passages, 1 to 50. Default: 5.\",\"format\":\"uint32\",\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"question\":{\"description\":\"The question: `what happens when a service drains?`\",\"type\":\"string\"}},\"required\":[\"question\"],\"title\":\"AnswerQuery\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Passage\":{\"description\":\"A passage of a document.\",\"properties\":{\"heading\":{\"description\":\"The headings above the passage, outermost first: `Operations > Drain`.\",\"type\":\"string\"},\"score\":{\"description\":\"How well the passage matches. Scores of different answers are not comparable.\",\"format\":\"double\",\"type\":\"number\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"},\"text\":{\"description\":\"The text of the passage.\",\"type\":\"string\"}},\"required\":[\"source\",\"heading\",\"text\",\"score\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The passages that answer a question.\",\"properties\":{\"answer\":{\"description\":\"The text of the best passage; null if no passage matches.\",\"type\":[\"string\",\"null\"]},\"passages\":{\"description\":\"The best passages, best first.\",\"items\":{\"$ref\":\"#/$defs/Passage\"},\"type\":\"array\"}},\"required\":[\"answer\",\"passages\"],\"title\":\"Answer\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::AnswerQuery;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Answer;
}
/// Returns a chunk with its whole text. Its id changes with its text and its position in the
/// document.
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
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The chunk to return.\",\"properties\":{\"id\":{\"description\":\"An id that `rag.search_chunks` returned.\",\"type\":\"string\"}},\"required\":[\"id\"],\"title\":\"GetChunkById\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A chunk with its whole text.\",\"properties\":{\"heading\":{\"description\":\"The headings above the chunk, outermost first.\",\"type\":\"string\"},\"id\":{\"description\":\"The chunk's id.\",\"type\":\"string\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"},\"text\":{\"description\":\"The text of the chunk.\",\"type\":\"string\"}},\"required\":[\"id\",\"source\",\"heading\",\"text\"],\"title\":\"ChunkFound\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::GetChunkById;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ChunkFound;
}
/// Stores a document, and replaces an earlier one of the same source. When the call returns, the
/// document is on disk and can be found.
///
/// Publishes `DocumentStored` if the text is new.
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
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document to store.\",\"properties\":{\"source\":{\"description\":\"The document's name, such as `guides/drain.md`. It identifies the document.\",\"type\":\"string\"},\"text\":{\"description\":\"The text: Markdown, or plain text if the source ends in `.txt`.\",\"type\":\"string\"}},\"required\":[\"source\",\"text\"],\"title\":\"IngestDocument\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The stored document.\",\"properties\":{\"changed\":{\"description\":\"Whether the text differs from the version before.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"chunks\":{\"description\":\"The number of its chunks.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"replaced\":{\"description\":\"The number of chunks of the version that it replaced; 0 if the document is new.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\",\"replaced\",\"changed\"],\"title\":\"DocumentIngested\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::IngestDocument;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::DocumentIngested;
}
/// Lists all documents of the corpus, sorted by name.
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
            "{\"$defs\":{\"ListedSource\":{\"description\":\"A document of the corpus.\",\"properties\":{\"chunks\":{\"description\":\"The number of its chunks.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The documents of the corpus.\",\"properties\":{\"sources\":{\"description\":\"The documents, sorted by name.\",\"items\":{\"$ref\":\"#/$defs/ListedSource\"},\"type\":\"array\"}},\"required\":[\"sources\"],\"title\":\"SourcesListed\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::SourcesListed;
}
/// Removes a document with all its chunks. A document from the service's folder is imported again
/// at the next start.
///
/// Only the nodes in `RAG_CURATORS` may call it.
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
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document to remove.\",\"properties\":{\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\"],\"title\":\"PruneChunks\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The removed document.\",\"properties\":{\"chunks\":{\"description\":\"The number of its chunks.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\"],\"title\":\"ChunksPruned\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::PruneChunks;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ChunksPruned;
}
/// Finds chunks by their words, and returns an excerpt of each.
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
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A search.\",\"properties\":{\"limit\":{\"description\":\"The maximum number of chunks, 1 to 50. Default: 10.\",\"format\":\"uint32\",\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"query\":{\"description\":\"The words to find.\",\"type\":\"string\"}},\"required\":[\"query\"],\"title\":\"SearchChunks\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"FoundChunk\":{\"description\":\"A chunk that matches.\",\"properties\":{\"excerpt\":{\"description\":\"The part of the text that matches best, at most 240 bytes.\",\"type\":\"string\"},\"heading\":{\"description\":\"The headings above the chunk, outermost first.\",\"type\":\"string\"},\"id\":{\"description\":\"The id, by which `rag.get_chunk_by_id` returns the whole text.\",\"type\":\"string\"},\"score\":{\"description\":\"How well the chunk matches. Scores of different searches are not comparable.\",\"format\":\"double\",\"type\":\"number\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"id\",\"source\",\"heading\",\"excerpt\",\"score\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The chunks that match.\",\"properties\":{\"chunks\":{\"description\":\"The chunks, best first.\",\"items\":{\"$ref\":\"#/$defs/FoundChunk\"},\"type\":\"array\"}},\"required\":[\"chunks\"],\"title\":\"ChunksFound\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::SearchChunks;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ChunksFound;
}
/// Streams all documents of the corpus, sorted by name. Unlike `rag.list_sources`, it is not
/// limited by the size of a response.
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
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document of the corpus.\",\"properties\":{\"chunks\":{\"description\":\"The number of its chunks.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\"],\"title\":\"ListedSource\",\"type\":\"object\"}",
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
/// The names in a module do not depend on other capabilities. A type that several
/// capabilities share is one Rust type.
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
/// Facts that the service publishes: take one in a handler with `#[hecate_om::subscribe]`.
pub mod facts {
    /// A document was stored, and its text differs from the version before.
    ///
    /// Fact `hecate-rag/rag/document_stored_v1` of `hecate-rag`.
    pub use super::definitions::DocumentStoredV1;
    impl ::hecate_om::fact::Fact for super::definitions::DocumentStoredV1 {
        const TOPIC: &'static str = "hecate-rag/rag/document_stored_v1";
    }
    impl ::hecate_om::JsonSchema for super::definitions::DocumentStoredV1 {
        fn schema_name() -> ::std::borrow::Cow<'static, str> {
            "DocumentStoredV1".into()
        }
        fn inline_schema() -> bool {
            true
        }
        fn json_schema(
            _: &mut ::hecate_om::schemars::SchemaGenerator,
        ) -> ::hecate_om::schemars::Schema {
            ::hecate_om::call::Schemas::parse(
                    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document was stored, and its text differs from the version before.\",\"properties\":{\"chunks\":{\"description\":\"The number of its chunks.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"source\",\"chunks\"],\"title\":\"DocumentStored\",\"type\":\"object\"}",
                )
                .unwrap_or_default()
        }
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
        /// The text of the best passage; null if no passage matches.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub answer: ::std::option::Option<::std::string::String>,
        /// The best passages, best first.
        pub passages: ::std::vec::Vec<Passage>,
    }
    /// A question in ordinary language.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct AnswerQuery {
        /// The maximum number of passages, 1 to 50. Default: 5.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<u32>,
        /// The question: `what happens when a service drains?`
        pub question: ::std::string::String,
    }
    /// A chunk with its whole text.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ChunkFound {
        /// The headings above the chunk, outermost first.
        pub heading: ::std::string::String,
        /// The chunk's id.
        pub id: ::std::string::String,
        /// The document's name.
        pub source: ::std::string::String,
        /// The text of the chunk.
        pub text: ::std::string::String,
    }
    /// The chunks that match.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ChunksFound {
        /// The chunks, best first.
        pub chunks: ::std::vec::Vec<FoundChunk>,
    }
    /// The removed document.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ChunksPruned {
        /// The number of its chunks.
        pub chunks: u64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// The stored document.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct DocumentIngested {
        /// Whether the text differs from the version before.
        pub changed: bool,
        /// The number of its chunks.
        pub chunks: u64,
        /// The number of chunks of the version that it replaced; 0 if the document is new.
        pub replaced: u64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// A document was stored, and its text differs from the version before.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct DocumentStoredV1 {
        /// The number of its chunks.
        pub chunks: u64,
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
        /// The id, by which `rag.get_chunk_by_id` returns the whole text.
        pub id: ::std::string::String,
        /// How well the chunk matches. Scores of different searches are not comparable.
        pub score: f64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// The chunk to return.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct GetChunkById {
        /// An id that `rag.search_chunks` returned.
        pub id: ::std::string::String,
    }
    /// A document to store.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct IngestDocument {
        /// The document's name, such as `guides/drain.md`. It identifies the document.
        pub source: ::std::string::String,
        /// The text: Markdown, or plain text if the source ends in `.txt`.
        pub text: ::std::string::String,
    }
    /// A document of the corpus.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ListedSource {
        /// The number of its chunks.
        pub chunks: u64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// A passage of a document.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Passage {
        /// The headings above the passage, outermost first: `Operations > Drain`.
        pub heading: ::std::string::String,
        /// How well the passage matches. Scores of different answers are not comparable.
        pub score: f64,
        /// The document's name.
        pub source: ::std::string::String,
        /// The text of the passage.
        pub text: ::std::string::String,
    }
    /// A document to remove.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PruneChunks {
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// A search.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct SearchChunks {
        /// The maximum number of chunks, 1 to 50. Default: 10.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<u32>,
        /// The words to find.
        pub query: ::std::string::String,
    }
    /// The documents of the corpus.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct SourcesListed {
        /// The documents, sorted by name.
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
