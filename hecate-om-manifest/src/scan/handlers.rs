//! Subscriptions, published facts and schedules of all crates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::found::{CrateHandlers, FoundItem};
use super::report::{Location, Problem};
use crate::model::{Capability, HandlerNames, Manifest, Publication, Schedule, Subscription};

/// The subscriptions, published facts and schedules linked into a program.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Handlers {
    /// The subscriptions, sorted by topic.
    pub subscriptions: Vec<Subscription>,
    /// The published facts, sorted by topic.
    pub publications: Vec<Publication>,
    /// The schedules, sorted by name.
    pub schedules: Vec<Schedule>,
}

impl Handlers {
    /// Collects those of all `crates`.
    pub(super) fn gather<'h>(
        crates: impl Iterator<Item = &'h CrateHandlers>,
        dir: &Path,
        errors: &mut Vec<Problem>,
    ) -> Self {
        let mut all = Self::default();
        let (mut topics, mut published, mut names) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let crates: Vec<&CrateHandlers> = crates.collect();
        for (crate_handlers, declared) in certain_first(&crates, |handlers| &handlers.subscriptions)
        {
            let subscription = &declared.item;
            let what = || format!("the topic `{}` is subscribed to", subscription.topic);
            let cure =
                "a topic can have one handler in a service; call both functions from one handler";
            if first(
                &mut topics,
                &subscription.topic,
                declared,
                dir,
                (what, cure),
                errors,
            ) {
                all.subscriptions.push(Subscription {
                    package: Some(crate_handlers.package.clone()),
                    library: crate_handlers.library.clone(),
                    ..subscription.clone()
                });
            }
        }
        for (crate_handlers, declared) in certain_first(&crates, |handlers| &handlers.publications)
        {
            let publication = &declared.item;
            let what = || format!("the topic `{}` has a fact", publication.topic);
            let cure =
                "a topic has one type, which its subscribers read; give this one another topic";
            if first(
                &mut published,
                &publication.topic,
                declared,
                dir,
                (what, cure),
                errors,
            ) {
                all.publications.push(Publication {
                    package: Some(crate_handlers.package.clone()),
                    library: crate_handlers.library.clone(),
                    ..publication.clone()
                });
            }
        }
        for (crate_handlers, declared) in certain_first(&crates, |handlers| &handlers.schedules) {
            let schedule = &declared.item;
            let what = || format!("the schedule `{}` is declared", schedule.name);
            let cure = "metrics could not distinguish them; rename this one with `name = \"…\"`";
            if first(
                &mut names,
                &schedule.name,
                declared,
                dir,
                (what, cure),
                errors,
            ) {
                all.schedules.push(Schedule {
                    package: Some(crate_handlers.package.clone()),
                    library: crate_handlers.library.clone(),
                    ..schedule.clone()
                });
            }
        }
        all.sort();
        all
    }

    /// Adds the packed handlers of crates other than `package`.
    pub(crate) fn adopt(&mut self, packed: &Manifest, package: &str) {
        let is_other = |of: &Option<String>| of.as_deref().is_some_and(|other| other != package);
        for subscription in &packed.subscriptions {
            let known = |own: &Subscription| own.topic == subscription.topic;
            if is_other(&subscription.package) && !self.subscriptions.iter().any(known) {
                self.subscriptions.push(subscription.clone());
            }
        }
        for publication in &packed.publications {
            let known = |own: &Publication| own.topic == publication.topic;
            if is_other(&publication.package) && !self.publications.iter().any(known) {
                self.publications.push(publication.clone());
            }
        }
        for schedule in &packed.schedules {
            let known = |own: &Schedule| own.name == schedule.name;
            if is_other(&schedule.package) && !self.schedules.iter().any(known) {
                self.schedules.push(schedule.clone());
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.subscriptions.sort_by(|a, b| a.topic.cmp(&b.topic));
        self.publications.sort_by(|a, b| a.topic.cmp(&b.topic));
        self.schedules.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// Returns the items of one kind, those with a certain attribute first: of two items with one name,
/// the certain one counts.
pub(super) fn certain_first<'h, T>(
    crates: &[&'h CrateHandlers],
    of: impl Fn(&'h CrateHandlers) -> &'h Vec<FoundItem<T>>,
) -> Vec<(&'h CrateHandlers, &'h FoundItem<T>)> {
    let all = crates.iter();
    let all = all.flat_map(|crate_handlers| {
        of(crate_handlers)
            .iter()
            .map(|item| (*crate_handlers, item))
    });
    let (certain, uncertain): (Vec<_>, Vec<_>) = all.partition(|(_, item)| item.certain);
    certain.into_iter().chain(uncertain).collect()
}

/// Returns the names of the handlers whose attribute may be of another crate.
pub(super) fn uncertain(crates: &[CrateHandlers]) -> HandlerNames {
    let crates: Vec<&CrateHandlers> = crates.iter().collect();
    HandlerNames {
        capabilities: only_uncertain(
            certain_first(&crates, |handlers| &handlers.capabilities),
            |capability: &Capability| (capability.name.clone(), capability.version),
        ),
        subscriptions: only_uncertain(
            certain_first(&crates, |handlers| &handlers.subscriptions),
            |subscription| subscription.topic.clone(),
        ),
        publications: only_uncertain(
            certain_first(&crates, |handlers| &handlers.publications),
            |publication| publication.topic.clone(),
        ),
        schedules: only_uncertain(
            certain_first(&crates, |handlers| &handlers.schedules),
            |schedule| schedule.name.clone(),
        ),
    }
}

fn only_uncertain<'h, T: 'h, K: Ord>(
    declared: Vec<(&'h CrateHandlers, &'h FoundItem<T>)>,
    key: impl Fn(&T) -> K,
) -> BTreeSet<K> {
    let mut certain = BTreeSet::new();
    let mut uncertain = BTreeSet::new();
    for (_, item) in declared {
        let key = key(&item.item);
        if item.certain {
            certain.insert(key);
        } else if !certain.contains(&key) {
            uncertain.insert(key);
        }
    }
    uncertain
}

/// Returns whether `declared` is the first with its key. A second one is an error, unless the
/// attribute of one of the two may be of another crate.
fn first<'h, T>(
    seen: &mut BTreeMap<&'h str, (Location, bool)>,
    key: &'h str,
    declared: &FoundItem<T>,
    dir: &Path,
    (what, cure): (impl Fn() -> String, &str),
    errors: &mut Vec<Problem>,
) -> bool {
    let location = declared.location.clone().relative_to(dir);
    let Some((first, certain)) = seen.get(key) else {
        seen.insert(key, (location, declared.certain));
        return true;
    };
    if !certain || !declared.certain {
        return false;
    }
    let message = if *first == location {
        format!(
            "{} twice: one function is compiled into both the library and the binary; declare its module in one of \
             them, and `use` it from the other",
            what()
        )
    } else {
        format!("{} twice, first at {first}: {cure}", what())
    };
    errors.push(Problem::at(location, message));
    false
}
