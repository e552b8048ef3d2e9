//! What the service calls of its own accord: the subscriptions and the schedules of all crates.

use std::collections::BTreeMap;
use std::path::Path;

use super::report::{Location, Problem};
use super::source::Declared;
use super::survey::Holder;
use crate::model::{Schedule, Subscription};

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
        for holder in holders {
            for declared in &holder.handlers.subscriptions {
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
            for declared in &holder.handlers.schedules {
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
