//! The subscriptions and schedules of this binary, in one order.

use std::fmt;

use super::{FACT_HANDLERS, HandlerScope, SCHEDULES};
use crate::capability::{StateNeed, States};
use crate::schedule::Schedule;
use crate::subscription::FactHandler;

/// Handlers of facts and schedules.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handlers {
    pub(crate) facts: Vec<FactHandler>,
    pub(crate) schedules: Vec<Schedule>,
}

impl Handlers {
    /// The linked handlers of these packages, by name: the linker's order differs between builds.
    pub(crate) fn linked(scope: &HandlerScope) -> Self {
        let own = FACT_HANDLERS
            .iter()
            .filter(|one| scope.contains(one.package));
        let mut facts: Vec<FactHandler> = own.copied().collect();
        facts.sort_by_key(|one| (one.topic, one.location));
        let own = SCHEDULES.iter().filter(|one| scope.contains(one.package));
        let mut schedules: Vec<Schedule> = own.copied().collect();
        schedules.sort_by_key(|one| (one.name, one.location));
        Self { facts, schedules }
    }

    /// The ambiguities of the fact types, one sentence each.
    pub(crate) fn ambiguities(&self) -> impl Iterator<Item = String> + '_ {
        self.facts.iter().filter_map(FactHandler::ambiguity)
    }

    /// What they borrow and nobody provided.
    pub(crate) fn check(&self, states: &States) -> Result<(), MissingHandlerState> {
        let facts = self.facts.iter().map(|one| (one.topic, one.needs));
        let schedules = self.schedules.iter().map(|one| (one.name, one.needs));
        let missing: Vec<(&'static str, StateNeed)> = facts
            .chain(schedules)
            .flat_map(|(name, needs)| needs.iter().map(move |need| (name, *need)))
            .filter(|(_, need)| !states.contains(need.id()))
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(MissingHandlerState(missing))
        }
    }
}

/// State that handlers borrow and nobody provided: each topic or schedule, and the type.
#[derive(Debug)]
pub(crate) struct MissingHandlerState(Vec<(&'static str, StateNeed)>);

impl fmt::Display for MissingHandlerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a handler borrows what nobody provided")?;
        self.0.iter().try_for_each(|(name, need)| {
            write!(
                f,
                "\n  the handler of `{name}` takes `&{}`: call `boot.provide(…)` with one in `Service::start`",
                need.name()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::HandlerFuture;
    use crate::schedule::When;

    fn handlers(topics: &[&'static str]) -> Handlers {
        let handler = |topic: &&'static str| FactHandler {
            location: "src/a.rs:1",
            needs: const { &[StateNeed::of::<Vec<u8>>()] },
            ..FactHandler::new(topic, |_| HandlerFuture::new(async { Ok(()) }))
        };
        Handlers {
            facts: topics.iter().map(handler).collect(),
            schedules: vec![Schedule::new("prune", When::Every(1), |_| {
                HandlerFuture::new(async { Ok(()) })
            })],
        }
    }

    #[test]
    fn state_that_nobody_provided_is_named_with_its_topic() {
        let error = handlers(&["a"]).check(&States::default()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("the handler of `a` takes `&alloc::vec::Vec<u8>`"),
            "{text}"
        );
    }
}
