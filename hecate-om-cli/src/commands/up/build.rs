//! Building: one `cargo build` for all services.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::workspace::{Package, Workspace};
use crate::output::Failure;

/// Services that are built, in the order of the workspace.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) services: Vec<(Package, Executable)>,
}

/// A service's program. It is the same as long as its file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Executable {
    pub(super) path: PathBuf,
    changed: Option<SystemTime>,
    size: u64,
}

/// A message of cargo, as far as it is used.
#[derive(Debug, Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

/// Builds the services. Returns `None` if they do not build; cargo has printed why.
///
/// Dropping the future ends cargo.
pub(super) async fn build(workspace: &Workspace) -> Result<Option<Built>, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--message-format=json-render-diagnostics"]);
    for service in &workspace.services {
        command.args(["--package", &service.name]);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new("failed", format!("cargo cannot be run: {error}"))
    };
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    let Some(messages) = child.stdout.take() else {
        return Err(failed(&"its output is not there"));
    };
    let mut lines = BufReader::new(messages).lines();
    let mut executables = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let message = serde_json::from_str::<Message>(&line).ok();
        if let Some(Message {
            target: Some(target),
            executable: Some(path),
        }) = message
        {
            executables.push((target.name, path));
        }
    }
    if !child.wait().await?.success() {
        return Ok(None);
    }
    let built = |service: &Package| {
        let of = |(name, _): &&(String, PathBuf)| *name == service.binary;
        let found = executables
            .iter()
            .find(of)
            .map(|(_, path)| Executable::at(path));
        let found = found.ok_or_else(|| {
            let text = format!(
                "cargo built no program `{}` of `{}`",
                service.binary, service.name
            );
            Failure::new("failed", text)
        })?;
        Ok::<_, Failure>((service.clone(), found?))
    };
    let services = workspace
        .services
        .iter()
        .map(built)
        .collect::<Result<_, _>>()?;
    Ok(Some(Built { services }))
}

impl Built {
    /// Returns the files that the services were built from, as cargo has recorded them.
    pub(super) fn sources(&self) -> BTreeSet<PathBuf> {
        let recorded = self.services.iter().filter_map(|(_, executable)| {
            std::fs::read_to_string(executable.path.with_extension("d")).ok()
        });
        recorded.flat_map(|text| sources(&text)).collect()
    }
}

impl Executable {
    fn at(path: &Path) -> std::io::Result<Self> {
        let file = std::fs::metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            changed: file.modified().ok(),
            size: file.len(),
        })
    }
}

/// Reads the dependencies of a file of cargo: `program: source source`, with spaces in names
/// escaped.
fn sources(text: &str) -> Vec<PathBuf> {
    let (_, listed) = text.split_once(": ").unwrap_or_default();
    let listed = listed.lines().next().unwrap_or_default();
    let mut sources = Vec::new();
    let mut name = String::new();
    let mut characters = listed.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => name.extend(characters.next()),
            ' ' => sources.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    sources.push(name);
    sources
        .into_iter()
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_cargo_writes_them() {
        let text =
            "/w/target/debug/shop: /w/Cargo.toml /w/my\\ shop/src/main.rs\n\n/w/Cargo.toml:\n";
        let expected = ["/w/Cargo.toml", "/w/my shop/src/main.rs"].map(PathBuf::from);
        assert_eq!(sources(text), expected);
        assert!(sources("").is_empty());
    }
}
