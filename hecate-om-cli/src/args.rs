//! The command line: global flags and the list of commands.

use clap::{Parser, Subcommand};

use crate::commands::bench::BenchArgs;
use crate::commands::call::CallArgs;
use crate::commands::client::ClientArgs;
use crate::commands::describe::DescribeArgs;
use crate::commands::dev::DevArgs;
use crate::commands::facts::FactsCommand;
use crate::commands::gateway::GatewayArgs;
use crate::commands::ls::LsArgs;
use crate::commands::manifest::ManifestCommand;
use crate::commands::mcp::McpArgs;
use crate::commands::publish::PublishArgs;
use crate::commands::quadlet::QuadletArgs;
use crate::commands::slice::SliceCommand;
use crate::commands::token::TokenArgs;
use crate::commands::top::TopArgs;
use crate::commands::up::{LogsArgs, RunArgs, UpArgs};
use crate::commands::version::VersionArgs;
use crate::commands::watch::WatchArgs;
use crate::examples;
use crate::flags::MeshFlags;
use crate::scaffold::ScaffoldArgs;

/// Write, run and call mesh services.
///
/// Commands that connect to a mesh use the development mesh of this machine, unless the mesh
/// options or the environment (MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS, HECATE_REALM,
/// HECATE_REALM_KEY) name the stations of a realm.
///
/// Exit codes: 0 for success, 1 for a refusal or failure, 2 for an invalid invocation, 3 for a
/// comparison of manifests that finds no breaking change but cannot compare everything.
#[derive(Debug, Parser)]
#[command(name = "hecate-om", version, after_long_help = examples::ALL)]
pub(crate) struct Args {
    /// Print JSON: `{"ok": true, "result": …}` or `{"ok": false, "error": {…}}`
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) mesh: MeshFlags,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the development mesh of this machine without a service, until Ctrl-C
    Dev(DevArgs),
    /// Build and run the services of a workspace on the development mesh, until Ctrl-C
    #[command(after_long_help = examples::UP)]
    Up(UpArgs),
    /// Show the services that `up` runs
    Ps,
    /// Print the logs of the services that `up` runs
    Logs(LogsArgs),
    /// Drain the services that `up` runs, and end it
    Down,
    /// Run a service that ends with its parent
    #[command(hide = true)]
    RunChild(RunArgs),
    /// List the services on the mesh and their procedures
    Ls(LsArgs),
    /// Show a capability's kind, types, limits and access
    Describe(DescribeArgs),
    /// Call a procedure, unary or streaming, with JSON
    #[command(after_long_help = examples::CALL)]
    Call(CallArgs),
    /// Measure a procedure's latency and throughput
    #[command(after_long_help = examples::BENCH)]
    Bench(BenchArgs),
    /// Monitor the services on the mesh: status, calls and latency
    #[command(after_long_help = examples::TOP)]
    Top(TopArgs),
    /// Publish facts to a topic
    #[command(after_long_help = examples::PUBLISH)]
    Publish(PublishArgs),
    /// Subscribe to a topic and print its facts
    #[command(after_long_help = examples::WATCH)]
    Watch(WatchArgs),
    /// List, show, replay or drop the dead letters of a service: facts and runs that its handlers
    /// failed to handle
    #[command(subcommand)]
    Facts(FactsCommand),
    /// Serve capabilities over HTTP as JSON, described by OpenAPI
    #[command(after_long_help = examples::GATEWAY)]
    Gateway(GatewayArgs),
    /// Serve capabilities as tools of an agent (MCP), on standard input and output
    #[command(after_long_help = examples::MCP)]
    Mcp(McpArgs),
    /// Print this client's node id, to which tokens are issued
    #[command(after_long_help = examples::IDENTITY)]
    Identity,
    /// Sign a token that lets a node call restricted capabilities
    #[command(after_long_help = examples::TOKEN)]
    Token(TokenArgs),
    /// Generate shell completions
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions {
        /// Shell that reads them
        shell: clap_complete::Shell,
    },
    /// Generate a Rust client crate for a service, with its types
    #[command(after_long_help = examples::CLIENT)]
    Client(ClientArgs),
    /// Show, compare or check manifests
    #[command(subcommand)]
    Manifest(ManifestCommand),
    /// Create a new service: source, tests, image, systemd units, workflows
    #[command(after_long_help = examples::SCAFFOLD)]
    Scaffold(ScaffoldArgs),
    /// Add slices to a service
    #[command(subcommand)]
    Slice(SliceCommand),
    /// Print, write or check a service's systemd units (Podman Quadlet), generated from its
    /// manifest
    #[command(after_long_help = examples::QUADLET)]
    Quadlet(QuadletArgs),
    /// Print the version of hecate-om
    #[command(after_long_help = examples::VERSION)]
    Version(VersionArgs),
}
