//! Access rules in the command line's output; the trial service's own tests call restricted
//! capabilities.

use hecate_om_tests::Sandbox;

#[test]
fn the_access_of_capabilities_is_described_to_everyone() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    for (name, access) in [
        ("trial.members", "trial/members"),
        ("trial.issuer_only", "00112233445566778899aabbccddeeff"),
        ("trial.default_access", "trial/run"),
        ("trial.count", "open"),
    ] {
        let described = machine.cli(&["describe", &format!("hecate-trial/{name}")]);
        assert_eq!(described.code, 0, "{described:?}");
        assert!(described.stdout.contains(access), "{name}: {described:?}");
    }
    let answer = machine.cli(&["call", "hecate-trial/trial.members", "--json"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(answer.json()["error"]["code"], "unauthorized");
}
