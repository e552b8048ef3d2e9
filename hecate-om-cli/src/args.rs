//! The commands and their flags.

use clap::{Parser, Subcommand};

use crate::commands::bench::BenchArgs;
use crate::commands::call::CallArgs;
use crate::commands::client::ClientArgs;
use crate::commands::describe::DescribeArgs;
use crate::commands::dev::DevArgs;
use crate::commands::ls::LsArgs;
use crate::commands::manifest::ManifestCommand;
use crate::commands::publish::PublishArgs;
use crate::commands::quadlet::QuadletArgs;
use crate::commands::slice::SliceCommand;
use crate::commands::token::TokenArgs;
use crate::commands::top::TopArgs;
use crate::commands::watch::WatchArgs;
use crate::examples;
use crate::flags::MeshFlags;
use crate::scaffold::ScaffoldArgs;

/// Write, run and call mesh services.
///
/// Commands that connect to a mesh use the development mesh of this machine, unless the stations of a realm are
/// named: by the mesh options, or by the variables of a service (MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS,
/// HECATE_REALM, HECATE_REALM_KEY).
///
/// Exit codes: 0 for success, 1 for a refusal or failure, 2 for a malformed invocation, 3 for a comparison of
/// manifests that finds no break but cannot compare everything.
#[derive(Debug, Parser)]
#[command(name = "hecate-om", version, after_long_help = examples::ALL)]
pub(crate) struct Args {
    /// Answer in JSON: `{"ok": true, "result": …}` or `{"ok": false, "error": {…}}`
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) mesh: MeshFlags,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the development mesh of this machine on its own, until Ctrl-C
    Dev(DevArgs),
    /// List the services on the mesh and what they offer
    Ls(LsArgs),
    /// Describe a capability: its kind, types, limits and access
    Describe(DescribeArgs),
    /// Call a procedure: JSON in, JSON out
    #[command(after_long_help = examples::CALL)]
    Call(CallArgs),
    /// Measure how fast a procedure answers
    #[command(after_long_help = examples::BENCH)]
    Bench(BenchArgs),
    /// Monitor the services on the mesh: status, calls and latency
    #[command(after_long_help = examples::TOP)]
    Top(TopArgs),
    /// Publish facts under a topic
    #[command(after_long_help = examples::PUBLISH)]
    Publish(PublishArgs),
    /// Print the facts of a topic as they arrive
    #[command(after_long_help = examples::WATCH)]
    Watch(WatchArgs),
    /// Print this client's node id, to which tokens are issued
    #[command(after_long_help = examples::IDENTITY)]
    Identity,
    /// Sign a token by which a node may call restricted capabilities
    #[command(after_long_help = examples::TOKEN)]
    Token(TokenArgs),
    /// Generate shell completions
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Generate a Rust client crate for a service, with its types
    #[command(after_long_help = examples::CLIENT)]
    Client(ClientArgs),
    /// Read a service's manifest
    #[command(subcommand)]
    Manifest(ManifestCommand),
    /// Write the repository of a new service: source, tests, image, unit, workflows
    #[command(after_long_help = examples::SCAFFOLD)]
    Scaffold(ScaffoldArgs),
    /// Change the slices of a service's workspace
    #[command(subcommand)]
    Slice(SliceCommand),
    /// Print, write or check the systemd units (Podman Quadlet) of a service, made from its manifest
    #[command(after_long_help = examples::QUADLET)]
    Quadlet(QuadletArgs),
}
