//! Comparison of capabilities, for their callers.

use std::collections::BTreeMap;
use std::time::Duration;

use hecate_om_grammar::{Access, Confidential, Dedupe, DedupeStore};
use serde_json::json;

use super::schema::Direction;
use super::{Affected, Changes, Severity, SubjectChanges, limits};
use crate::model::{Capability, Manifest};

/// Name and version.
type Key<'a> = (&'a str, u32);

pub(super) fn compare(old: &Manifest, new: &Manifest, changes: &mut Changes) {
    let (before, after) = (served(old), served(new));
    for (key, capability) in &before {
        match after.get(key) {
            Some(now) => compare_capability(capability, now, &mut changes.about(capability)),
            None => report_removed(capability, &after, &mut changes.about(capability)),
        }
    }
    for (key, capability) in &after {
        if !before.contains_key(key) {
            let mut about = changes.about(capability);
            about.callers(Severity::Additive, "", "is new");
        }
    }
    let described = |all: &BTreeMap<Key<'_>, &Capability>| {
        let has_types = |capability: &&&Capability| {
            capability.request.is_some() || capability.response.is_some()
        };
        all.values()
            .filter(has_types)
            .all(|capability| is_described(capability))
    };
    if !described(&before) || !described(&after) {
        changes.of_service().callers(
            Severity::Note,
            "",
            "requests and responses are compared only by the names of their types: for their schemas, compare \
             the output of `<service> manifest` of both binaries",
        );
    }
}

fn served(manifest: &Manifest) -> BTreeMap<Key<'_>, &Capability> {
    let served = manifest
        .capabilities
        .iter()
        .filter(|capability| !capability.is_planned());
    served
        .map(|capability| ((capability.name.as_str(), capability.version), capability))
        .collect()
}

fn is_described(capability: &Capability) -> bool {
    capability.response_schema.is_some() || capability.request_schema.is_some()
}

fn report_removed(
    capability: &Capability,
    after: &BTreeMap<Key<'_>, &Capability>,
    about: &mut SubjectChanges<'_>,
) {
    let name = capability.name.as_str();
    let others: Vec<String> = after
        .range((name, 0)..=(name, u32::MAX))
        .map(|((_, version), _)| format!("version {version}"))
        .collect();
    let what = match others.as_slice() {
        [] => "is gone".to_owned(),
        [other] => format!("is gone; {other} is served"),
        others => format!("is gone; {} are served", others.join(", ")),
    };
    about.callers(Severity::Breaking, "", what);
}

fn compare_capability(old: &Capability, new: &Capability, about: &mut SubjectChanges<'_>) {
    if let (Some(was), Some(is)) = (&old.procedure, &new.procedure)
        && was != is
    {
        let what = format!("was `{was}`, is `{is}`");
        about.callers(Severity::Breaking, "procedure", what);
    }
    if old.kind != new.kind {
        let what = format!("was `{}`, is `{}`", old.kind.name(), new.kind.name());
        about.callers(Severity::Breaking, "kind", what);
    }
    access(old.access.as_ref(), new.access.as_ref(), about);
    confidential(old.confidential, new.confidential, about);
    match (old.idempotent, new.idempotent) {
        (true, false) => {
            let what = "is no longer idempotent: a retry may run a call twice";
            about.callers(Severity::Breaking, "idempotent", what);
        }
        (false, true) => about.callers(Severity::Additive, "idempotent", "is idempotent now"),
        _ => {}
    }
    dedupe(old.dedupe, new.dedupe, about);
    deprecated(old, new, about);
    super::service::layers(&old.layers, &new.layers, about);
    limits::compare(old, new, about);
    if old.kind == new.kind {
        if is_described(old) && is_described(new) {
            schemas(old, new, about)
        } else {
            names(old, new, about)
        }
    }
}

fn dedupe(old: Option<Dedupe>, new: Option<Dedupe>, about: &mut SubjectChanges<'_>) {
    let (severity, what) = match (old, new) {
        (Some(_), None) => {
            let what = "takes no keys any more: a request with a key is refused";
            (Severity::Breaking, what.to_owned())
        }
        (None, Some(_)) => (Severity::Additive, "takes keys of requests now".to_owned()),
        (Some(was), Some(is)) if was != is => {
            let is_weaker = is.window_ms < was.window_ms
                || (was.store, is.store) == (DedupeStore::Disk, DedupeStore::Memory);
            let text = |dedupe: Dedupe| {
                let place = match dedupe.store {
                    DedupeStore::Memory => "in memory",
                    DedupeStore::Disk => "on disk",
                };
                format!("for {:?} {place}", Duration::from_millis(dedupe.window_ms))
            };
            let what = format!("kept answers {}, keeps them {}", text(was), text(is));
            let severity = if is_weaker {
                Severity::Breaking
            } else {
                Severity::Additive
            };
            (severity, what)
        }
        _ => return,
    };
    about.callers(severity, "dedupe", what);
}

