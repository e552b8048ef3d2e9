//! Arguments of `scaffold` and `slice add`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is not given and has no default is asked for on a terminal.
#[derive(Debug, Args)]
pub(crate) struct ScaffoldArgs {
    /// The name of the service, its image and its unit, as in `hecate-newservice`
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What it does, in one sentence
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// The organisation at the forge and the registry; without one the image is this machine's own
    #[arg(long)]
    pub(crate) org: Option<String>,
    /// The registry of its image
    #[arg(long)]
    pub(crate) registry: Option<String>,
    /// The licence: `Apache-2.0`, `MIT` or `LicenseRef-Proprietary`
    #[arg(long)]
    pub(crate) license: Option<String>,
    /// Make it a workspace of slices: commands, projections, queries
    #[arg(long)]
    pub(crate) slices: bool,
    /// Leave out the example: no capability yet
    #[arg(long)]
    pub(crate) bare: bool,
    /// The TCP port of its health listener
    #[arg(long)]
    pub(crate) health_port: Option<String>,
    /// The image that its own is built in, by digest; goes with --runtime-image
    #[arg(long)]
    pub(crate) builder_image: Option<String>,
    /// The image that its own is built on, by digest; goes with --builder-image
    #[arg(long)]
    pub(crate) runtime_image: Option<String>,
    /// The folder to write, which must not be there; the name, where it is not given
    #[arg(long)]
    pub(crate) path: Option<PathBuf>,
    /// Source of hecate-om: `path:<dir>` (it builds on this machine only) or `git:<url>` [default: the registry]
    #[arg(long, value_name = "FROM")]
    pub(crate) framework: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AddSliceArgs {
    /// Its name, as in `embed_corpus`
    pub(crate) name: String,
    /// A command (`cmd`), a projection (`prj`) or a query (`qry`)
    #[arg(long)]
    pub(crate) kind: SliceKind,
    /// The folder of the service's Cargo.toml
    #[arg(long, default_value = ".")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SliceKind {
    Cmd,
    Prj,
    Qry,
}
