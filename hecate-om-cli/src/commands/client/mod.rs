//! `client`: a crate with the types and tokens of a service that is not in the workspace.

mod names;
mod tokens;
mod types;
mod wire;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use hecate_om_manifest::{Capability, Manifest};
use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::quote;
use serde::Serialize;

use super::{described, manifest};
use crate::args::Client;
use crate::flags::MeshFlags;
use crate::output::{Failure, Output};

/// The file that holds the types and tokens.
const LIB: &str = "src/lib.rs";

/// What was written.
#[derive(Debug, Serialize)]
struct Done {
    package: String,
    folder: PathBuf,
    capabilities: usize,
}

/// Why there is no client.
#[derive(Debug)]
enum Why {
    /// Capabilities whose types are known by name only.
    NoSchemas(String),
    /// A capability, its version, and why its types are none of Rust's.
    NoType(String, u32, String),
    /// The same of all together.
    NoTypes(String),
    /// What was made is no Rust, which is a mistake of this program.
    NoRust(syn::Error),
    /// A name that no package has.
    BadName(String),
    /// There is nothing to call.
    Empty,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSchemas(names) => write!(
                f,
                "there are no JSON Schemas of `{names}`, which only the complete descriptor has: write it with \
                 `<service> manifest > service.json` and give that, or the service's org on the mesh"
            ),
            Self::NoType(name, version, why) => write!(
                f,
                "what `{name}` version {version} takes or answers cannot be written as Rust types: {why}"
            ),
            Self::NoTypes(why) => write!(f, "the schemas cannot be written as Rust types: {why}"),
            Self::NoRust(why) => {
                write!(f, "what was written is not Rust ({why}): please report it")
            }
            Self::BadName(name) => write!(
                f,
                "`{name}` is no name of a package: give one of letters, digits, `-` and `_`, beginning with a \
                 letter, by `--name`"
            ),
            Self::Empty => {
                f.write_str("the service has no capabilities, so there is nothing to call")
            }
        }
    }
}

pub(crate) async fn run(args: &Client, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let (manifest, org) = source(args, mesh).await?;
    let package = args
        .name
        .clone()
        .unwrap_or_else(|| format!("{}-client", manifest.name));
    let files = generate(&manifest, &org, &package)
        .map_err(|why| Failure::new("no_client", why.to_string()))?;
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(&package));
    for (name, text) in files {
        put(&folder.join(name), &text)?;
    }
    let done = Done {
        package,
        folder,
        capabilities: manifest
            .capabilities
            .iter()
            .filter(|one| !is_planned(one))
            .count(),
    };
    output.done(&done, || {
        let folder = done.folder.display();
        let capabilities = match done.capabilities {
            1 => "1 capability".to_owned(),
            n => format!("{n} capabilities"),
        };
        format!(
            "wrote `{0}` into `{folder}`, with {capabilities} of `{org}`; depend on it with\n  {0} = {{ path = \"{folder}\" }}",
            done.package,
        )
    })
}

/// What is said of the service, and the org it answers in: a file, or who answers on the mesh.
async fn source(args: &Client, mesh: &MeshFlags) -> Result<(Manifest, String), Failure> {
    let from = &args.from;
    let file = Path::new(from);
    if from == "-" || file.exists() || from.contains(['/', '\\']) || from.ends_with(".json") {
        let read = manifest::read(file).map_err(|why| Failure::new("bad_manifest", why))?;
        let org = args.org.clone().unwrap_or_else(|| read.name.clone());
        return Ok((read, org));
    }
    if args.org.as_ref().is_some_and(|org| org != from) {
        return Err(Failure::malformed(
            "`--org` is for a file: `--from` names the org already",
        ));
    }
    let described = described::on_the_mesh(from, mesh, args.timeout).await?;
    Ok((described, from.clone()))
}

/// The client's files, by their paths in its folder.
fn generate(
    manifest: &Manifest,
    org: &str,
    package: &str,
) -> Result<Vec<(&'static str, String)>, Why> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !package.starts_with(|c: char| c.is_ascii_alphabetic()) || !package.chars().all(allowed) {
        return Err(Why::BadName(package.to_owned()));
    }
    if manifest.capabilities.iter().all(is_planned) {
        return Err(Why::Empty);
    }
    let tokens = tokens::tokens(manifest, org)?;
    let version = manifest.version.as_deref().unwrap_or("of no version");
    let doc = tokens::lines(&format!(
        "The capabilities of `{}` {version}, to be called as `mesh.call::<{}::…>(&request)`.\n\n\
         Written by `hecate-om client`: write it anew rather than change it.",
        manifest.name,
        package.replace('-', "_"),
    ));
    let inner = doc.into_iter().collect::<Vec<_>>();
    // `#[doc]` becomes `#![doc]`.
    let inner = inner.into_iter().flat_map(|tree| match tree {
        TokenTree::Punct(punct) => quote!(#punct!).into_iter().collect::<Vec<_>>(),
        other => vec![other],
    });
    let inner: TokenStream = inner.collect();
    let file = plain(quote!(#inner #tokens));
    let file = syn::parse2(file).map_err(Why::NoRust)?;
    let lib = prettyplease::unparse(&file);
    let needs_json = match lib.contains("::serde_json::") {
        true => "serde_json = \"1\"\n",
        false => "",
    };
    let description = format!("The capabilities of {}, to be called", manifest.name);
    let cargo = format!(
        "[package]\n\
         name = \"{package}\"\n\
         description = \"{description}\"\n\
         version = \"0.1.0\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         \n\
         [dependencies]\n\
         hecate-om = {{ version = \"{}\", default-features = false }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         {needs_json}",
        env!("CARGO_PKG_VERSION"),
    );
    Ok(vec![("Cargo.toml", cargo), (LIB, lib)])
}

/// The tokens with documentation as people write it: without what the generator of types adds, each one's JSON Schema.
fn plain(tokens: TokenStream) -> TokenStream {
    let tree = |tree: TokenTree| match tree {
        TokenTree::Group(group) => {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            let inside = match inside.as_slice() {
                [TokenTree::Ident(doc), equals, TokenTree::Literal(text)] if doc == "doc" => {
                    let text = documentation(text);
                    quote!(#doc #equals #text)
                }
                _ => plain(group.stream()),
            };
            TokenTree::Group(Group::new(group.delimiter(), inside))
        }
        other => other,
    };
    tokens.into_iter().map(tree).collect()
}

fn documentation(text: &Literal) -> Literal {
    let text = syn::parse_str::<syn::LitStr>(&text.to_string());
    let text = text.map(|text| text.value()).unwrap_or_default();
    let kept = text.split("<details><summary>JSON schema</summary>").next();
    let kept = kept.unwrap_or_default().trim();
    match kept.is_empty() {
        true => Literal::string(""),
        false => Literal::string(&format!(" {kept}")),
    }
}

/// Writes a file, unless it is as it should be: what has not changed is not built again.
fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let wrong =
        |error: std::io::Error| Failure::new("failed", format!("`{}`: {error}", path.display()));
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    fs::write(path, text).map_err(wrong)
}

/// Whether it is announced by hand and has no code yet.
fn is_planned(capability: &Capability) -> bool {
    capability.status.is_some() && capability.package.is_none()
}
