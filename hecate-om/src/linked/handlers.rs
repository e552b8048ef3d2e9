//! The subscriptions, published facts and schedules of this binary, sorted.

use super::{FACT_HANDLERS, HandlerScope, PUBLICATIONS, SCHEDULES};
use crate::capability::{MissingState, StateMap};
use crate::publication::Publication;
use crate::schedule::Schedule;
use crate::subscription::FactHandler;

/// Handlers of facts, published facts, and schedules.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handlers {
    pub(crate) facts: Vec<FactHandler>,
    pub(crate) publications: Vec<&'static Publication>,
    pub(crate) schedules: Vec<Schedule>,
}

impl Handlers {
    /// Returns the linked handlers of these packages, sorted by name because the linker's order
    /// differs between builds.
    pub(crate) fn linked(scope: &HandlerScope) -> Self {
        let linked = FACT_HANDLERS
            .iter()
            .filter(|handler| scope.contains(handler.package));
        let mut facts: Vec<FactHandler> = linked.copied().collect();
        facts.sort_by_key(|handler| (handler.topic, handler.location));
        let linked = PUBLICATIONS.iter();
        let linked = linked.filter(|publication| scope.contains(publication.package));
        let mut publications: Vec<&Publication> = linked.collect();
        publications.sort_by_key(|publication| (publication.topic, publication.location));
        let linked = SCHEDULES
            .iter()
            .filter(|schedule| scope.contains(schedule.package));
        let mut schedules: Vec<Schedule> = linked.copied().collect();
        schedules.sort_by_key(|schedule| (schedule.name, schedule.location));
        Self {
            facts,
            publications,
            schedules,
        }
    }

    /// Returns the ambiguities of the fact types, one sentence each.
    pub(crate) fn ambiguities(&self) -> impl Iterator<Item = String> + '_ {
        self.facts.iter().filter_map(FactHandler::ambiguity)
    }

    /// Checks that every borrowed value was provided.
    pub(crate) fn check(&self, states: &StateMap) -> Result<(), MissingState> {
        let facts = self
            .facts
            .iter()
            .map(|handler| (handler.topic, handler.needs));
        let schedules = self
            .schedules
            .iter()
            .map(|schedule| (schedule.name, schedule.needs));
        let each = facts.chain(schedules).flat_map(|(name, needs)| {
            let borrower = format!("the handler of `{name}`");
            needs.iter().map(move |need| (borrower.clone(), *need))
        });
        states.check(each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::StateRequirement;
    use crate::handler::HandlerFuture;
    use crate::schedule::When;

    fn handlers(topics: &[&'static str]) -> Handlers {
        let handler = |topic: &&'static str| FactHandler {
            location: "src/a.rs:1",
            needs: const { &[StateRequirement::new::<Vec<u8>>()] },
            ..FactHandler::new(topic, |_| HandlerFuture::new(async { Ok(()) }))
        };
        Handlers {
            facts: topics.iter().map(handler).collect(),
            publications: Vec::new(),
            schedules: vec![Schedule::new("prune", When::Every(1), |_| {
                HandlerFuture::new(async { Ok(()) })
            })],
        }
    }

    #[test]
    fn a_borrowed_value_that_was_not_provided_is_named_with_its_topic() {
        let error = handlers(&["a"]).check(&StateMap::default()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("the handler of `a` takes `&alloc::vec::Vec<u8>`"),
            "{text}"
        );
    }
}
