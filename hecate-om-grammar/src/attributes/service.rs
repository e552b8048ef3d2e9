//! `#[hecate_service(name = "hecate-rag", …)]`.

use proc_macro2::TokenStream;
use syn::Path;

use super::access::access;
use super::entries::Entries;
use super::errors::Errors;
use super::layers::{LayerPath, layers};
use super::spanned::Spanned;
use super::value::{flag, parsed, path, positive, text, texts, type_path, variables, version};
use super::vocabulary::SERVICE;
use crate::Access;
use crate::names::ServiceName;

/// Arguments of `#[hecate_service(…)]`; `None` or empty if not given.
#[derive(Debug, Clone, Default)]
pub struct ServiceArgs {
    /// The service's name. The default is the package's name.
    pub name: Option<Spanned<ServiceName>>,
    /// The service's version, `major.minor.patch`. The default is the package's version.
    pub version: Option<Spanned<String>>,
    /// The scope of the service's identity. The default is its name.
    pub scope: Option<Spanned<String>>,
    /// What the service does, in a sentence. The default is the struct's doc comment.
    pub description: Option<Spanned<String>>,
    /// The permissions of the service's identity.
    pub permissions: Vec<String>,
    /// The resources that the permissions apply to, as patterns such as `corpora/*`.
    pub resources: Vec<String>,
    /// The environment variables of the service's own settings.
    pub env: Vec<String>,
    /// The struct with the service's settings.
    pub settings: Option<Path>,
    /// The requested lifetime of the identity, in days; at least 1.
    pub ttl_days: Option<Spanned<u32>>,
    /// The TCP port of the health endpoint; at least 1.
    pub health_port: Option<Spanned<u16>>,
    /// Access policy of the capabilities without an `access` of their own.
    pub access: Option<Spanned<Access>>,
    /// The layers around each capability, the outermost first.
    pub layers: Vec<LayerPath>,
    /// Whether the attribute generates `main`. The default is `true`.
    pub main: Option<Spanned<bool>>,
    /// The path of the crate `hecate_om`, if the dependency is renamed.
    pub crate_path: Option<Path>,
}

impl ServiceArgs {
    /// Default TCP port of the health endpoint.
    pub const DEFAULT_HEALTH_PORT: u16 = 8470;

    /// Default lifetime of an identity, in days.
    pub const DEFAULT_TTL_DAYS: u32 = 30;

    /// Parses the tokens between the attribute's parentheses.
    ///
    /// Adds all mistakes to `errors`, and omits the keys that have one.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut entries = Entries::split(tokens, &SERVICE, errors);
        Self {
            name: entries.read("name", parsed, errors),
            version: entries.read("version", version, errors),
            scope: entries.read("scope", text, errors),
            description: entries.read("description", text, errors),
            permissions: entries
                .read("permissions", texts, errors)
                .unwrap_or_default(),
            resources: entries.read("resources", texts, errors).unwrap_or_default(),
            env: entries.read("env", variables, errors).unwrap_or_default(),
            settings: entries.read("settings", type_path, errors),
            ttl_days: entries.read("ttl_days", positive(u32::MAX), errors),
            health_port: entries.read("health_port", positive(u16::MAX), errors),
            access: entries.read("access", access, errors),
            layers: entries.read("layers", layers, errors).unwrap_or_default(),
            main: entries.read("main", flag, errors),
            crate_path: entries.read("crate", path, errors),
        }
    }
}
