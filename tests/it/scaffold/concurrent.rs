//! Concurrent runs.

use std::process::{Child, Stdio};

use hecate_om_tests::{Sandbox, binary};

use super::with_compiler;
use super::workspaces::{read, scaffold, virtual_workspace};

/// Starts a run of the command line.
fn start(machine: &Sandbox, args: &[&str]) -> Child {
    let mut command = machine.command(binary("hecate-om"));
    with_compiler(command.args(args));
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("the command can be run")
}

#[track_caller]
fn all_succeed(runs: Vec<Child>) {
    for run in runs {
        let ended = run
            .wait_with_output()
            .expect("the process can be waited for");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{stderr}");
    }
}

#[test]
fn slices_that_are_added_at_once_are_all_there() {
    let machine = Sandbox::new();
    scaffold(&machine, "desk", &[]);
    let names: Vec<String> = (0..8).map(|n| format!("slice_{n}")).collect();
    let add = |name: &String| {
        let add = ["slice", "add", name, "--kind", "cmd", "--path", "desk"];
        start(&machine, &add)
    };
    all_succeed(names.iter().map(add).collect());
    let manifest = read(&machine, "desk/Cargo.toml");
    for name in names {
        let dependency = format!("{name} = {{ path = \"apps/{name}\" }}\n");
        assert!(manifest.contains(&dependency), "{name}: {manifest}");
        let members = manifest.split("members = [").nth(1).unwrap_or_default();
        assert!(
            members.contains(&format!("\"apps/{name}\"")),
            "{name}: {manifest}"
        );
    }
}

#[test]
fn services_and_slices_that_join_a_workspace_at_once_are_all_there() {
    let machine = virtual_workspace();
    scaffold(&machine, "acme/services/desk", &["--slices", "--bare"]);
    let mut runs = Vec::new();
    for n in 0..4 {
        let (name, path) = (format!("service-{n}"), format!("acme/new/service-{n}"));
        let service = [
            "scaffold",
            "--name",
            &name,
            "--description",
            "Does X",
            "--path",
            &path,
        ];
        runs.push(start(&machine, &service));
        let slice = format!("slice_{n}");
        let desk = ["--kind", "qry", "--path", "acme/services/desk"];
        runs.push(start(
            &machine,
            &[&["slice", "add", &slice][..], &desk].concat(),
        ));
    }
    all_succeed(runs);
    let root = read(&machine, "acme/Cargo.toml");
    let desk = read(&machine, "acme/services/desk/Cargo.toml");
    for n in 0..4 {
        assert!(root.contains(&format!("\"new/service-{n}\",\n")), "{root}");
        assert!(desk.contains(&format!("\nslice_{n} = ")), "{desk}");
    }
}
