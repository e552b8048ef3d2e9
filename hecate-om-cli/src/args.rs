//! What the command line may say.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Write, run and call mesh services.
///
/// The commands that reach the mesh find the development mesh of this machine by themselves; where the stations
/// of a realm are set as for a service (MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS, HECATE_REALM,
/// HECATE_REALM_KEY), they go there.
#[derive(Debug, Parser)]
#[command(name = "hecate-om", version)]
pub(crate) struct Args {
    /// Answer in JSON: `{"ok": true, "result": …}` or `{"ok": false, "error": {…}}`
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the development mesh of this machine on its own, until Ctrl-C
    Dev(Dev),
    /// List the services on the mesh and what they offer
    Ls(Ls),
    /// Say what a capability takes, answers and allows
    Describe(Describe),
    /// Call a procedure: JSON in, JSON out
    Call(Call),
    /// Read a service's manifest
    #[command(subcommand)]
    Manifest(Manifest),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Dev {
    /// The cryptographic profile of the mesh
    #[arg(long, default_value = "pq_pure", value_parser = ["pq_pure", "pq_hybrid"])]
    pub(crate) profile: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ls {
    /// Only what this org offers
    pub(crate) org: Option<String>,
    /// How long to wait for the mesh and for each service
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Describe {
    /// The procedure, `<org>/<name>`; or an org, for all it offers
    #[arg(value_parser = procedure_or_org)]
    pub(crate) procedure: String,
    /// How long to wait for the mesh and for the service
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Call {
    /// The procedure, `<org>/<name>`
    #[arg(value_parser = procedure)]
    pub(crate) procedure: String,
    /// The request as JSON; `-` reads it from standard input, `@FILE` from a file; none is null
    #[arg(allow_negative_numbers = true)]
    pub(crate) request: Option<String>,
    /// How long to wait for the answer, at most 10m
    #[arg(long, default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Call this node, 64 hex digits, not any that serves the procedure
    #[arg(long, value_parser = node_id)]
    pub(crate) provider: Option<hecate_om::NodeId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Manifest {
    /// Show a manifest, ours or the ancestor's, for people
    Show {
        /// The file
        file: PathBuf,
    },
}

/// What the runtime takes for a procedure, seen before there is a mesh: a malformed invocation is one without.
fn procedure(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some((org, name)) if !org.is_empty() && org != "_" && !name.is_empty() => Ok(text.into()),
        _ => Err("write `<org>/<name>`, as in `hecate-echo/echo.say`".into()),
    }
}

fn procedure_or_org(text: &str) -> Result<String, String> {
    match text.contains('/') || text.is_empty() || text == "_" {
        true => procedure(text),
        false => Ok(text.into()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write `500ms`, `5s` or `2m`"))?;
    let range = Duration::from_millis(1)..=Duration::from_secs(600);
    match range.contains(&parsed) {
        true => Ok(parsed),
        false => Err("it must lie between 1ms and 10m".into()),
    }
}

fn node_id(text: &str) -> Result<hecate_om::NodeId, String> {
    text.parse()
        .map_err(|error: hecate_om::NodeIdError| error.to_string())
}
