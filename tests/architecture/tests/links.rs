//! The modules that open links to stations.

use std::path::Path;

use hecate_om_architecture::method_calls;

/// Methods of the SDK's `Pool` that may dial a station.
const DIALING: &[&str] = &[
    "call",
    "call_report",
    "get_content",
    "link_to",
    "open_stream",
];

/// The modules that may call them: the router, and the module that waits for the links to the
/// configured stations, which the pool dials itself.
const MAY_DIAL: &[&str] = &[
    "mesh::connection::router",
    "mesh::connection::station_links",
];

/// Methods of the SDK's `Pool` that use the links of calls for facts.
const FACTS: &[&str] = &["publish", "subscribe"];

/// Returns the calls of `methods` of the pool, each behind its module.
fn pool_calls(methods: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hecate-om/src/lib.rs");
    let calls = method_calls(&root).into_iter();
    calls
        .filter(|call| call.receiver == "pool" && methods.contains(&call.method.as_str()))
        .map(|call| format!("{}: pool.{}", call.from.join("::"), call.method))
        .collect()
}

#[test]
fn only_the_router_dials_stations() {
    let dialing = pool_calls(DIALING);
    for module in MAY_DIAL {
        assert!(
            dialing.iter().any(|call| call.starts_with(module)),
            "`{module}` no longer dials: {dialing:?}"
        );
    }
    let others: Vec<&String> = dialing
        .iter()
        .filter(|call| !MAY_DIAL.iter().any(|module| call.starts_with(module)))
        .collect();
    assert!(
        others.is_empty(),
        "use `Uplink::router`, which shares the links: {others:#?}"
    );
}

#[test]
fn facts_use_no_links_of_calls() {
    let calls = pool_calls(FACTS);
    assert!(
        calls.is_empty(),
        "use the links of `station_links`: {calls:#?}"
    );
}
