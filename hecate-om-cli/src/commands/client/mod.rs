//! `client`: generates a client crate for a service outside the workspace.

mod callables;
mod closure;
mod facts;
mod generator;
mod names;
mod package;
mod schema;
mod text;
mod type_name;
mod types;
mod wire_name;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use hecate_om_manifest::{Capability, Manifest};
use quote::quote;
use serde::Serialize;

use self::package::MARK;
use super::{description, manifest};
use crate::flags::MeshFlags;
use crate::framework::Framework;
use crate::output::{Failure, Output};
use crate::value_parsers::{self, TIMEOUT, duration, file_or_org, org};

/// Path of the generated source.
const LIB: &str = "src/lib.rs";

/// The generated crate.
#[derive(Debug, Serialize)]
struct WrittenCrate {
    package: String,
    folder: PathBuf,
    capabilities: usize,
    facts: usize,
}

/// Error of generating a client.
#[derive(Debug)]
pub(crate) enum GenerateError {
    /// Capabilities and facts without JSON Schemas.
    NoSchemas(String),
    /// A capability, its version, and why its types cannot be generated.
    NoType(String, u32, String),
    /// The topic of a fact, and why its type cannot be generated.
    NoFact(String, String),
    /// The types of all capabilities together cannot be generated, for this reason.
    NoTypes(String),
    /// The generated source does not parse; this is a bug in hecate-om.
    NoRust(syn::Error),
    /// A name that a package cannot have.
    BadName(String),
    /// The service has no capabilities and publishes no facts.
    Empty,
}

impl std::error::Error for GenerateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoRust(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSchemas(names) => write!(
                f,
                "the JSON Schemas of `{names}` are missing; only the complete descriptor has them: write it with \
                 `<service> manifest > service.json` and pass that file, or pass the service's org on the mesh"
            ),
            Self::NoType(name, version, why) => write!(
                f,
                "the request or response of `{name}` version {version} cannot be written as Rust types: {why}"
            ),
            Self::NoFact(topic, why) => {
                write!(f, "the fact `{topic}` cannot be written as a Rust type: {why}")
            }
            Self::NoTypes(why) => write!(f, "the schemas cannot be written as Rust types: {why}"),
            Self::NoRust(error) => write!(
                f,
                "the generated source does not parse ({error}); this is a bug in hecate-om, please report it"
            ),
            Self::BadName(name) => write!(
                f,
                "`{name}` cannot be a package's name; set one with `--name`: letters, digits, `-` and `_`, starting with \
                 a letter, not a Rust keyword and not a crate that the client depends on"
            ),
            Self::Empty => {
                f.write_str("the service has no capabilities and no facts, so there is nothing to call or to subscribe to")
            }
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ClientArgs {
    /// Complete descriptor, as printed by `<service> manifest` (`-` for standard input), or the
    /// service's org on the mesh
    #[arg(long, value_name = "FILE|ORG", value_parser = file_or_org)]
    pub(crate) from: String,
    /// Folder to write the crate to [default: the crate's name]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Name of the crate [default: `<service>-client`]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Org that serves the capabilities of a file [default: the service's name]
    #[arg(long, value_parser = org)]
    pub(crate) org: Option<String>,
    /// Source of hecate-om for the crate: `path:<dir>` (builds on this machine only), `git:<url>`
    /// or a version [default: this version]
    #[arg(long, value_name = "FROM")]
    pub(crate) framework: Option<String>,
    /// Time limit for the mesh and for the service, at most 10m [default: 5s]
    #[arg(long, value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
}

pub(crate) async fn run(
    args: &ClientArgs,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    let framework = match args.framework.as_deref() {
        Some(text) => Framework::parse(text).map_err(Failure::malformed)?,
        None => Framework::default(),
    };
    let (manifest, org) = source(args, mesh).await?;
    let package = args
        .name
        .clone()
        .unwrap_or_else(|| format!("{}-client", manifest.name));
    let files = generate(&manifest, &org, &package, &framework)
        .map_err(|why| Failure::new("no_client", why.to_string()))?;
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(&package));
    package::write(&folder, &files)?;
    let done = WrittenCrate {
        package,
        folder,
        capabilities: manifest
            .capabilities
            .iter()
            .filter(|capability| !capability.is_planned())
            .count(),
        facts: manifest.publications.len(),
    };
    output.print_result(&done, || {
        let folder = done.folder.display();
        let capabilities = match done.capabilities {
            1 => "1 capability".to_owned(),
            n => format!("{n} capabilities"),
        };
        let facts = match done.facts {
            0 => String::new(),
            1 => " and 1 fact".to_owned(),
            n => format!(" and {n} facts"),
        };
        let local = if framework.is_local() {
            "\nhecate-om is a local path, so the crate builds on this machine only"
        } else {
            ""
        };
        format!(
            "wrote the crate `{0}` with {capabilities}{facts} of `{org}` to `{folder}`; depend on it with\n  {0} = {{ path = \"{folder}\" }}{local}",
            done.package,
        )
    })
}