fn access(old: Option<&Access>, new: Option<&Access>, about: &mut SubjectChanges<'_>) {
    let (old, new) = (old.unwrap_or(&Access::Open), new.unwrap_or(&Access::Open));
    if old == new {
        return;
    }
    let text = |access: &Access| match access {
        Access::Open => "open".to_owned(),
        Access::RealmMember { permission } => {
            format!("for members of the realm with the permission `{permission}`")
        }
        Access::Ucan { issuer } => format!("for tokens of `{issuer}`"),
        Access::UcanFrom { setting } => format!("for tokens of the issuer in `{setting}`"),
        Access::Nodes(nodes) => match nodes.as_slice() {
            [] => "for nobody".to_owned(),
            nodes => format!("for the nodes `{}`", nodes.join("`, `")),
        },
        Access::NodesFrom { setting } => format!("for the nodes in `{setting}`"),
    };
    let what = format!("was {}, is {}", text(old), text(new));
    match new {
        Access::Open => {
            about.callers(Severity::Additive, "access", what.clone());
            about.operators(
                Severity::Note,
                "access",
                format!("{what}: anyone may call it now"),
            );
        }
        _ if is_wider(old, new) => about.callers(Severity::Additive, "access", what),
        _ => about.callers(Severity::Breaking, "access", what),
    }
}

/// Returns whether each node of the old list is in the new one.
fn is_wider(old: &Access, new: &Access) -> bool {
    match (old, new) {
        (Access::Nodes(old), Access::Nodes(new)) => old.iter().all(|node| new.contains(node)),
        _ => false,
    }
}

fn confidential(
    old: Option<Confidential>,
    new: Option<Confidential>,
    about: &mut SubjectChanges<'_>,
) {
    use Confidential::{Off, Preferred, Required};
    let (severity, what) = match (old, new) {
        (Some(Off), Some(Off)) | (Some(Required), Some(Required)) => return,
        // By default, both encrypted and unencrypted requests are accepted.
        (None | Some(Preferred), None | Some(Preferred)) => return,
        (_, Some(Required)) => (Severity::Breaking, "accepts only encrypted requests now"),
        (Some(Preferred | Required), Some(Off)) => {
            (Severity::Breaking, "no longer accepts encrypted requests")
        }
        (Some(Required), _) => (Severity::Additive, "also accepts unencrypted requests now"),
        (Some(Off), _) => (Severity::Additive, "accepts encrypted requests now"),
        // The default does not promise to accept encrypted requests.
        (None, Some(Off)) => (
            Severity::Note,
            "declares now that it accepts no encrypted requests",
        ),
    };
    about.callers(severity, "confidential", what);
}

fn deprecated(old: &Capability, new: &Capability, about: &mut SubjectChanges<'_>) {
    let what = match (&old.deprecated, &new.deprecated) {
        (_, Some(now)) if old.deprecated.as_ref() != Some(now) => {
            let instead = now.instead.as_ref();
            let instead = instead
                .map(|text| format!(": use {text}"))
                .unwrap_or_default();
            format!("is deprecated since {}{instead}", now.since)
        }
        (Some(_), None) => "is no longer deprecated".to_owned(),
        _ => return,
    };
    about.callers(Severity::Note, "deprecated", what);
}

/// Compares schemas. A missing payload is null on the wire.
fn schemas(old: &Capability, new: &Capability, about: &mut SubjectChanges<'_>) {
    let nothing = json!({"type": "null"});
    match (&old.request_schema, &new.request_schema) {
        (Some(_), None) => {
            let what = "is ignored now";
            about.callers(Severity::Note, "request", what);
        }
        (was, is) => {
            let pair = (
                was.as_ref().unwrap_or(&nothing),
                is.as_ref().unwrap_or(&nothing),
            );
            about.schemas(Affected::Callers, "request", Direction::Request, pair);
        }
    }
    let response = |capability: &'_ Capability| {
        capability
            .response_schema
            .clone()
            .unwrap_or_else(|| nothing.clone())
    };
    let pair = (&response(old), &response(new));
    about.schemas(Affected::Callers, "response", Direction::Response, pair);
    if let (Some(was), Some(is)) = (&old.inbound_schema, &new.inbound_schema) {
        about.schemas(Affected::Callers, "inbound", Direction::Request, (was, is));
    }
}

/// Compares the names of types, if there are no schemas.
fn names(old: &Capability, new: &Capability, about: &mut SubjectChanges<'_>) {
    for (place, was, is) in [
        ("request", &old.request, &new.request),
        ("response", &old.response, &new.response),
        ("inbound", &old.inbound, &new.inbound),
    ] {
        let (severity, what) = match (was, is) {
            (Some(was), Some(is)) if was != is => (
                Severity::Breaking,
                format!("was `{was}`, is `{is}`, by name only"),
            ),
            (None, Some(is)) if place == "request" && old.response.is_some() => (
                Severity::Breaking,
                format!("was none, is `{is}`, by name only"),
            ),
            (Some(was), None) if place == "request" && new.response.is_some() => {
                (Severity::Note, format!("was `{was}`, is ignored now"))
            }
            _ => continue,
        };
        about.callers(severity, place, what);
    }
}
