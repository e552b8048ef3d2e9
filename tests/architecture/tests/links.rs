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

/// The modules that may call them: the router, and the module that serves at the configured
/// stations, which the pool dials itself.
const MAY_DIAL: &[&str] = &["mesh::connection::router", "mesh::serve::serving"];

#[test]
fn only_the_router_dials_stations() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hecate-om/src/lib.rs");
    let dialing: Vec<String> = method_calls(&root)
        .into_iter()
        .filter(|call| call.receiver == "pool" && DIALING.contains(&call.method.as_str()))
        .map(|call| format!("{}: pool.{}", call.from.join("::"), call.method))
        .collect();
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
