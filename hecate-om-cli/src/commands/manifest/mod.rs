//! `manifest`: what a service's manifest says, and how two differ.

mod check;
mod diff;
mod show;

use std::path::Path;

use hecate_om_manifest::Manifest;

use crate::args;
use crate::file::read_or_stdin;
use crate::flags::MeshFlags;
use crate::output::{Failure, Output};

pub(crate) async fn run(
    args: &args::Manifest,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    match args {
        args::Manifest::Show { file } => {
            mesh.refuse("`manifest show`")?;
            show::run(file, output)
        }
        args::Manifest::Check { dir } => {
            mesh.refuse("`manifest check`")?;
            check::run(dir, output)
        }
        args::Manifest::Diff(args) => diff::run(args, mesh, output).await,
    }
}

/// Reads a manifest: plain, or the complete descriptor that a binary prints; `-` is standard input.
pub(crate) fn read(file: &Path) -> Result<Manifest, String> {
    let text = read_or_stdin(file)
        .map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    Manifest::parse(&text).map_err(|error| format!("`{}`: {error}", file.display()))
}
