//! Promises about streams.

use super::model::{Call, Model};
use crate::history::{CallKind, Expected, Outcome};

/// Time until the other side of a stream must have ended, in milliseconds: the idle timeout of a
/// link that was lost without a goodbye, and the time of a busy machine.
const OTHER_SIDE: u64 = 60_000;

/// A stream that ends without an error is whole, on both sides.
pub(super) fn streams_are_whole(model: &Model) -> Vec<String> {
    let broken = model.calls.iter().filter_map(|(id, call)| {
        let text = truncated(call)?;
        Some(format!("{id} ({}): {text}", call.procedure))
    });
    broken.collect()
}

fn truncated(call: &Call) -> Option<String> {
    let receives = matches!(
        call.kind,
        CallKind::ClientStreaming | CallKind::Bidirectional
    );
    let end = call.end.as_ref();
    if let Some((Outcome::Wrong(text), sent)) = end.map(|end| (&end.outcome, end.sent)) {
        // A caller that sent less has finished its items early, which is no fault of the product.
        return Some(if receives {
            format!("{text}; the caller sent {sent}")
        } else {
            text.clone()
        });
    }
    let Expected::Items(items) = call.expected else {
        return None;
    };
    // A handler sees the end of its items only if the caller has sent them all.
    let partial = call.runs.iter().find_map(|run| {
        let (_, received, _) = run.finished?;
        (receives && received != items).then_some(received)
    });
    partial.map(|received| format!("the handler took {received} of {items} items as the whole"))
}

/// If one side of a stream has ended, so has the other.
pub(super) fn streams_end_on_both_sides(model: &Model) -> Vec<String> {
    let open = model.calls.iter().filter_map(|(id, call)| {
        let end = call.end.as_ref()?;
        if call.kind == CallKind::Unary
            || model.end < end.at + model.stretched(OTHER_SIDE, end.at, model.end)
        {
            return None;
        }
        let run = call.runs.iter().find(|run| {
            let process = model.processes.get(&run.process);
            let ended = process.is_some_and(|process| process.exited.is_some());
            run.finished.is_none() && run.dropped.is_none() && !ended
        })?;
        let after = model.end - end.at;
        Some(format!(
            "{id} ({}): still runs at {} {after} ms after its caller's end",
            call.procedure, run.process
        ))
    });
    open.collect()
}
