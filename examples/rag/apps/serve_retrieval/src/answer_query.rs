//! `rag.answer_query`

use hecate_om::{Refusal, capability};
use hecate_rag_corpus::{Corpus, Hit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Number of passages if the question sets no limit.
const DEFAULT_LIMIT: u32 = 5;

/// A question in ordinary language.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AnswerQuery {
    /// The question: `what happens when a service drains?`
    pub question: String,
    /// The maximum number of passages, 1 to 50. Default: 5.
    pub limit: Option<u32>,
}

/// The passages that answer a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The text of the best passage; null if no passage matches.
    pub answer: Option<String>,
    /// The best passages, best first.
    pub passages: Vec<Passage>,
}

/// A passage of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Passage {
    /// The document's name.
    pub source: String,
    /// The headings above the passage, outermost first: `Operations > Drain`.
    pub heading: String,
    /// The text of the passage.
    pub text: String,
    /// How well the passage matches. Scores of different answers are not comparable.
    pub score: f64,
}

/// Answers a question with the passages that match it best, and the text of the best one.
///
/// The search finds all forms of the question's words. Matches in headings, and words next to each
/// other, score higher. Refuses with `empty_query` or `bad_limit`.
#[capability("rag.answer_query", version = 1, access = open, max_bytes = "64 KiB", timeout = "10s")]
pub async fn answer_query(corpus: &Corpus, query: AnswerQuery) -> Result<Answer, Refusal> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let hits = corpus.search(&query.question, limit).await?;
    Ok(Answer {
        answer: hits.first().map(|hit| hit.chunk.text.clone()),
        passages: hits.into_iter().map(Passage::from).collect(),
    })
}

impl From<Hit> for Passage {
    fn from(hit: Hit) -> Self {
        Self {
            source: hit.chunk.source,
            heading: hit.chunk.heading,
            text: hit.chunk.text,
            score: hit.score.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(question: &str, limit: Option<u32>) -> AnswerQuery {
        AnswerQuery {
            question: question.into(),
            limit,
        }
    }

    #[tokio::test]
    async fn the_best_passage_is_the_answer() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        let text = "# Boats\n\nA skiff is rowed.\n\n# Masts\n\nA ketch is a boat of two masts.";
        corpus.ingest("boats.md", text.into()).await.unwrap();
        let answer = answer_query(&corpus, question("how many masts has a ketch?", None));
        let answer = answer.await.unwrap();
        assert_eq!(
            answer.answer.as_deref(),
            Some("A ketch is a boat of two masts.")
        );
        assert_eq!(answer.passages[0].heading, "Masts");
        assert_eq!(answer.passages[0].source, "boats.md");

        let limited = answer_query(&corpus, question("boat", Some(1)))
            .await
            .unwrap();
        assert_eq!(limited.passages.len(), 1);
        let none = answer_query(&corpus, question("volcano", None))
            .await
            .unwrap();
        assert_eq!((none.answer, none.passages), (None, vec![]));
    }

    #[tokio::test]
    async fn an_empty_question_and_a_limit_out_of_range_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        for (query, code) in [
            (question(" ?", None), "empty_query"),
            (question("boat", Some(0)), "bad_limit"),
            (question("boat", Some(51)), "bad_limit"),
        ] {
            let refusal = answer_query(&corpus, query).await.unwrap_err();
            assert_eq!(refusal.code(), code);
        }
    }
}
