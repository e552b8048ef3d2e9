//! Tokens signed by `hecate-om token`.

use hecate_om_tests::Sandbox;

const NODE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

#[test]
fn a_token_of_the_development_realm_lets_its_node_make_a_restricted_call_and_no_other_node() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let me = machine.cli(&["identity", "--identity", "me.key"]).stdout;
    let signed = machine.cli(&["token", "--can", "trial/members", "--for", &me]);
    assert_eq!(signed.code, 0, "{signed:?}");
    std::fs::write(machine.path().join("token.txt"), &signed.stdout).unwrap();
    let call = |procedure: &str, identity: &str| {
        let token = ["--ucan", "token.txt", "--identity", identity, "--json"];
        machine.cli(&[&["call", procedure][..], &token].concat())
    };
    let answer = call("hecate-trial/trial.members", "me.key");
    assert_eq!(answer.json()["result"], 1, "{answer:?}");
    for (procedure, identity) in [
        ("hecate-trial/trial.members", "other.key"),
        // A permission that the token lacks, and a capability of another issuer.
        ("hecate-trial/trial.default_access", "me.key"),
        ("hecate-trial/trial.issuer_only", "me.key"),
    ] {
        let refused = call(procedure, identity);
        assert_eq!(refused.code, 1, "{procedure} {identity}: {refused:?}");
        assert_eq!(refused.json()["error"]["code"], "unauthorized");
    }
    // Without a token, the error names the required one.
    for (procedure, needed) in [
        (
            "hecate-trial/trial.members",
            "grant the permission `trial/members`",
        ),
        (
            "hecate-trial/trial.issuer_only",
            "the token must be issued by the node ",
        ),
    ] {
        let refused = machine.cli(&["call", procedure]);
        assert!(refused.stderr.contains(needed), "{refused:?}");
        let benched = machine.cli(&["bench", procedure, "--calls", "1"]);
        assert!(benched.stderr.contains(needed), "{benched:?}");
    }
    let described = machine.cli(&["describe", "hecate-trial/trial.members"]);
    let access = "access       realm_member(\"trial/members\")\n";
    assert!(described.stdout.contains(access), "{described:?}");
}

#[test]
fn a_key_in_a_missing_folder_is_refused_and_the_folder_is_not_created() {
    let machine = Sandbox::new();
    let token = ["token", "--can", "parcels/*", "--for", NODE];
    let refused = machine.cli(&[&token[..], &["--key", "keys/office.key"]].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    let why = "the folder of `keys/office.key` does not exist";
    assert!(refused.stderr.contains(why), "{refused:?}");
    assert!(!machine.path().join("keys").exists());
    // A permission that looks like a mistake is signed with a warning.
    let signed = machine.cli(&[&token[..], &["--key", "office.key"]].concat());
    assert_eq!(signed.code, 0, "{signed:?}");
    assert!(
        signed.stderr.contains("`*` is not a wildcard"),
        "{signed:?}"
    );
}

#[test]
fn an_issuers_key_is_created_once_and_another_file_is_left_unchanged() {
    let machine = Sandbox::new();
    let sign = |more: &[&str]| {
        let token = [
            "token",
            "--can",
            "parcels/register",
            "--for",
            NODE,
            "--json",
        ];
        machine.cli(&[&token[..], more].concat())
    };
    let acme = ["--key", "office.key", "--with", "mri:org:io.macula/acme"];
    let first = sign(&acme);
    assert_eq!(first.code, 0, "{first:?}");
    let first = first.json()["result"].clone();
    assert_eq!(first["audience"], NODE);
    assert_eq!(first["with"], "mri:org:io.macula/acme");
    assert_eq!(first["can"], serde_json::json!(["parcels/register"]));
    let again = sign(&[
        "--key",
        "office.key",
        "--realm",
        "io.macula",
        "--expires",
        "30d",
    ]);
    let again = again.json()["result"].clone();
    assert_eq!(again["issuer"], first["issuer"]);
    assert_eq!(again["with"], "mri:realm:io.macula");
    assert!(again["expires_at"].as_u64() > first["expires_at"].as_u64());

    std::fs::write(machine.path().join("notes.txt"), "my notes").unwrap();
    let refused = sign(&["--key", "notes.txt"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(refused.json()["error"]["code"], "bad_key");
    let notes = std::fs::read_to_string(machine.path().join("notes.txt")).unwrap();
    assert_eq!(notes, "my notes");
}

#[test]
fn a_token_without_an_issuer_or_with_flags_of_no_effect_is_refused() {
    let machine = Sandbox::new();
    let token = ["token", "--can", "a", "--for", NODE, "--json"];
    let none = machine.cli(&token);
    assert_eq!(none.code, 1, "{none:?}");
    assert_eq!(none.json()["error"]["code"], "no_mesh");
    let seed = format!("127.0.0.1:1@{NODE}");
    for wrong in [
        &["--realm", "io.macula"][..],
        &["--key", "a.key", "--realm", NODE],
        &["--key", "a.key", "--seed", &seed],
        &["--key", "a.key", "--with", "acme"],
        &["--key", "a.key", "--expires", "0s"],
    ] {
        let refused = machine.cli(&[&token[..], wrong].concat());
        assert_eq!(refused.code, 2, "{wrong:?}: {refused:?}");
    }
    assert!(!machine.path().join("a.key").exists());
}
