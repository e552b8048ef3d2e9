//! Tokens signed by `hecate-om token`.

use hecate_om::macula::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use hecate_om::macula::ucan::Options;
use hecate_om_tests::{Sandbox, WAIT_LIMIT, in_seconds, runtime, signed_token};

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

#[test]
fn a_token_of_another_realm_issuer_node_resource_or_time_is_refused_before_the_handler_runs() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let realm = machine.realm_key();
    let other = NodeKey::generate_identity(realm.profile(), PUZZLE_DIFFICULTY).unwrap();
    let hour = || Options {
        exp: in_seconds(3_600),
        ..Options::default()
    };
    let expired = Options {
        exp: in_seconds(-3_600),
        ..Options::default()
    };
    let early = Options {
        nbf: Some(in_seconds(1_800)),
        ..hour()
    };
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let me = mesh.node_id();
        let somebody = NODE.parse().unwrap();
        let (whole, permission) = ("mri:realm:hecate.dev", "trial/members");
        let call = |token: String| {
            let call = mesh.procedure("hecate-trial/trial.members");
            let call = call.timeout(WAIT_LIMIT).ucan(token.parse().unwrap());
            async move { call.call::<_, u64>(&()).await }
        };
        for (case, token) in [
            (
                "issuer",
                signed_token(&other, me, whole, permission, &hour()),
            ),
            (
                "node",
                signed_token(&realm, somebody, whole, permission, &hour()),
            ),
            (
                "permission",
                signed_token(&realm, me, whole, "trial/other", &hour()),
            ),
            (
                "realm",
                signed_token(&realm, me, "mri:realm:other.dev", permission, &hour()),
            ),
            (
                "org",
                signed_token(&realm, me, "mri:org:hecate.dev/acme", permission, &hour()),
            ),
            (
                "org of another realm",
                signed_token(
                    &realm,
                    me,
                    "mri:org:other.dev/hecate-trial",
                    permission,
                    &hour(),
                ),
            ),
            (
                "procedure",
                signed_token(
                    &realm,
                    me,
                    "mri:proc:hecate.dev/hecate-trial/trial.run",
                    permission,
                    &hour(),
                ),
            ),
            (
                "expired",
                signed_token(&realm, me, whole, permission, &expired),
            ),
            (
                "not yet valid",
                signed_token(&realm, me, whole, permission, &early),
            ),
        ] {
            let refused = call(token).await;
            assert_eq!(refused.unwrap_err().code(), "unauthorized", "{case}");
        }
        let valid = signed_token(&realm, me, whole, permission, &hour());
        assert_eq!(call(valid).await, Ok(1), "none ran before");
        client.close().await;
    });
}
