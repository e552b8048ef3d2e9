//! Answers questions from the corpus: `rag.answer_query`.

pub mod answer_query;
