//! Promises about contents.

use super::model::Model;

/// Time in which a content is fetched, and the timeout of a fetch, in milliseconds.
const FETCHED: u64 = 5_000;
const TIMEOUT: u64 = 20_000;

/// The content of an answer is the one that was shared.
pub(super) fn contents_are_right(model: &Model) -> Vec<String> {
    let wrong = model.wrong_contents.iter();
    wrong
        .map(|(call, text)| format!("{call}: {text}"))
        .collect()
}

/// A content can be fetched from the service that shares it.
pub(super) fn contents_are_fetched(model: &Model) -> Vec<String> {
    let failed = model.failed_fetches.iter().filter_map(|(at, id, text)| {
        let call = model.calls.get(id)?;
        let run = call.runs.first()?;
        let is_slow = model.stretched(FETCHED, call.at, *at) > TIMEOUT;
        let shared = model.ran_until(&run.process, *at);
        let disturbed = model.disturbed(&[&call.caller, &run.process], call.at, *at);
        (!is_slow && shared && !disturbed).then(|| format!("{id}: {text}"))
    });
    failed.collect()
}
