//! Outcome labels of calls, for metrics and spans. The set is fixed, because the cardinality of
//! labels must be bounded.

use super::Refusal;

/// All outcome labels. A refusal with any other code, such as a code of the handler, has the label
/// `refused`.
pub(crate) const OUTCOMES: [&str; 9] = [
    "ok",
    "refused",
    "invalid_request",
    "payload_too_large",
    "rate_limited",
    "busy",
    "timeout",
    "panicked",
    "invalid_response",
];

/// Returns the label of a call's result.
pub(crate) fn outcome<T>(outcome: &Result<T, Refusal>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(refusal) => OUTCOMES
            .into_iter()
            .find(|label| *label == refusal.code() && *label != "ok")
            .unwrap_or("refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handlers_own_code_is_labelled_refused() {
        let ended = |code: &'static str| outcome::<()>(&Err(Refusal::new(code, "")));
        assert_eq!(ended("busy"), "busy");
        assert_eq!(ended("unknown_source"), "refused");
        assert_eq!(ended("ok"), "refused");
        assert_eq!(outcome(&Ok(())), "ok");
    }
}
