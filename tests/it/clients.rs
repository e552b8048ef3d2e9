//! Clients that `hecate-om client` generates, compared with those in `tests/clients`, which are
//! compiled and called here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use hecate_om::call::Callable;
use hecate_om_test_clients::{echo, odd, rag, trial};
use hecate_om_tests::{Answer, Sandbox, runtime, workspace};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Writes a client into `out`.
fn write(machine: &Sandbox, from: &str, out: &str) -> Answer {
    machine.cli(&[
        "client",
        "--from",
        from,
        "--out",
        out,
        "--name",
        "some-client",
    ])
}

fn read(machine: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(machine.path().join(path)).expect("the file was written")
}

/// Writes the complete descriptor of a service to a file of the machine, and returns the file's
/// name.
fn descriptor(machine: &Sandbox, service: &str) -> String {
    let printed = machine.run(machine.service(service).arg("manifest"));
    let name = format!("{service}.json");
    std::fs::write(machine.path().join(&name), printed.stdout).expect("the file is written");
    name
}

#[test]
fn the_client_of_each_service_is_the_one_that_is_compiled_here() {
    let machine = Sandbox::new();
    let odd = workspace().join("tests/clients/odd.json");
    let odd = odd.to_str().expect("a path of text").to_owned();
    for (from, kept) in [
        (
            descriptor(&machine, "hecate-echo"),
            expect_file!["../clients/src/echo.rs"],
        ),
        (odd, expect_file!["../clients/src/odd.rs"]),
        (
            descriptor(&machine, "hecate-rag"),
            expect_file!["../clients/src/rag.rs"],
        ),
        (
            descriptor(&machine, "hecate-trial"),
            expect_file!["../clients/src/trial.rs"],
        ),
    ] {
        let written = write(&machine, &from, "out");
        assert_eq!(written.code, 0, "{written:?}");
        let lib = read(&machine, "out/src/lib.rs");
        kept.assert_eq(&lib);
        // A second run writes the same bytes.
        assert_eq!(write(&machine, &from, "again").code, 0);
        assert_eq!(read(&machine, "again/src/lib.rs"), lib);
        let package = read(&machine, "out/Cargo.toml");
        assert!(package.contains("name = \"some-client\""), "{package}");
        let needs_json = lib.contains("::serde_json::");
        assert_eq!(package.contains("serde_json ="), needs_json, "{package}");
    }
}

#[test]
fn a_client_is_generated_from_a_service_on_the_mesh() {
    let machine = Sandbox::new();
    let from = descriptor(&machine, "hecate-trial");
    let _trial = machine.start("hecate-trial");
    for (from, out) in [(&*from, "file"), ("hecate-trial", "mesh")] {
        let written = write(&machine, from, out);
        assert_eq!(written.code, 0, "{written:?}");
    }
    assert_eq!(
        read(&machine, "mesh/src/lib.rs"),
        read(&machine, "file/src/lib.rs")
    );
}

#[test]
fn the_framework_flag_sets_the_source_of_hecate_om() {
    let machine = Sandbox::new();
    let from = descriptor(&machine, "hecate-echo");
    let root = workspace().to_str().expect("a path of text");
    let path = format!("path:{root}");
    for (framework, expected) in [
        (path.as_str(), format!("path = \"{root}/hecate-om\"")),
        (
            "git:https://forge.example/om",
            "git = \"https://forge.example/om\"".to_owned(),
        ),
        ("0.3", "version = \"0.3\"".to_owned()),
    ] {
        let written = machine.cli(&[
            "client",
            "--from",
            &from,
            "--out",
            "out",
            "--framework",
            framework,
        ]);
        assert_eq!(written.code, 0, "{written:?}");
        let package = read(&machine, "out/Cargo.toml");
        assert!(package.contains(&expected), "{package}");
    }
}

#[test]
fn an_error_of_client_says_what_to_do() {
    let machine = Sandbox::new();
    let plain = workspace().join("examples/echo/manifest.json");
    let plain = write(&machine, plain.to_str().expect("a path of text"), "out");
    assert_eq!(plain.code, 1, "{plain:?}");
    assert!(
        plain.stderr.contains("`<service> manifest > service.json`"),
        "{plain:?}"
    );
    let absent = write(&machine, "none.json", "out");
    assert!(absent.stderr.contains("none.json"), "{absent:?}");
    let from = descriptor(&machine, "hecate-echo");
    let named = machine.cli(&["client", "--from", &from, "--name", "1st client"]);
    assert!(named.stderr.contains("`--name`"), "{named:?}");
    assert!(!Path::new(&machine.path().join("out")).exists());
}

