//! What the service calls of its own accord: the subscriptions and the schedules of all crates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::found::{CrateHandlers, FoundItem};
use super::report::{Location, Problem};
use crate::model::{Capability, HandlerNames, Schedule, Subscription};

/// What is linked into a program beside the capabilities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Handlers {
    /// What it listens to, sorted by topic.
    pub subscriptions: Vec<Subscription>,
    /// What it does by the clock, sorted by name.
    pub schedules: Vec<Schedule>,
}

impl Handlers {
    /// Those of all `crates`, complete and sorted.
    pub(super) fn gather<'h>(
        crates: impl Iterator<Item = &'h CrateHandlers>,
        dir: &Path,
        errors: &mut Vec<Problem>,
    ) -> Self {
        let mut all = Self::default();
        let (mut topics, mut names) = (BTreeMap::new(), BTreeMap::new());
        let crates: Vec<&CrateHandlers> = crates.collect();
        for (crate_handlers, declared) in certain_first(&crates, |one| &one.subscriptions) {
            let one = &declared.item;
            let what = || format!("the topic `{}` is subscribed to", one.topic);
            let cure = "a service has one handler for a topic: call both from one";
            if first(&mut topics, &one.topic, declared, dir, (what, cure), errors) {
                all.subscriptions.push(Subscription {
                    package: Some(crate_handlers.package.clone()),
                    library: crate_handlers.library.clone(),
                    ..one.clone()
                });
            }
        }
        for (crate_handlers, declared) in certain_first(&crates, |one| &one.schedules) {
            let one = &declared.item;
            let what = || format!("the schedule `{}` is declared", one.name);
            let cure =
                "metrics could not tell them apart: call this one otherwise, by `name = \"…\"`";
            if first(&mut names, &one.name, declared, dir, (what, cure), errors) {
                all.schedules.push(Schedule {
                    package: Some(crate_handlers.package.clone()),
                    library: crate_handlers.library.clone(),
                    ..one.clone()
                });
            }
        }
        all.sort();
        all
    }

    /// Takes those of crates other than `package` from what was packed.
    pub(crate) fn adopt(
        &mut self,
        subscriptions: &[Subscription],
        schedules: &[Schedule],
        package: &str,
    ) {
        for one in subscriptions {
            let known = self.subscriptions.iter().any(|own| own.topic == one.topic);
            if one.package.as_deref().is_some_and(|of| of != package) && !known {
                self.subscriptions.push(one.clone());
            }
        }
        for one in schedules {
            let known = self.schedules.iter().any(|own| own.name == one.name);
            if one.package.as_deref().is_some_and(|of| of != package) && !known {
                self.schedules.push(one.clone());
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.subscriptions.sort_by(|a, b| a.topic.cmp(&b.topic));
        self.schedules.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// The declarations of one kind, those with an attribute that is certain to be ours before the
/// others: of two that have one name, the certain one counts.
pub(super) fn certain_first<'h, T>(
    crates: &[&'h CrateHandlers],
    of: impl Fn(&'h CrateHandlers) -> &'h Vec<FoundItem<T>>,
) -> Vec<(&'h CrateHandlers, &'h FoundItem<T>)> {
    let all = crates.iter();
    let all =
        all.flat_map(|crate_handlers| of(crate_handlers).iter().map(|one| (*crate_handlers, one)));
    let (certain, uncertain): (Vec<_>, Vec<_>) = all.partition(|(_, one)| one.certain);
    certain.into_iter().chain(uncertain).collect()
}

/// The names of all handlers whose attribute may be another crate's.
pub(super) fn uncertain(crates: &[CrateHandlers]) -> HandlerNames {
    let crates: Vec<&CrateHandlers> = crates.iter().collect();
    HandlerNames {
        capabilities: only_uncertain(
            certain_first(&crates, |one| &one.capabilities),
            |one: &Capability| (one.name.clone(), one.version),
        ),
        subscriptions: only_uncertain(certain_first(&crates, |one| &one.subscriptions), |one| {
            one.topic.clone()
        }),
        schedules: only_uncertain(certain_first(&crates, |one| &one.schedules), |one| {
            one.name.clone()
        }),
    }
}

fn only_uncertain<'h, T: 'h, K: Ord>(
    declared: Vec<(&'h CrateHandlers, &'h FoundItem<T>)>,
    key: impl Fn(&T) -> K,
) -> BTreeSet<K> {
    let mut certain = BTreeSet::new();
    let mut uncertain = BTreeSet::new();
    for (_, one) in declared {
        let key = key(&one.item);
        if one.certain {
            certain.insert(key);
        } else if !certain.contains(&key) {
            uncertain.insert(key);
        }
    }
    uncertain
}

/// Whether `declared` is the first of its key; a second is an error, unless one of the two may be another crate's.
fn first<'h, T>(
    seen: &mut BTreeMap<&'h str, (Location, bool)>,
    key: &'h str,
    declared: &FoundItem<T>,
    dir: &Path,
    (what, cure): (impl Fn() -> String, &str),
    errors: &mut Vec<Problem>,
) -> bool {
    let location = declared.location.clone().seen_from(dir);
    let Some((first, certain)) = seen.get(key) else {
        seen.insert(key, (location, declared.certain));
        return true;
    };
    if !certain || !declared.certain {
        return false;
    }
    let message = if *first == location {
        format!(
            "{} twice by one function, compiled into the library and into the binary: declare its module in one of \
             them, and `use` it from the other",
            what()
        )
    } else {
        format!("{} twice, first at {first}: {cure}", what())
    };
    errors.push(Problem::at(location, message));
    false
}
