//! What the service calls of its own accord: the subscriptions and the schedules of all crates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::report::{Location, Problem};
use super::source::Declared;
use super::survey::Holder;
use crate::model::{Capability, HandlerNames, Schedule, Subscription};

/// What one crate holds, in the order of the source.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) subscriptions: Vec<Declared<Subscription>>,
    pub(super) schedules: Vec<Declared<Schedule>>,
}

/// What is linked into a program beside the capabilities.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Handlers {
    /// What it listens to, sorted by topic.
    pub subscriptions: Vec<Subscription>,
    /// What it does by the clock, sorted by name.
    pub schedules: Vec<Schedule>,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.subscriptions.is_empty() && self.schedules.is_empty()
    }
}

impl Handlers {
    /// Those of all `holders`, complete and sorted.
    pub(super) fn gather<'h>(
        holders: impl Iterator<Item = &'h Holder>,
        dir: &Path,
        errors: &mut Vec<Problem>,
    ) -> Self {
        let mut all = Self::default();
        let (mut topics, mut names) = (BTreeMap::new(), BTreeMap::new());
        let holders: Vec<&Holder> = holders.collect();
        for (holder, declared) in certain_first(&holders, |one| &one.handlers.subscriptions) {
            let one = &declared.item;
            let what = || format!("the topic `{}` is subscribed to", one.topic);
            let cure = "a service has one handler for a topic: call both from one";
            if first(&mut topics, &one.topic, declared, dir, (what, cure), errors) {
                all.subscriptions.push(Subscription {
                    package: Some(holder.package.clone()),
                    library: holder.library.clone(),
                    ..one.clone()
                });
            }
        }
        for (holder, declared) in certain_first(&holders, |one| &one.handlers.schedules) {
            let one = &declared.item;
            let what = || format!("the schedule `{}` is declared", one.name);
            let cure =
                "metrics could not tell them apart: call this one otherwise, by `name = \"…\"`";
            if first(&mut names, &one.name, declared, dir, (what, cure), errors) {
                all.schedules.push(Schedule {
                    package: Some(holder.package.clone()),
                    library: holder.library.clone(),
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
    holders: &[&'h Holder],
    of: impl Fn(&'h Holder) -> &'h Vec<Declared<T>>,
) -> Vec<(&'h Holder, &'h Declared<T>)> {
    let all = holders.iter();
    let all = all.flat_map(|holder| of(holder).iter().map(|one| (*holder, one)));
    let (certain, uncertain): (Vec<_>, Vec<_>) = all.partition(|(_, one)| one.certain);
    certain.into_iter().chain(uncertain).collect()
}

/// The names of all handlers whose attribute may be another crate's.
pub(super) fn uncertain(holders: &[Holder]) -> HandlerNames {
    let holders: Vec<&Holder> = holders.iter().collect();
    HandlerNames {
        capabilities: only_uncertain(
            certain_first(&holders, |one| &one.capabilities),
            |one: &Capability| (one.name.clone(), one.version),
        ),
        subscriptions: only_uncertain(
            certain_first(&holders, |one| &one.handlers.subscriptions),
            |one| one.topic.clone(),
        ),
        schedules: only_uncertain(
            certain_first(&holders, |one| &one.handlers.schedules),
            |one| one.name.clone(),
        ),
    }
}

fn only_uncertain<'h, T: 'h, K: Ord>(
    declared: Vec<(&'h Holder, &'h Declared<T>)>,
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
    declared: &Declared<T>,
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