/// Returns all files below a folder, with their content.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a folder").path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            let content = std::fs::read(&path).expect("a file");
            all.insert(path, content);
        }
    }
    all
}

#[test]
fn a_folder_with_files_of_the_user_is_unchanged() {
    let machine = Sandbox::new();
    let from = descriptor(&machine, "hecate-echo");
    assert_eq!(write(&machine, &from, "client").code, 0);
    let client = read(&machine, "client/Cargo.toml");
    let lib = "src/lib.rs";
    let own = "[package]\nname = \"own\"\n";
    for (case, files) in [
        (
            "a crate of the user's",
            vec![("Cargo.toml", own), (lib, "fn own() {}\n")],
        ),
        ("a virtual workspace", vec![("Cargo.toml", "[workspace]\n")]),
        ("sources without a manifest", vec![(lib, "fn own() {}\n")]),
        ("notes", vec![("notes.txt", "mine")]),
        (
            "a client whose source was replaced",
            vec![("Cargo.toml", &client), (lib, "fn own() {}\n")],
        ),
    ] {
        let folder = machine.path().join(case);
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder"))
                .expect("the folder is created");
            std::fs::write(path, text).expect("the file is written");
        }
        let before = contents(&folder);
        let refused = write(&machine, &from, case);
        assert_eq!(refused.code, 1, "{case}: {refused:?}");
        assert!(refused.stderr.contains("`--out`"), "{case}: {refused:?}");
        assert_eq!(contents(&folder), before, "{case}");
    }
    // A broken link counts as existing.
    let linked = machine.path().join("linked");
    std::os::unix::fs::symlink(machine.path().join("nowhere"), &linked)
        .expect("the link is created");
    assert_eq!(write(&machine, &from, "linked").code, 1);
    assert!(!machine.path().join("nowhere").exists());
    let refused = write(&machine, &from, &from);
    assert!(refused.stderr.contains("is not a folder"), "{refused:?}");
    // The folder of a client is written again, even after a build, and so is an empty folder.
    std::fs::create_dir_all(machine.path().join("client/target")).expect("the folder is created");
    std::fs::create_dir_all(machine.path().join("empty")).expect("the folder is created");
    for out in ["client", "empty"] {
        let written = write(&machine, &from, out);
        assert_eq!(written.code, 0, "{written:?}");
        assert_eq!(read(&machine, &format!("{out}/Cargo.toml")), client);
    }
}

#[test]
fn a_folder_in_place_of_a_descriptor_is_named() {
    let machine = Sandbox::new();
    std::fs::create_dir_all(machine.path().join("some/rag.json")).expect("the folder is created");
    for from in ["some/", "some/rag.json"] {
        let refused = write(&machine, from, "out");
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("is a folder"), "{refused:?}");
    }
    // A name without a path is an org, even if a folder has that name.
    let refused = write(&machine, "some", "out");
    assert!(!refused.stderr.contains("irectory"), "{refused:?}");
    assert!(!refused.stderr.contains("is a folder"), "{refused:?}");
}