/// Reads the manifest and the org of the service, from a file or from the mesh.
async fn source(args: &ClientArgs, mesh: &MeshFlags) -> Result<(Manifest, String), Failure> {
    let from = &args.from;
    let file = Path::new(from);
    // A folder may have the same name as the org.
    if from == "-" || file.is_file() || from.contains(['/', '\\']) || from.ends_with(".json") {
        if file.is_dir() {
            return Err(Failure::malformed(format!(
                "`{from}` is a folder; give the file of the complete descriptor, or the service's org"
            )));
        }
        mesh.refuse("`client` of a file")?;
        if args.timeout.is_some() {
            return Err(Failure::malformed(
                "`--timeout` applies to a service on the mesh; leave it out for a file",
            ));
        }
        let read = manifest::read(file).map_err(|why| Failure::new("bad_manifest", why))?;
        let org = args.org.clone().unwrap_or_else(|| read.name.clone());
        if let Err(why) = value_parsers::org(&org) {
            return Err(Failure::new(
                "bad_manifest",
                format!("the service's name is not a valid org: {why}; set one with `--org`"),
            ));
        }
        return Ok((read, org));
    }
    if args.org.as_ref().is_some_and(|org| org != from) {
        return Err(Failure::malformed(
            "`--org` applies to a file; `--from` already names the org",
        ));
    }
    let described =
        description::fetch_manifest(from, mesh, args.timeout.unwrap_or(TIMEOUT)).await?;
    Ok((described, from.clone()))
}

/// Generates the client's files, with their paths in its folder.
pub(crate) fn generate(
    manifest: &Manifest,
    org: &str,
    package: &str,
    framework: &Framework,
) -> Result<Vec<(&'static str, String)>, GenerateError> {
    if !package::is_name(package) {
        return Err(GenerateError::BadName(package.to_owned()));
    }
    let has_capabilities = !manifest.capabilities.iter().all(Capability::is_planned);
    if !has_capabilities && manifest.publications.is_empty() {
        return Err(GenerateError::Empty);
    }
    let (service, org, library) = (manifest.clone(), org.to_owned(), package.replace('-', "_"));
    let lib = generator::within_limits(move || lib(&service, &org, &library))
        .map_err(GenerateError::NoTypes)??;
    let needs_json = lib.contains("::serde_json::");
    Ok(vec![
        package::cargo_toml(package, &manifest.name, framework, needs_json),
        (LIB, lib),
    ])
}

/// Generates the source of the client.
fn lib(manifest: &Manifest, org: &str, library: &str) -> Result<String, GenerateError> {
    let tokens = callables::render(manifest, org)?;
    let version = manifest.version.as_deref().unwrap_or("(no version)");
    let doc = text::inner_doc(&format!(
        "Client of `{}` {}: call its capabilities with `mesh.call::<{library}::…>(&request)`.\n\n{MARK}",
        text::one_line(&manifest.name),
        text::one_line(version),
    ));
    let file = text::without_schemas(quote!(#doc #tokens));
    let file = syn::parse2(file).map_err(GenerateError::NoRust)?;
    Ok(prettyplease::unparse(&file))
}
