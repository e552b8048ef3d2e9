use hecate_om_manifest::Subscription;

use super::*;
use crate::capability::schema::no_schema;
use crate::capability::{HandlerFuture, Invocation};
use crate::publication::Publication;
use crate::schedule::{Schedule, When};
use crate::subscription::FactHandler;

fn capability(name: &'static str, location: &'static str) -> Capability {
    fn invoke(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(async { Ok(crate::codec::Payload::default()) })
    }
    Capability {
        package: "embed-corpus",
        location,
        ..Capability::new(name, invoke)
    }
}

fn manifest(capabilities: &[&str]) -> Manifest {
    Manifest {
        name: "hecate-rag".into(),
        capabilities: capabilities
            .iter()
            .map(|name| hecate_om_manifest::Capability {
                package: Some("embed-corpus".into()),
                ..hecate_om_manifest::Capability::new(*name, 1)
            })
            .collect(),
        ..Manifest::default()
    }
}

/// Returns the difference of the capabilities alone.
fn of(manifest: &Manifest, linked: &[Capability]) -> Option<String> {
    difference(manifest, linked, &Handlers::default())
}

#[track_caller]
fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
}

#[test]
fn equal_handlers_do_not_differ() {
    let linked = [capability("b", "1"), capability("a", "2")];
    assert_eq!(of(&manifest(&["a", "b"]), &linked), None);
}

#[test]
fn a_planned_capability_need_not_be_linked() {
    let mut manifest = manifest(&["a"]);
    manifest.capabilities[0].status = Some("planned".into());
    assert!(
        of(&manifest, &[]).is_some(),
        "a capability with a crate has code"
    );
    manifest.capabilities[0].package = None;
    assert_eq!(of(&manifest, &[]), None);
}

#[test]
fn an_unlinked_capability_is_named_with_its_crate_and_the_remedy() {
    let text = of(&manifest(&["a", "b"]), &[capability("a", "1")]).unwrap();
    assert_contains(
        &text,
        &[
            "this binary and its manifest differ\n  `b` version 1 is in the manifest and was not linked",
            "its crate `embed-corpus`",
            "write `use embed_corpus as _;`",
        ],
    );
}

#[test]
fn an_unlisted_capability_is_named_with_its_location() {
    let linked = [
        capability("a", "src/lib.rs:1"),
        capability("b", "src/lib.rs:9"),
    ];
    let text = of(&manifest(&["a"]), &linked).unwrap();
    let part = "`b` version 1 was linked (embed-corpus, src/lib.rs:9) and is not in the manifest";
    assert_contains(&text, &[part]);
}

#[test]
fn a_capability_defined_twice_is_named_with_both_locations() {
    let linked = [capability("a", "src/x.rs:1"), capability("a", "src/y.rs:2")];
    let text = of(&manifest(&["a"]), &linked).unwrap();
    assert_contains(
        &text,
        &["src/x.rs:1", "src/y.rs:2", "another name or version"],
    );
}

#[test]
fn each_difference_of_subscriptions_facts_and_schedules_is_named_with_its_remedy() {
    let fact = |topic| FactHandler {
        location: "src/a.rs:1",
        ..FactHandler::new(topic, |_| HandlerFuture::new(async { Ok(()) }))
    };
    const fn placed(location: &'static str) -> Publication {
        Publication::new("placed", "shop", location, "", "Placed", no_schema)
    }
    static PLACED: Publication = placed("src/a.rs:2");
    static PLACED_AGAIN: Publication = placed("src/a.rs:3");
    let handlers = Handlers {
        facts: ["a", "b", "b"].map(fact).to_vec(),
        publications: vec![&PLACED, &PLACED_AGAIN],
        schedules: vec![Schedule::new("prune", When::Every(1), |_| {
            HandlerFuture::new(async { Ok(()) })
        })],
    };
    let subscription = |topic: &str| Subscription {
        package: Some("embed-corpus".into()),
        ..Subscription::new(topic)
    };
    let manifest = Manifest {
        subscriptions: vec![subscription("a"), subscription("c")],
        publications: vec![hecate_om_manifest::Publication::new("paid")],
        ..manifest(&[])
    };
    let text = difference(&manifest, &[], &handlers).unwrap();
    assert_contains(
        &text,
        &[
            "the subscription to `b` was linked (hecate-om, src/a.rs:1) and is not in the manifest",
            "the subscription to `b` is defined twice",
            "the subscription to `c` is in the manifest and was not linked: its crate `embed-corpus`",
            "the fact of `placed` is defined twice (shop, src/a.rs:2 and shop, src/a.rs:3): give one another topic",
            "the fact of `placed` was linked (shop, src/a.rs:3) and is not in the manifest",
            "the fact of `paid` is in the manifest and was not linked",
            "the schedule `prune` was linked",
        ],
    );
}

#[test]
fn an_unlinked_handler_of_another_crate_is_no_difference() {
    let unmarked = Manifest {
        capabilities: vec![
            hecate_om_manifest::Capability::new("a.ours", 1),
            hecate_om_manifest::Capability::new("a.foreign", 1),
        ],
        schedules: vec![hecate_om_manifest::Schedule::new("nightly")],
        ..Manifest::default()
    };
    let none = Handlers::default();
    let differs = |manifest: &Manifest| {
        let manifest = without_foreign(manifest.clone(), &[], &none);
        difference(&manifest, &[], &none).unwrap()
    };
    assert_contains(&differs(&unmarked), &["a.ours", "a.foreign", "nightly"]);
    let text = differs(&unmarked.with_uncertain(&HandlerNames {
        capabilities: [("a.foreign".to_owned(), 1)].into(),
        schedules: ["nightly".to_owned()].into(),
        ..HandlerNames::default()
    }));
    assert_contains(&text, &["`a.ours` version 1 is in the manifest"]);
    assert!(
        !text.contains("a.foreign") && !text.contains("nightly"),
        "{text}"
    );
}
