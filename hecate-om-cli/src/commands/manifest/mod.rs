//! `manifest`: shows, compares and checks manifests.

mod check;
mod diff;
mod show;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use hecate_om_gateway::json::without_mark;
use hecate_om_manifest::{Capability, Manifest};

use self::diff::DiffArgs;
use crate::examples;
use crate::file::read_or_stdin;
use crate::flags::MeshFlags;
use crate::output::{Failure, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum ManifestCommand {
    /// Show a manifest
    Show {
        /// Manifest file; `-` is standard input
        file: PathBuf,
    },
    /// Compare two manifests, and report which changes break callers or operators
    ///
    /// A manifest is `manifest.json`, or the complete descriptor that `<service> manifest` prints.
    /// Only the descriptor has the JSON Schemas of requests and responses; without them, types are
    /// compared by name only.
    #[command(after_long_help = examples::DIFF)]
    Diff(DiffArgs),
    /// Check that manifest.json is up to date with the source; also as `manifest --check`
    #[command(long_flag = "check", after_long_help = examples::CHECK)]
    Check {
        /// Folder of the service's Cargo.toml
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
}

pub(crate) async fn run(
    command: &ManifestCommand,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    match command {
        ManifestCommand::Show { file } => {
            mesh.refuse("`manifest show`")?;
            show::run(file, output)
        }
        ManifestCommand::Check { dir } => {
            mesh.refuse("`manifest check`")?;
            check::run(dir, output)
        }
        ManifestCommand::Diff(args) => diff::run(args, mesh, output).await,
    }
}

/// Reads a manifest or a complete descriptor; `-` is standard input.
pub(crate) fn read(file: &Path) -> Result<Manifest, String> {
    let text = read_or_stdin(file)
        .map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    parse(&text).map_err(|why| format!("`{}`: {why}", file.display()))
}

/// Parses a manifest, and refuses one that lists a capability twice.
pub(crate) fn parse(text: &str) -> Result<Manifest, String> {
    let manifest = Manifest::parse(without_mark(text)).map_err(|error| error.to_string())?;
    let mut listed = BTreeSet::new();
    for Capability { name, version, .. } in &manifest.capabilities {
        if !listed.insert((name, version)) {
            return Err(format!("`{name}` version {version} is listed twice"));
        }
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_ignored() {
        assert_eq!(parse("\u{feff}{\"name\": \"a\"}").unwrap().name, "a");
    }

    #[test]
    fn a_capability_that_is_listed_twice_is_refused() {
        let with = |capabilities: &str| {
            parse(&format!(
                r#"{{"name": "a", "capabilities": [{capabilities}]}}"#
            ))
        };
        let twice = with(r#""a.b", {"name": "a.b", "version": 2}, {"name": "a.b"}"#);
        assert_eq!(twice.unwrap_err(), "`a.b` version 1 is listed twice");
        assert!(with(r#""a.b", {"name": "a.b", "version": 2}, "a.c""#).is_ok());
    }
}
