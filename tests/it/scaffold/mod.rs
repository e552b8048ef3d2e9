//! Services, slices and units that `hecate-om scaffold`, `slice add` and `quadlet` write.

mod build;
mod concurrent;
mod generate;
mod refusals;
mod rendered;
mod slices;
mod up;
mod workflow;
mod workspace_refusals;
mod workspaces;

use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om_tests::{Answer, Sandbox, binary};

/// Runs the command line with the variables that rustup needs to find a compiler.
fn cli(machine: &Sandbox, args: &[&str]) -> Answer {
    machine.run(with_compiler(
        machine.command(binary("hecate-om")).args(args),
    ))
}

fn with_compiler(command: &mut Command) -> &mut Command {
    let home = std::env::home_dir().unwrap_or_default();
    let of = |variable: &str, folder: &str| {
        std::env::var_os(variable).unwrap_or_else(|| home.join(folder).into())
    };
    command
        .env("RUSTUP_HOME", of("RUSTUP_HOME", ".rustup"))
        .env("CARGO_HOME", of("CARGO_HOME", ".cargo"))
        .envs(std::env::var_os("RUSTUP_TOOLCHAIN").map(|name| ("RUSTUP_TOOLCHAIN", name)))
}

/// Creates a service, and returns its folder.
#[track_caller]
fn scaffold(machine: &Sandbox, args: &[&str]) -> PathBuf {
    let args = [&["scaffold", "--path", "service"], args].concat();
    let answer = cli(machine, &args);
    assert_eq!(answer.code, 0, "{answer:?}");
    machine.path().join("service")
}

/// Returns all files in a folder, with their paths.
fn files(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(dir)
                .expect("the file is in the folder")
                .display();
            let text = std::fs::read_to_string(&path).expect("a file is text");
            found.push((name.to_string(), text));
        }
    }
    found.sort();
    found
}
