//! The subscriptions and schedules of this binary, in one order, held against its manifest.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use hecate_om_manifest::Manifest;

use crate::__private::{FACT_HANDLERS, SCHEDULES};
use crate::capability::{StateNeed, States};
use crate::drift::Causes;
use crate::packages::Packages;
use crate::schedule::Schedule;
use crate::subscription::FactHandler;

/// What the service calls of its own accord.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handlers {
    pub(crate) facts: Vec<FactHandler>,
    pub(crate) schedules: Vec<Schedule>,
}

impl Handlers {
    /// Those that were linked, by name: the linker's order differs between builds.
    pub(crate) fn linked(packages: &Packages) -> Self {
        let own = FACT_HANDLERS
            .iter()
            .filter(|one| packages.have(one.package));
        let mut facts: Vec<FactHandler> = own.copied().collect();
        facts.sort_by_key(|one| (one.topic, one.location));
        let own = SCHEDULES.iter().filter(|one| packages.have(one.package));
        let mut schedules: Vec<Schedule> = own.copied().collect();
        schedules.sort_by_key(|one| (one.name, one.location));
        Self { facts, schedules }
    }

    /// The ambiguities of the fact types, one sentence each.
    pub(crate) fn ambiguities(&self) -> impl Iterator<Item = String> + '_ {
        self.facts.iter().filter_map(FactHandler::ambiguity)
    }

    /// Differences from `manifest` with their remedies, each after a line break; `None` if there are none.
    pub(crate) fn drift(&self, manifest: &Manifest) -> Option<String> {
        let mut text = String::new();
        let causes = Causes(manifest);
        let listed = manifest.subscriptions.iter();
        let listed = listed.map(|one| (&*one.topic, one.package.as_deref()));
        let linked = self.facts.iter();
        let linked = linked.map(|one| (one.topic, one.package, one.location));
        let words = ("the subscription to", "subscribe");
        compare(words, causes, listed, linked, &mut text);
        let listed = manifest.schedules.iter();
        let listed = listed.map(|one| (&*one.name, one.package.as_deref()));
        let linked = self.schedules.iter();
        let linked = linked.map(|one| (one.name, one.package, one.location));
        let words = ("the schedule", "every");
        compare(words, causes, listed, linked, &mut text);
        (!text.is_empty()).then_some(text)
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
        match missing.is_empty() {
            true => Ok(()),
            false => Err(MissingHandlerState(missing)),
        }
    }
}

fn compare<'a>(
    (what, attribute): (&str, &str),
    causes: Causes<'_>,
    listed: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    linked: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
    text: &mut String,
) {
    // Writing to a text does not fail.
    let mut by_name = BTreeMap::new();
    for (name, package, location) in linked {
        if let Some((first, at)) = by_name.get(name) {
            let _ = write!(
                text,
                "\n  {what} `{name}` is defined twice ({first}, {at} and {package}, {location}): give it one handler, or \
                 another name"
            );
            continue;
        }
        by_name.insert(name, (package, location));
    }
    let mut names = Vec::new();
    for (name, package) in listed {
        names.push(name);
        if !by_name.contains_key(name) {
            let cause = causes.of_missing(name, package.unwrap_or("?"));
            let _ = write!(
                text,
                "\n  {what} `{name}` is in the manifest and was not linked: {cause}"
            );
        }
    }
    for (name, (package, location)) in &by_name {
        if !names.contains(name) {
            let cause = causes.of_unlisted(name, package, attribute);
            let _ = write!(
                text,
                "\n  {what} `{name}` was linked ({package}, {location}) and is not in the manifest: {cause}"
            );
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
    use hecate_om_manifest::Subscription;

    use super::*;
    use crate::handler::Working;
    use crate::schedule::When;

    fn handlers(topics: &[&'static str]) -> Handlers {
        let handler = |topic: &&'static str| FactHandler {
            location: "src/a.rs:1",
            needs: const { &[StateNeed::of::<Vec<u8>>()] },
            ..FactHandler::new(topic, |_| Working::new(async { Ok(()) }))
        };
        Handlers {
            facts: topics.iter().map(handler).collect(),
            schedules: vec![Schedule::new("prune", When::Every(1), |_| {
                Working::new(async { Ok(()) })
            })],
        }
    }

    fn manifest(topics: &[&str]) -> Manifest {
        let subscription = |topic: &&str| Subscription {
            package: Some("embed-corpus".into()),
            ..Subscription::new(*topic)
        };
        Manifest {
            name: "x".into(),
            subscriptions: topics.iter().map(subscription).collect(),
            schedules: vec![hecate_om_manifest::Schedule::new("prune")],
            ..Manifest::default()
        }
    }

    #[test]
    fn what_is_linked_and_listed_alike_has_no_drift() {
        assert_eq!(handlers(&["b", "a"]).drift(&manifest(&["a", "b"])), None);
    }

    #[test]
    fn each_difference_is_named_with_its_cure() {
        let text = handlers(&["a", "b", "b"])
            .drift(&manifest(&["a", "c"]))
            .unwrap();
        for part in [
            "the subscription to `b` was linked (hecate-om, src/a.rs:1) and is not in the manifest",
            "the subscription to `b` is defined twice",
            "the subscription to `c` is in the manifest and was not linked: its crate `embed-corpus`",
            "write `use embed_corpus as _;`",
        ] {
            assert!(text.contains(part), "`{part}` is not in {text}");
        }
        let mut without = manifest(&["a"]);
        without.schedules.clear();
        let text = handlers(&["a"]).drift(&without).unwrap();
        assert!(text.contains("the schedule `prune` was linked"), "{text}");
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
