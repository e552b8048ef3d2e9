//! `manifest diff`: compares two manifests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;
use hecate_om_manifest::Manifest;
use hecate_om_manifest::diff::{Change, Severity, between};
use serde::Serialize;

use crate::commands::description;
use crate::flags::MeshFlags;
use crate::output::{Failure, Output};
use crate::terminal::table;
use crate::value_parsers::{TIMEOUT, duration, org};

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// OLD and NEW; with `--against` or `--live` only NEW [default: `manifest.json`]. `-` is
    /// standard input
    #[arg(num_args = 0..=2, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Compare with the same file in this git revision
    #[arg(long, value_name = "REV", conflicts_with = "live")]
    pub(crate) against: Option<String>,
    /// Compare with the running service on the mesh
    #[arg(long)]
    pub(crate) live: bool,
    /// Org of the running service [default: the service's name]
    #[arg(long, requires = "live", value_parser = org)]
    pub(crate) org: Option<String>,
    /// Time limit for the mesh and for the service, at most 10m [default: 5s]
    #[arg(long, requires = "live", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
}

pub(crate) async fn run(args: &DiffArgs, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    if !args.live {
        mesh.refuse("`manifest diff` without `--live`")?;
    }
    let (old, new) = sides(args, mesh).await?;
    let changes = between(&old, &new);
    let count = |severity| {
        let of = changes.iter().filter(|change| change.severity == severity);
        of.count()
    };
    let (breaking, undecided) = (count(Severity::Breaking), count(Severity::Undecided));
    if output.is_human_readable() || output.is_json() {
        let mut sum = format!(
            "breaking: {breaking}, additive: {}, note: {}",
            count(Severity::Additive),
            count(Severity::Note)
        );
        if undecided > 0 {
            sum.push_str(&format!(", undecided: {undecided}"));
        }
        let rows: Vec<Vec<String>> = changes.iter().map(row).collect();
        output.print_result(&changes, || {
            if changes.is_empty() {
                "no changes".to_owned()
            } else {
                format!("{}\n{sum}", table(&rows))
            }
        })?;
    } else {
        for change in &changes {
            output.print_item(change, String::new)?;
        }
    }
    match (breaking, undecided) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::undecided()),
        _ => Err(Failure::silent()),
    }
}

/// Returns the old and the new manifest. Exit code 1 reports a breaking change, so a manifest that
/// cannot be read ends with 2, as an invalid invocation.
async fn sides(args: &DiffArgs, mesh: &MeshFlags) -> Result<(Manifest, Manifest), Failure> {
    let here = Path::new("manifest.json");
    let read = |file: &Path| super::read(file).map_err(Failure::malformed);
    match (args.files.as_slice(), &args.against, args.live) {
        ([old, new], None, false) if [old, new].iter().all(|file| file.as_os_str() == "-") => {
            Err(Failure::malformed(
                "only one manifest can be read from standard input; name a file for the other",
            ))
        }
        ([old, new], None, false) => Ok((read(old)?, read(new)?)),
        ([], Some(revision), false) => Ok((at(revision, here)?, read(here)?)),
        ([new], Some(revision), false) => Ok((at(revision, new)?, read(new)?)),
        (files @ ([] | [_]), None, true) => {
            let new = read(files.first().map_or(here, PathBuf::as_path))?;
            let org = args.org.clone().unwrap_or_else(|| new.name.clone());
            let old =
                description::fetch_manifest(&org, mesh, args.timeout.unwrap_or(TIMEOUT)).await;
            let old = old.map_err(Failure::into_malformed)?;
            // Only these are compared: the description of a service has nothing else.
            let old = Manifest {
                capabilities: old.capabilities,
                publications: old.publications,
                name: new.name.clone(),
                ..new.clone()
            };
            Ok((old, description::with_procedures_in(&org, new)))
        }
        _ => Err(Failure::malformed(
            "name two files, OLD and NEW, or at most NEW with `--against` or `--live`",
        )),
    }
}

/// Reads the file in a git revision.
fn at(revision: &str, file: &Path) -> Result<Manifest, Failure> {
    let (folder, name) = match (file.parent(), file.file_name()) {
        (Some(folder), Some(name)) if file.as_os_str() != "-" => (folder, name.to_string_lossy()),
        _ => {
            let why = "`--against` needs a file in a git repository; name it";
            return Err(Failure::malformed(why));
        }
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let object = format!("{revision}:./{name}");
    let shown = Command::new("git")
        .arg("-C")
        .arg(folder)
        // The revision must not be read as an option.
        .args(["show", "--end-of-options", &object])
        .output()
        .map_err(|error| Failure::malformed(format!("`git` cannot be run: {error}")))?;
    if !shown.status.success() {
        let why = String::from_utf8_lossy(&shown.stderr);
        return Err(Failure::malformed(format!(
            "`git show {object}`: {}",
            why.trim()
        )));
    }
    let text = String::from_utf8_lossy(&shown.stdout);
    super::parse(&text).map_err(|why| Failure::malformed(format!("`{object}`: {why}")))
}

fn row(change: &Change) -> Vec<String> {
    vec![
        json_name(&change.severity),
        json_name(&change.affects),
        change.to_string(),
    ]
}

/// Returns an enum's value as in JSON.
fn json_name(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
