//! Comparison of services, for their operators, for the publishers of the facts that they subscribe
//! to, and for the subscribers to the facts that they publish.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::failure;
use super::schema::Direction;
use super::{Affected, Changes, Severity, Subject, SubjectChanges};
use crate::model::Manifest;

pub(super) fn compare(old: &Manifest, new: &Manifest, changes: &mut Changes) {
    identity_fields(old, new, changes);
    identity(old, new, changes);
    needs(old, new, changes);
    layers(&old.layers, &new.layers, &mut changes.of_service());
    // Compared as JSON, by the names of the fields in the file.
    let sections = |manifest: &Manifest| serde_json::to_value(manifest).unwrap_or_default();
    let (old, new) = (sections(old), sections(new));
    subscriptions(&old, &new, changes);
    publications(&old, &new, changes);
    schedules(&old, &new, changes);
    settings(&old, &new, changes);
}

fn identity_fields(old: &Manifest, new: &Manifest, changes: &mut Changes) {
    let mut about = changes.of_service();
    if old.name != new.name {
        let what = format!(
            "was `{}`, is `{}`: image, unit, folders and, unless `HECATE_ORG` is set, the org are named after it",
            old.name, new.name
        );
        about.operators(Severity::Breaking, "name", what);
    }
    for (name, port) in &old.ports {
        match new.ports.get(name) {
            None => about.operators(Severity::Breaking, format!("ports.{name}"), "is gone"),
            Some(now) if now != port => {
                let what = format!("was {port}, is {now}");
                about.operators(Severity::Breaking, format!("ports.{name}"), what);
            }
            Some(_) => {}
        }
    }
    for name in new
        .ports
        .keys()
        .filter(|name| !old.ports.contains_key(*name))
    {
        about.operators(Severity::Note, format!("ports.{name}"), "is new");
    }
}

fn identity(old: &Manifest, new: &Manifest, changes: &mut Changes) {
    let (Some(old), Some(new)) = (&old.identity_spec, &new.identity_spec) else {
        return;
    };
    let mut about = changes.of_service();
    if old.scope != new.scope {
        let what = format!(
            "was `{}`, is `{}`: it needs a new certificate",
            old.scope, new.scope
        );
        about.operators(Severity::Breaking, "identity_spec.scope", what);
    }
    for (what, old, new) in [
        ("actions", &old.permissions, &new.permissions),
        ("resources", &old.resources, &new.resources),
    ] {
        let field = format!("identity_spec.{what}");
        let set = |all: &[String]| all.iter().cloned().collect::<BTreeSet<_>>();
        let (before, after) = (set(old), set(new));
        for value in after.difference(&before) {
            let what = format!("asks for `{value}` now: the realm must grant it");
            about.operators(Severity::Note, field.clone(), what);
        }
        for value in before.difference(&after) {
            let what = format!("no longer asks for `{value}`");
            about.operators(Severity::Note, field.clone(), what);
        }
    }
    if old.ttl_days != new.ttl_days {
        let what = format!("was {}, is {}", old.ttl_days, new.ttl_days);
        about.operators(Severity::Note, "identity_spec.ttl_days", what);
    }
}

/// Compares the layers of a service or of a capability, for operators.
pub(super) fn layers(old: &[String], new: &[String], about: &mut SubjectChanges<'_>) {
    if old != new {
        let text = |layers: &[String]| match layers {
            [] => "none".to_owned(),
            layers => format!("`{}`", layers.join("`, `")),
        };
        let what = format!("was {}, is {}", text(old), text(new));
        about.operators(Severity::Note, "layers", what);
    }
}

/// Compares what the service needs to run.
fn needs(old: &Manifest, new: &Manifest, changes: &mut Changes) {
    let mut about = changes.of_service();
    let set = |all: &Option<Vec<String>>| all.iter().flatten().cloned().collect::<BTreeSet<_>>();
    for service in set(&new.depends_on).difference(&set(&old.depends_on)) {
        about.operators(
            Severity::Note,
            "depends_on",
            format!("needs `{service}` now"),
        );
    }
    for name in new
        .volumes
        .keys()
        .filter(|name| !old.volumes.contains_key(*name))
    {
        about.operators(
            Severity::Note,
            format!("volumes.{name}"),
            "is new and must be mounted",
        );
    }
    for (field, old, new) in [
        (
            "min_realm_version",
            &old.min_realm_version,
            &new.min_realm_version,
        ),
        (
            "min_station_version",
            &old.min_station_version,
            &new.min_station_version,
        ),
        ("min_om_version", &old.min_om_version, &new.min_om_version),
    ] {
        if let Some(is) = new.as_ref().filter(|is| old.as_ref() != Some(is)) {
            let was = old.as_deref().map_or("none", |was| was);
            about.operators(Severity::Note, field, format!("was {was}, is {is}"));
        }
    }
}

/// Returns the entries of a list, by the value of `key`.
fn entries<'a>(manifest: &'a Value, list: &str, key: &str) -> BTreeMap<&'a str, &'a Value> {
    let all = manifest.get(list).and_then(Value::as_array);
    let named = |entry: &'a Value| Some((entry.get(key)?.as_str()?, entry));
    all.into_iter().flatten().filter_map(named).collect()
}

fn subject(name: &str) -> Subject {
    Subject {
        name: name.to_owned(),
        version: None,
    }
}

