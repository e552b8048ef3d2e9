//! Audit of changes to the corpus.

use hecate_om::{Call, Next, Refusal, Reply};

/// Logs who changed the corpus, and with which outcome.
pub(crate) async fn audit(call: &Call, next: Next<'_>) -> Reply {
    let reply = next.run(call).await;
    let refusal = reply.as_ref().err().map(Refusal::code);
    tracing::info!(
        procedure = call.procedure(),
        caller = %call.caller(),
        refusal,
        "change of the corpus"
    );
    reply
}
