//! A service in an integration test. The test that its attribute writes compares the linked
//! handlers with the manifest of this program, which is not that of the package's binary.

/// A service of the test's own.
#[om::hecate_service(crate = ::om, main = false)]
#[derive(Default)]
struct Tested;

#[om::capability("tested.say", crate = ::om)]
async fn say(text: String) -> String {
    text
}

#[test]
fn the_manifest_is_that_of_the_test() {
    let manifest: &str = include!(env!("HECATE_OM_MANIFESTS"));
    assert!(manifest.contains("\"tested.say\"") && !manifest.contains("\"stranger.say\""));
}