#[test]
#[expect(
    deprecated,
    reason = "the compiler warns of a capability that goes away"
)]
fn a_written_client_calls_the_running_services() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let _trial = machine.start("hecate-trial");
    let _rag = crate::rag::start(&machine);
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let hello = "Hello".to_owned();
        assert_eq!(mesh.call::<echo::echo_say>(&hello).await, Ok(hello.clone()));
        assert_eq!(
            mesh.call::<trial::trial_text>(&hello).await,
            Ok(hello.clone())
        );
        let louder = mesh.call::<trial::trial_text_v2>(&hello).await;
        assert_eq!(louder, Ok("HELLO".to_owned()));

        let document = trial::types::trial_document::Document {
            title: "Tides".to_owned(),
            public: true,
            pages: 3,
            tags: vec!["sea".to_owned()],
            note: None,
        };
        let answered = mesh.call::<trial::trial_document>(&document).await;
        assert_eq!(answered, Ok(document), "a boolean is one on both sides");
        let numbered = [(1, "one".to_owned()), (7, "seven".to_owned())].into();
        let answered = mesh.call::<trial::trial_numbered>(&numbered).await;
        assert_eq!(answered, Ok(numbered));

        let (mut words, mut shouts) = mesh.open::<trial::trial_shout>(&hello).await.unwrap();
        words.send(&hello).await.unwrap();
        assert_eq!(shouts.next().await, Some(Ok("HELLO".to_owned())));
        words.finish().await.unwrap();

        let question = rag::types::rag_answer_query::AnswerQuery {
            question: "What happens to calls in flight when a service drains?".to_owned(),
            limit: None,
        };
        let answer = mesh.call::<rag::rag_answer_query>(&question).await.unwrap();
        assert!(!answer.passages.is_empty(), "{answer:?}");
        client.close().await;
    });
}

/// The constants of a generated type, and the provider's schemas.
#[test]
#[expect(deprecated, reason = "the second version goes away")]
fn a_generated_type_has_the_values_of_the_descriptor() {
    assert_eq!((odd::r#type::NAME, odd::r#type::VERSION), ("type", 1));
    assert_eq!(odd::type_v2::VERSION, 2);
    assert_eq!(odd::type_v2::ORG, Some("hecate-odd"));
    let flags = (
        odd::type_v2::GATED,
        odd::type_v2::CONFIDENTIAL,
        odd::type_v2::IDEMPOTENT,
    );
    assert_eq!(flags, (true, true, true));
    let flags = (
        odd::u32_::GATED,
        odd::u32_::CONFIDENTIAL,
        odd::u32_::IDEMPOTENT,
    );
    assert_eq!(flags, (false, false, false));
    assert!((odd::u32_::SCHEMAS.request)().is_none());
    let descriptor: Value =
        serde_json::from_str(include_str!("../clients/odd.json")).expect("a descriptor");
    let schema = (odd::r#type::SCHEMAS.request)().expect("the request has a schema");
    assert_eq!(
        schema.to_value(),
        descriptor["capabilities"][0]["request_schema"]
    );
}

/// Deserializes a value as the type, and serializes it again.
fn through<T: Serialize + DeserializeOwned>(value: &Value) -> Value {
    let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{e}: {value}"));
    serde_json::to_value(read).expect("the value is JSON")
}

#[test]
#[expect(deprecated, reason = "the second version goes away")]
fn odd_types_read_and_write_values_of_their_schemas() {
    type RequestOf<T> = <T as Callable>::Request;
    type ResponseOf<T> = <T as Callable>::Response;
    let tree =
        json!({"leaf": "a", "trees": [{"leaf": "b", "trees": [], "next": null}], "next": null});
    assert_eq!(through::<RequestOf<odd::r#type>>(&tree), tree);
    for shape in [
        json!("none"),
        json!("some-thing"),
        json!({"circle": {"r": 0.5}}),
        json!({"pair": [1, "x"]}),
    ] {
        assert_eq!(through::<RequestOf<odd::type_v2>>(&shape), shape);
    }
    for event in [
        json!({"kind": "made", "id": 7}),
        json!({"kind": "lost", "sure": true, "why": null}),
    ] {
        assert_eq!(through::<ResponseOf<odd::type_v2>>(&event), event);
    }
    // One type for both directions: defaults replace missing fields of a request.
    let full = json!({"at": 1, "type": "plain", "on": true, "list": []});
    let read = through::<RequestOf<odd::odd_same>>(&json!({"at": 1}));
    assert_eq!(
        (&read["at"], &read["type"], &read["on"]),
        (&full["at"], &full["type"], &full["on"])
    );
    let other = json!({"a": {"quite": "b"}});
    assert_eq!(through::<ResponseOf<odd::other_same>>(&other), other);
    let numbers = json!({"-1": 0.5, "2": 1.5});
    assert_eq!(through::<ResponseOf<odd::u32_>>(&numbers), numbers);
    for either in [json!(1), json!(["a"])] {
        assert_eq!(through::<ResponseOf<odd::_2nd_of_all>>(&either), either);
    }
}
