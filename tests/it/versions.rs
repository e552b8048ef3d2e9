//! Versions of a capability side by side, and one that goes away.

use hecate_om_tests::{Exposition, Sandbox, get};
use serde_json::{Value, json};

#[test]
fn two_versions_are_served_side_by_side_and_what_goes_away_is_said_to_all() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    for (procedure, answer) in [("trial.text", "Hello"), ("trial.text_v2", "HELLO")] {
        let procedure = format!("hecate-trial/{procedure}");
        for _ in 0..2 {
            let said = machine.cli(&["call", &procedure, r#""Hello""#]);
            assert_eq!(said.stdout, json!(answer).to_string(), "{said:?}");
        }
    }

    // To callers: in the manifest, on the mesh, and by the command line.
    let deprecated = json!({"since": "0.1.0", "use": "trial.text version 2"});
    let of = |all: &Value, version: u32| {
        let all = all.as_array().expect("a list of capabilities");
        let is = |one: &&Value| one["name"] == "trial.text" && one["version"] == version;
        all.iter().find(is).expect("it is there")["deprecated"].clone()
    };
    let printed = machine
        .run(machine.service("hecate-trial").arg("manifest"))
        .json();
    let describe = "hecate-trial/hecate-trial.describe_capabilities";
    let described = machine.cli(&["call", describe, "--json"]).json();
    for all in [&printed["capabilities"], &described["result"]["rpc"]] {
        assert_eq!(of(all, 1), deprecated);
        assert_eq!(of(all, 2), Value::Null);
    }
    let described = machine.cli(&["describe", "hecate-trial/trial.text"]);
    let line = "  deprecated  since 0.1.0: use trial.text version 2";
    assert!(described.stdout.contains(line), "{}", described.stdout);

    // To the operator: how often each is called, and once a boot that it still is.
    let (_, page) = get(&trial.health, "/metrics").expect("the health listener answers");
    let page = Exposition::parse(&page);
    let calls = |procedure: &str| {
        let labels = [("rpc_method", procedure), ("outcome", "ok")];
        page.value("hecate_calls_total", &labels)
    };
    let counts = ["hecate-trial/trial.text", "hecate-trial/trial.text_v2"].map(calls);
    assert_eq!(counts, [2.0, 2.0], "{page:?}");
    trial.process.signal("TERM");
    let (_, log) = trial.process.end();
    let said = log.matches("a deprecated capability is still called");
    assert_eq!(said.count(), 1, "{log}");
}

/// The capability of the trial that the tests change, in its descriptor.
fn document(descriptor: &mut Value) -> &mut Value {
    let all = descriptor["capabilities"].as_array_mut();
    let mut all = all.expect("a list of capabilities").iter_mut();
    all.find(|one| one["name"] == "trial.document")
        .expect("it is there")
}

#[test]
fn a_diff_of_manifests_says_what_breaks_whom_and_ends_by_it() {
    let machine = Sandbox::new();
    let write = |name: &str, manifest: &Value| {
        std::fs::write(machine.path().join(name), manifest.to_string()).expect("it can be written");
    };
    let diff = |args: &[&str]| machine.cli(&[&["manifest", "diff"], args].concat());
    let old = machine
        .run(machine.service("hecate-trial").arg("manifest"))
        .json();
    let mut more = old.clone();
    document(&mut more)["request_schema"]["properties"]["colour"] = json!({"type": "string"});
    let mut less = old.clone();
    document(&mut less)["request_schema"]["properties"]["pages"]["maximum"] = json!(99);
    for (name, manifest) in [
        ("manifest.json", &old),
        ("more.json", &more),
        ("less.json", &less),
    ] {
        write(name, manifest);
    }

    let same = diff(&["manifest.json", "manifest.json"]);
    assert_eq!((same.code, &*same.stdout), (0, ""), "{same:?}");
    let additive = diff(&["manifest.json", "more.json"]);
    assert_eq!(additive.code, 0, "{additive:?}");
    let line = json!({"severity": "additive", "affects": "callers",
        "subject": {"name": "trial.document", "version": 1},
        "place": "request `colour`", "what": "is new and optional"});
    assert_eq!(additive.json(), line);
    let breaking = diff(&["manifest.json", "less.json"]);
    assert_eq!(
        (breaking.code, &breaking.json()["severity"]),
        (1, &json!("breaking")),
        "{breaking:?}"
    );

    // Against what was committed.
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        let git = machine.run(machine.command("git").args(identity).args(args));
        assert_eq!(git.code, 0, "{git:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "manifest.json"]);
    git(&["commit", "-q", "-m", "as it was"]);
    assert_eq!(diff(&["--against", "HEAD"]).code, 0);
    write("manifest.json", &less);
    let against = diff(&["--against", "HEAD"]);
    assert_eq!(against.code, 1, "{against:?}");
    assert!(
        against.stdout.contains("its maximum was 4294967295, is 99"),
        "{against:?}"
    );
    write("manifest.json", &old);

    // Against what runs.
    let unreachable = diff(&["--live"]);
    assert_eq!(unreachable.code, 2, "{unreachable:?}");
    let mut service = machine.service("hecate-trial");
    service.env_remove("HECATE_GUARD_LIMITS");
    let _trial = hecate_om_tests::Service::start(&mut service);
    let live = diff(&["--live"]);
    assert_eq!((live.code, &*live.stdout), (0, ""), "{live:?}");
    assert_eq!(diff(&["--live", "less.json"]).code, 1);

    for (args, why) in [
        (&["manifest.json"][..], "write two files"),
        (&["manifest.json", "none.json"], "none.json"),
        (&["--against", "nowhere"], "nowhere:./manifest.json"),
        (&["--against", "HEAD", "-"], "name it"),
    ] {
        let answer = diff(args);
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stderr.contains(why), "{answer:?}");
    }
}
