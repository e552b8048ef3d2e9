//! Arguments of `scaffold` and `slice add`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// On a terminal, missing values without a default are prompted for.
#[derive(Debug, Args)]
pub(crate) struct ScaffoldArgs {
    /// Name of the service, its image and its unit, as in `hecate-newservice`
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What the service does, in one sentence
    #[arg(long)]
    pub(crate) description: Option<String>,
    /// Organisation on the forge and the registry; without it, the image is local to this machine
    #[arg(long)]
    pub(crate) org: Option<String>,
    /// Registry of the image
    #[arg(long)]
    pub(crate) registry: Option<String>,
    /// Licence: `Apache-2.0`, `MIT` or `LicenseRef-Proprietary`
    #[arg(long)]
    pub(crate) license: Option<String>,
    /// Create a workspace of slices: commands, projections, queries
    #[arg(long)]
    pub(crate) slices: bool,
    /// Leave out the example capability
    #[arg(long)]
    pub(crate) bare: bool,
    /// TCP port of the health listener
    #[arg(long)]
    pub(crate) health_port: Option<String>,
    /// Base image of the build, by digest; requires --runtime-image
    #[arg(long)]
    pub(crate) builder_image: Option<String>,
    /// Base image of the result, by digest; requires --builder-image
    #[arg(long)]
    pub(crate) runtime_image: Option<String>,
    /// Folder to create [default: the name]
    #[arg(long)]
    pub(crate) path: Option<PathBuf>,
    /// Source of hecate-om: `path:<dir>` (builds on this machine only) or `git:<url>` [default: the
    /// registry]
    #[arg(long, value_name = "FROM")]
    pub(crate) framework: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AddSliceArgs {
    /// Name of the slice, as in `embed_corpus`
    pub(crate) name: String,
    /// Command (`cmd`), projection (`prj`) or query (`qry`)
    #[arg(long)]
    pub(crate) kind: SliceKind,
    /// Folder of the service's Cargo.toml
    #[arg(long, default_value = ".")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SliceKind {
    Cmd,
    Prj,
    Qry,
}
