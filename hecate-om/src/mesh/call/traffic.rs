//! The calls this node makes, tallied by procedure.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::mesh::CallError;
use crate::metrics::Tally;

/// How many procedures are tallied each by its own name.
const NAMED: usize = 64;
/// The name of all others (OpenTelemetry's, for a method that is not known).
const OTHER: &str = "_OTHER";

/// How a call ends that is answered.
const OK: &str = "ok";
/// How a call to another service ends: answered, or with a [`CallError::word`].
const OUTCOMES: [&str; 19] = [
    OK,
    "not_connected",
    "bad_procedure",
    "bad_request",
    "no_provider",
    "unreachable",
    "refused",
    "wire",
    "timeout",
    "bad_response",
    "link_failed",
    "undeclared_action",
    "no_authority",
    "no_kem_key",
    "not_confidential",
    "no_org",
    "unauthorized",
    "schema_mismatch",
    "wrong_kind",
];

/// The calls, by procedure.
#[derive(Debug)]
pub(crate) struct Traffic {
    named: Mutex<BTreeMap<String, Arc<Tally>>>,
    other: Arc<Tally>,
    outcomes: &'static [&'static str],
}

impl Traffic {
    pub(in crate::mesh) fn new() -> Self {
        Self::counting(&OUTCOMES)
    }

    /// Of what ends in one of `outcomes`.
    pub(in crate::mesh) fn counting(outcomes: &'static [&'static str]) -> Self {
        Self {
            named: Mutex::default(),
            other: Arc::new(Tally::new(outcomes)),
            outcomes,
        }
    }

    /// The tally of calls to `procedure`.
    pub(in crate::mesh) fn of(&self, procedure: &str) -> Arc<Tally> {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(named.get(procedure).unwrap_or(&self.other))
    }

    /// [`Traffic::of`], having given `procedure` a name of its own where there is room. Only one that has answered gets
    /// it: whoever is free to say which procedure a service calls would fill the room with names that nobody serves.
    pub(in crate::mesh) fn answered(&self, procedure: &str) -> Arc<Tally> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() < NAMED && !named.contains_key(procedure) {
            named.insert(procedure.to_owned(), Arc::new(Tally::new(self.outcomes)));
        }
        Arc::clone(named.get(procedure).unwrap_or(&self.other))
    }

    /// Every tally by its name.
    pub(crate) fn methods(&self) -> Vec<(String, Arc<Tally>)> {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let named = named
            .iter()
            .map(|(name, tally)| (name.clone(), Arc::clone(tally)));
        named
            .chain([(OTHER.to_owned(), Arc::clone(&self.other))])
            .collect()
    }
}

/// The word for how a call ended.
pub(in crate::mesh) fn outcome<T>(outcome: &Result<T, CallError>) -> &'static str {
    match outcome {
        Ok(_) => OK,
        Err(error) => error.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;

    #[test]
    fn every_end_of_a_call_is_one_of_the_words() {
        let name = || String::from("x");
        let ends = [
            CallError::NotConnected("x"),
            CallError::BadProcedure(name()),
            CallError::BadRequest(name()),
            CallError::NoProvider { procedure: name() },
            CallError::Unreachable {
                procedure: name(),
                reason: name(),
            },
            CallError::Refused(Refusal::new("x", "")),
            CallError::Wire {
                code: name(),
                detail: None,
            },
            CallError::TimedOut(std::time::Duration::ZERO),
            CallError::BadResponse(name()),
            CallError::Link(name()),
            CallError::UndeclaredAction { action: name() },
            CallError::NoAuthority {
                action: name(),
                reason: name(),
            },
            CallError::NoKemKey { procedure: name() },
            CallError::NotConfidential {
                procedure: name(),
                reason: name(),
            },
            CallError::NoOrg { capability: "x" },
            CallError::Unauthorized {
                procedure: name(),
                detail: None,
            },
            CallError::SchemaMismatch {
                procedure: name(),
                differences: Vec::new(),
            },
            CallError::WrongKind {
                procedure: name(),
                kind: "response",
            },
        ];
        let words: Vec<_> = ends
            .into_iter()
            .map(|end| outcome::<()>(&Err(end)))
            .collect();
        assert_eq!(OUTCOMES[0], outcome(&Ok(())));
        assert_eq!(OUTCOMES[1..], words);
    }

    #[test]
    fn only_so_many_procedures_have_names_and_the_others_share_one() {
        let traffic = Traffic::new();
        for n in 0..1_000 {
            traffic.answered(&format!("org/p{n}"));
        }
        assert_eq!(traffic.methods().len(), NAMED + 1);
        assert!(Arc::ptr_eq(&traffic.of("org/p999"), &traffic.other));
        assert!(!Arc::ptr_eq(&traffic.of("org/p0"), &traffic.other));
    }
}
