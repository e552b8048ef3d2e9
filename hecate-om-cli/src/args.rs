//! The commands and their flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use hecate_om_manifest::{MAX_PROCEDURE_BYTES, OrgName};

use crate::commands::bench::Bench;
use crate::commands::call::Call;
use crate::commands::publish::Publish;
use crate::commands::token::Token;
use crate::commands::top::Top;
use crate::commands::watch::Watch;
use crate::examples;
use crate::flags::MeshFlags;

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
    Dev(Dev),
    /// List the services on the mesh and what they offer
    Ls(Ls),
    /// Describe a capability: its kind, types, limits and access
    Describe(Describe),
    /// Call a procedure: JSON in, JSON out
    #[command(after_long_help = examples::CALL)]
    Call(Call),
    /// Measure how fast a procedure answers
    #[command(after_long_help = examples::BENCH)]
    Bench(Bench),
    /// Monitor the services on the mesh: status, calls and latency
    #[command(after_long_help = examples::TOP)]
    Top(Top),
    /// Publish facts under a topic
    #[command(after_long_help = examples::PUBLISH)]
    Publish(Publish),
    /// Print the facts of a topic as they arrive
    #[command(after_long_help = examples::WATCH)]
    Watch(Watch),
    /// Print this client's node id, to which tokens are issued
    #[command(after_long_help = examples::IDENTITY)]
    Identity,
    /// Sign a token by which a node may call restricted capabilities
    #[command(after_long_help = examples::TOKEN)]
    Token(Token),
    /// Generate shell completions
    #[command(after_long_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Generate a Rust client crate for a service, with its types
    #[command(after_long_help = examples::CLIENT)]
    Client(Client),
    /// Read a service's manifest
    #[command(subcommand)]
    Manifest(Manifest),
    /// Write the repository of a new service: source, tests, image, unit, workflows
    #[command(after_long_help = examples::SCAFFOLD)]
    Scaffold(Scaffold),
    /// Change the slices of a service's workspace
    #[command(subcommand)]
    Slice(Slice),
    /// Print, write or check the systemd units (Podman Quadlet) of a service, made from its manifest
    #[command(after_long_help = examples::QUADLET)]
    Quadlet(Quadlet),
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
    #[arg(value_parser = org)]
    pub(crate) org: Option<String>,
    /// List also what is no service's: the procedures of the realm and of the runtimes
    #[arg(long)]
    pub(crate) all: bool,
    /// How long to wait for the mesh and for each service, at most 10m
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Describe {
    /// The procedure, `<org>/<name>`; or an org, for all it offers
    #[arg(value_parser = procedure_or_org)]
    pub(crate) procedure: String,
    /// How long to wait for the mesh and for the service, at most 10m
    #[arg(long, default_value = "5s", value_parser = duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Client {
    /// The complete descriptor, as `<service> manifest` prints it, `-` for standard input; or the service's org on the mesh
    #[arg(long, value_name = "FILE|ORG", value_parser = source)]
    pub(crate) from: String,
    /// The folder to write it into [default: the crate's name]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The crate's name [default: `<service>-client`]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The org in which the service of a file answers [default: the service's name]
    #[arg(long, value_parser = org)]
    pub(crate) org: Option<String>,
    /// Source of hecate-om for the crate: `path:<dir>` (it builds on this machine only), `git:<url>` or a version
    /// [default: this version]
    #[arg(long, value_name = "FROM")]
    pub(crate) framework: Option<String>,
    /// How long to wait for the mesh and for the service, at most 10m [default: 5s]
    #[arg(long, value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Manifest {
    /// Show a manifest
    Show {
        /// The file
        file: PathBuf,
    },
    /// Compare two manifests, and report what breaks whom
    ///
    /// A manifest is `manifest.json`, or the complete descriptor that the service's binary prints (`<service> manifest`),
    /// which has the JSON Schemas of what crosses; without them, types are compared by their names only.
    #[command(after_long_help = examples::DIFF)]
    Diff(Diff),
    /// Check that manifest.json is up to date with the source; also as `manifest --check`
    #[command(long_flag = "check", after_long_help = examples::CHECK)]
    Check {
        /// The folder of the service's Cargo.toml
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Diff {
    /// OLD and NEW; with `--against` or `--live` only NEW [default: `manifest.json`]. `-` is standard input
    #[arg(num_args = 0..=2, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Compare with the same file in this git revision
    #[arg(long, value_name = "REV", conflicts_with = "live")]
    pub(crate) against: Option<String>,
    /// Compare with the service's own description on the mesh
    #[arg(long)]
    pub(crate) live: bool,
    /// The service's org on the mesh [default: the service's name]
    #[arg(long, requires = "live", value_parser = org)]
    pub(crate) org: Option<String>,
    /// How long to wait for the mesh and for the service, at most 10m [default: 5s]
    #[arg(long, requires = "live", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
}

/// What is not given and has no default is asked for on a terminal.
#[derive(Debug, ClapArgs)]
pub(crate) struct Scaffold {
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

#[derive(Debug, Subcommand)]
pub(crate) enum Slice {
    /// Add a package under `apps`, which the service links
    #[command(after_long_help = examples::SLICE)]
    Add(SliceAdd),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SliceAdd {
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

#[derive(Debug, ClapArgs)]
pub(crate) struct Quadlet {
    /// The folder of manifest.json
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The unit for `systemctl --user`, on the development mesh
    #[arg(long)]
    pub(crate) dev: bool,
    /// Write both units into the folder `quadlet`
    #[arg(long, conflicts_with_all = ["dev", "check"])]
    pub(crate) write: bool,
    /// Check that both units in the folder `quadlet` are up to date with the manifest
    #[arg(long, conflicts_with = "dev")]
    pub(crate) check: bool,
}

/// Checks a procedure's name before there is a mesh: a malformed invocation does not need one.
pub(crate) fn procedure(text: &str) -> Result<String, String> {
    let form = || "write `<org>/<name>`, as in `hecate-echo/echo.say`".to_owned();
    let (organisation, name) = text.split_once('/').ok_or_else(form)?;
    if organisation.is_empty() || name.is_empty() {
        return Err(form());
    }
    org(organisation)?;
    // The names of other implementations are theirs to choose, but for what no name on the wire has.
    if name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!(
            "the name `{name}` has white space in it; {}",
            form()
        ));
    }
    if text.len() > MAX_PROCEDURE_BYTES {
        return Err(format!(
            "it has {} bytes, and a procedure has at most {MAX_PROCEDURE_BYTES}",
            text.len()
        ));
    }
    Ok(text.into())
}

/// Checks an organisation, or the namespace of a node's runtime, `~<node id>`.
pub(crate) fn org(text: &str) -> Result<String, String> {
    match text.strip_prefix('~') {
        Some(node) => node_id(node).map(|_| text.into()),
        None => match text.parse::<OrgName>() {
            Ok(org) => Ok(org.into()),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// Checks that a file or an org is named.
fn source(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("it is empty; name a file or an org".into());
    }
    Ok(text.into())
}

fn procedure_or_org(text: &str) -> Result<String, String> {
    if text.contains('/') {
        procedure(text)
    } else {
        org(text)
    }
}

/// Default time to wait for the mesh and for a service.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Reads a time to wait.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    duration_within(text, MINUTE * 10)
}

/// Reads how long a measurement or a subscription goes on.
pub(crate) fn length(text: &str) -> Result<Duration, String> {
    duration_within(text, MINUTE * 60 * 24)
}

/// Reads a duration from a millisecond to `max`, which is whole minutes.
pub(crate) fn duration_within(text: &str, max: Duration) -> Result<Duration, String> {
    let parsed = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write `500ms`, `5s` or `2m`"))?;
    if (Duration::from_millis(1)..=max).contains(&parsed) {
        return Ok(parsed);
    }
    let minutes = max.as_secs() / MINUTE.as_secs();
    let max = if minutes < 60 {
        format!("{minutes}m")
    } else {
        format!("{}h", minutes / 60)
    };
    Err(format!("it must lie between 1ms and {max}"))
}

fn node_id(text: &str) -> Result<hecate_om::NodeId, String> {
    text.parse()
        .map_err(|error: hecate_om::NodeIdError| error.to_string())
}

/// Checks the id of a node. The wire's word for any node, all zeros, is no node's.
pub(crate) fn one_node(text: &str) -> Result<hecate_om::NodeId, String> {
    let node = node_id(text)?;
    if node.as_bytes() == &[0; 32] {
        return Err("it is no node's id, but stands for any node".into());
    }
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_refused_with_the_range_of_its_option() {
        assert_eq!(duration("10m"), Ok(MINUTE * 10));
        assert_eq!(length("1h"), Ok(MINUTE * 60));
        for (refused, range) in [
            (duration("11m"), "1ms and 10m"),
            (duration("0s"), "1ms and 10m"),
            (length("25h"), "1ms and 24h"),
            (duration_within("2h", MINUTE * 60), "1ms and 1h"),
        ] {
            let why = refused.unwrap_err();
            assert!(why.ends_with(range), "{why}");
        }
        assert!(duration("soon").is_err());
    }

    #[test]
    fn a_node_of_zeros_is_refused() {
        assert!(one_node(&"01".repeat(32)).is_ok());
        assert!(one_node(&"00".repeat(32)).unwrap_err().contains("any node"));
        assert!(one_node("xyz").is_err());
    }
}
