//! `slice add`: adds a slice to a service.

use clap::Subcommand;

use crate::examples;
use crate::output::{Failure, Output};
use crate::scaffold::{self, AddSliceArgs, SliceKind};

#[derive(Debug, Subcommand)]
pub(crate) enum SliceCommand {
    /// Add a package under `apps` and link it into the service
    #[command(after_long_help = examples::SLICE)]
    Add(AddSliceArgs),
}

pub(crate) fn run(args: &AddSliceArgs, output: &Output) -> Result<(), Failure> {
    let written = scaffold::add(args)?;
    output.print_result(&written, || {
        let member = written
            .workspace
            .as_ref()
            .map(|root| format!(", a member of the workspace in `{}`", root.display()));
        let next = match args.kind {
            SliceKind::Cmd | SliceKind::Qry => {
                "the next `cargo build` adds its capability to manifest.json"
            }
            SliceKind::Prj => "to let capabilities borrow it, pass it to `boot.provide` in `start`",
        };
        format!(
            "added the slice `{}` in `{}`{}; changed: {}; {next}",
            written.name,
            written.path.display(),
            member.unwrap_or_default(),
            written.changed_files(),
        )
    })
}
