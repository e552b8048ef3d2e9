//! Comparison of a binary's handlers with its manifest.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use hecate_om_manifest::Manifest;
use hecate_om_manifest::model::HandlerNames;

use super::causes::Causes;
use super::handlers::Handlers;
use crate::capability::Capability;

/// Returns the manifest of a binary with these handlers, without the handlers of other crates that
/// the build script could not distinguish from the service's own.
pub(crate) fn without_foreign(
    manifest: Manifest,
    capabilities: &[Capability],
    handlers: &Handlers,
) -> Manifest {
    let topics = handlers.facts.iter();
    let published = handlers.publications.iter();
    let schedules = handlers.schedules.iter();
    manifest.without_foreign(&HandlerNames {
        capabilities: capabilities
            .iter()
            .map(|capability| (capability.name.to_owned(), capability.version))
            .collect(),
        subscriptions: topics.map(|handler| handler.topic.to_owned()).collect(),
        publications: published
            .map(|publication| publication.topic.to_owned())
            .collect(),
        schedules: schedules.map(|schedule| schedule.name.to_owned()).collect(),
    })
}

/// Describes how a binary's handlers differ from its manifest, with causes and remedies; `None` if
/// they do not differ.
pub(crate) fn difference(
    manifest: &Manifest,
    capabilities: &[Capability],
    handlers: &Handlers,
) -> Option<String> {
    let mut text = String::new();
    let planned = |c: &&hecate_om_manifest::Capability| c.status.is_none() || c.package.is_some();
    Comparison {
        attribute: "capability",
        rename: "give one another name or version",
        // A capability without code, such as a `planned` one, has no crate.
        listed: manifest.capabilities.iter().filter(planned).map(|c| {
            let package = c.package.as_deref().unwrap_or(&manifest.name);
            (Name::Capability(&c.name, c.version), package)
        }),
        linked: capabilities.iter().map(|c| {
            let name = Name::Capability(c.name, c.version);
            (name, c.package, c.location)
        }),
    }
    .describe(manifest, &mut text);
    Comparison {
        attribute: "subscribe",
        rename: "give it one handler, or another name",
        listed: manifest.subscriptions.iter().map(|s| {
            let package = s.package.as_deref().unwrap_or(&manifest.name);
            (Name::Subscription(&s.topic), package)
        }),
        linked: handlers
            .facts
            .iter()
            .map(|f| (Name::Subscription(f.topic), f.package, f.location)),
    }
    .describe(manifest, &mut text);
    Comparison {
        attribute: "fact",
        rename: "give one another topic",
        listed: manifest.publications.iter().map(|p| {
            let package = p.package.as_deref().unwrap_or(&manifest.name);
            (Name::Publication(&p.topic), package)
        }),
        linked: handlers
            .publications
            .iter()
            .map(|p| (Name::Publication(p.topic), p.package, p.location)),
    }
    .describe(manifest, &mut text);
    Comparison {
        attribute: "every",
        rename: "give it one handler, or another name",
        listed: manifest.schedules.iter().map(|s| {
            let package = s.package.as_deref().unwrap_or(&manifest.name);
            (Name::Schedule(&s.name), package)
        }),
        linked: handlers
            .schedules
            .iter()
            .map(|s| (Name::Schedule(s.name), s.package, s.location)),
    }
    .describe(manifest, &mut text);
    (!text.is_empty()).then(|| format!("this binary and its manifest differ{text}"))
}

/// Name of a handler of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Name<'a> {
    Capability(&'a str, u32),
    Subscription(&'a str),
    Publication(&'a str),
    Schedule(&'a str),
}

impl<'a> Name<'a> {
    const fn text(self) -> &'a str {
        match self {
            Self::Capability(name, _)
            | Self::Subscription(name)
            | Self::Publication(name)
            | Self::Schedule(name) => name,
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capability(name, version) => write!(f, "`{name}` version {version}"),
            Self::Subscription(topic) => write!(f, "the subscription to `{topic}`"),
            Self::Publication(topic) => write!(f, "the fact of `{topic}`"),
            Self::Schedule(name) => write!(f, "the schedule `{name}`"),
        }
    }
}

/// Handlers of one kind: in the manifest with their packages, and in the binary with their packages
/// and locations.
struct Comparison<L, K> {
    attribute: &'static str,
    /// Remedy for two handlers with the same name.
    rename: &'static str,
    listed: L,
    linked: K,
}

impl<'a, L, K> Comparison<L, K>
where
    L: Iterator<Item = (Name<'a>, &'a str)>,
    K: Iterator<Item = (Name<'a>, &'a str, &'a str)>,
{
    /// Appends a line for each difference, preceded by a line break.
    fn describe(self, manifest: &Manifest, text: &mut String) {
        let causes = Causes(manifest);
        let mut line = |difference: fmt::Arguments<'_>| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "\n  {difference}");
        };
        let mut linked = BTreeMap::new();
        for (name, package, location) in self.linked {
            if let Some((first, at)) = linked.insert(name, (package, location)) {
                line(format_args!(
                    "{name} is defined twice ({first}, {at} and {package}, {location}): {}",
                    self.rename
                ));
            }
        }
        let listed: BTreeMap<_, _> = self.listed.collect();
        for (name, package) in &listed {
            if !linked.contains_key(name) {
                let cause = causes.of_missing(name.text(), package);
                line(format_args!(
                    "{name} is in the manifest and was not linked: {cause}"
                ));
            }
        }
        for (name, (package, location)) in &linked {
            if !listed.contains_key(name) {
                let cause = causes.of_unlisted(name.text(), package, self.attribute);
                line(format_args!(
                    "{name} was linked ({package}, {location}) and is not in the manifest: {cause}"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
