//! How a call ended, in a word of a fixed set: for metrics and spans, whose cardinality must be bounded.

use super::Refusal;

/// The words. A refusal under any other code, so each of the author's own, is `refused`.
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

/// The word for how a call ended.
pub(crate) fn outcome<T>(outcome: &Result<T, Refusal>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(refusal) => OUTCOMES
            .into_iter()
            .find(|word| *word == refusal.code() && *word != "ok")
            .unwrap_or("refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_the_authors_is_a_refusal_like_any_other() {
        let ended = |code: &'static str| outcome::<()>(&Err(Refusal::new(code, "")));
        assert_eq!(ended("busy"), "busy");
        assert_eq!(ended("unknown_source"), "refused");
        assert_eq!(ended("ok"), "refused");
        assert_eq!(outcome(&Ok(())), "ok");
    }
}
