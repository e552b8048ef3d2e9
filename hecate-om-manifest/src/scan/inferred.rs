//! Subscriptions that do not name their topic.

use super::facts::{KnownFact, topic_of};
use super::found::{CrateHandlers, FoundItem};
use super::report::Problem;
use crate::model::Subscription;

/// Adds the topics of subscriptions that have that of their fact's type. Returns why others have
/// none.
pub(super) fn infer_topics(handlers: &mut [CrateHandlers], facts: &[KnownFact]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for crate_handlers in handlers {
        for found in std::mem::take(&mut crate_handlers.inferred) {
            let (subscription, path) = found.item;
            match topic_of(&path, &crate_handlers.package, facts) {
                Ok(topic) => crate_handlers.subscriptions.push(FoundItem {
                    item: Subscription {
                        topic,
                        ..subscription
                    },
                    location: found.location,
                    certain: found.certain,
                }),
                // An attribute of another crate must not fail the build.
                Err(_) if !found.certain => {}
                Err(why) => problems.push(Problem::at(found.location, why)),
            }
        }
    }
    problems
}