/// Compares subscriptions. Other nodes publish the facts, so a fact is compared like a request.
fn subscriptions(old: &Value, new: &Value, changes: &mut Changes) {
    let facts = Facts {
        list: "subscriptions",
        affects: Affected::Publishers,
        direction: Direction::Request,
        gone: (Severity::Note, "is no longer subscribed to"),
        new: "is subscribed to now",
    };
    facts.compare(old, new, changes);
}

/// Compares published facts. Within a version of the topic, only fields with a default may be
/// added.
fn publications(old: &Value, new: &Value, changes: &mut Changes) {
    let facts = Facts {
        list: "publications",
        affects: Affected::Subscribers,
        direction: Direction::Both,
        gone: (Severity::Breaking, "is no longer published"),
        new: "is published now",
    };
    facts.compare(old, new, changes);
}

/// A list of topics with the types of their facts.
struct Facts {
    list: &'static str,
    affects: Affected,
    direction: Direction,
    gone: (Severity, &'static str),
    new: &'static str,
}

impl Facts {
    fn compare(self, old: &Value, new: &Value, changes: &mut Changes) {
        let Self {
            list,
            affects,
            direction,
            gone,
            new: now,
        } = self;
        let (before, after) = (entries(old, list, "topic"), entries(new, list, "topic"));
        for (topic, was) in &before {
            let mut about = changes.about_subject(subject(topic));
            let Some(is) = after.get(topic) else {
                about.add(gone.0, affects, "", gone.1);
                continue;
            };
            match (was.get("fact_schema"), is.get("fact_schema")) {
                (Some(was), Some(is)) => about.schemas(affects, "fact", direction, (was, is)),
                _ if was.get("fact") != is.get("fact") => {
                    let name = |fact: &Value| fact["fact"].as_str().unwrap_or("none").to_owned();
                    let what = format!("was `{}`, is `{}`, by name only", name(was), name(is));
                    about.add(Severity::Breaking, affects, "fact", what);
                }
                _ => {}
            }
            failure::compare(was, is, &mut about);
        }
        for topic in after.keys().filter(|topic| !before.contains_key(*topic)) {
            let mut about = changes.about_subject(subject(topic));
            about.add(Severity::Additive, affects, "", now);
        }
    }
}

/// Compares the service's own settings, for operators.
fn settings(old: &Value, new: &Value, changes: &mut Changes) {
    let (before, after) = (
        entries(old, "settings", "variable"),
        entries(new, "settings", "variable"),
    );
    let is = |setting: &Value, field: &str| setting[field] == true;
    let text = |setting: &Value, field: &str| setting[field].as_str().map(str::to_owned);
    let shown =
        |value: Option<String>| value.map_or("none".to_owned(), |value| format!("`{value}`"));
    for (variable, was) in &before {
        let mut about = changes.about_subject(subject(variable));
        let Some(now) = after.get(variable) else {
            about.operators(Severity::Breaking, "", "is no longer a setting");
            continue;
        };
        if !is(was, "required") && is(now, "required") {
            about.operators(Severity::Breaking, "", "is required now");
        }
        if is(was, "secret") != is(now, "secret") {
            let what = if is(now, "secret") {
                "is a secret now: it has no flag, and its file is checked"
            } else {
                "is no longer a secret: it is not read from a file"
            };
            about.operators(Severity::Breaking, "", what);
        }
        if is(was, "reload") && !is(now, "reload") {
            let what = "is no longer changed by a reload: a new value needs a restart";
            about.operators(Severity::Note, "", what);
        }
        for (field, severity) in [("type", Severity::Undecided), ("default", Severity::Note)] {
            let (was, now) = (text(was, field), text(now, field));
            if was != now {
                let what = format!("was {}, is {}", shown(was), shown(now));
                about.operators(severity, field, what);
            }
        }
        let values = |setting: &Value| {
            let values = setting["values"].as_array().cloned().unwrap_or_default();
            let values = values.iter().filter_map(Value::as_str).map(str::to_owned);
            values.collect::<BTreeSet<_>>()
        };
        let (was, now) = (values(was), values(now));
        for value in was.difference(&now) {
            about.operators(Severity::Breaking, "values", format!("`{value}` is gone"));
        }
        for value in now.difference(&was).filter(|_| !was.is_empty()) {
            about.operators(Severity::Additive, "values", format!("`{value}` is new"));
        }
    }
    for (variable, now) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let mut about = changes.about_subject(subject(variable));
        if is(now, "required") {
            about.operators(Severity::Breaking, "", "is a new setting, and is required");
        } else {
            about.operators(Severity::Additive, "", "is a new setting");
        }
    }
}

fn schedules(old: &Value, new: &Value, changes: &mut Changes) {
    let (before, after) = (
        entries(old, "schedules", "name"),
        entries(new, "schedules", "name"),
    );
    let text = |entry: &Value| {
        let parts = ["every", "cron", "replicas"]
            .map(|key| Some(format!("{key} `{}`", entry.get(key)?.as_str()?)));
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    for (name, was) in &before {
        let mut about = changes.about_subject(subject(name));
        let Some(is) = after.get(name) else {
            about.operators(Severity::Note, "", "no longer runs on a schedule");
            continue;
        };
        if text(was) != text(is) {
            let what = format!("ran {}, runs {}", text(was), text(is));
            about.operators(Severity::Note, "", what);
        }
        failure::compare(was, is, &mut about);
    }
    for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let what = format!("runs on a schedule now, {}", text(is));
        changes
            .about_subject(subject(name))
            .operators(Severity::Note, "", what);
    }
}
