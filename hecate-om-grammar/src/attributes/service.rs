//! `#[hecate_service(name = "hecate-rag", …)]`.

use proc_macro2::TokenStream;
use syn::Path;

use super::access::access;
use super::entries::Entries;
use super::errors::Errors;
use super::spanned::Spanned;
use super::value::{flag, parsed, path, positive, text, texts, variables, version};
use super::vocabulary::SERVICE;
use crate::Access;
use crate::names::ServiceName;

/// What `#[hecate_service(…)]` says; absent where it says nothing.
#[derive(Debug, Clone, Default)]
pub struct ServiceArgs {
    /// The service's name; the package's by default.
    pub name: Option<Spanned<ServiceName>>,
    /// The service's version, `major.minor.patch`; the package's by default.
    pub version: Option<Spanned<String>>,
    /// What the service's identity is about; its name by default.
    pub scope: Option<Spanned<String>>,
    /// What the service does, in a sentence; the struct's doc comment by default.
    pub description: Option<Spanned<String>>,
    /// What the service's identity may do.
    pub actions: Vec<String>,
    /// On what it may do that, patterns such as `corpora/*`.
    pub resources: Vec<String>,
    /// The environment variables that configure the service itself.
    pub env: Vec<String>,
    /// How long its identity is asked to hold, in days; at least 1.
    pub ttl_days: Option<Spanned<u32>>,
    /// The TCP port of the health endpoint; at least 1.
    pub health_port: Option<Spanned<u16>>,
    /// Who may call the capabilities that do not say so themselves.
    pub access: Option<Spanned<Access>>,
    /// Whether the attribute writes `main`; it does by default.
    pub main: Option<Spanned<bool>>,
    /// Where `hecate_om` is found, for an author who has renamed the dependency.
    pub crate_path: Option<Path>,
}

impl ServiceArgs {
    /// Where the health endpoint listens when the author says nothing.
    pub const DEFAULT_HEALTH_PORT: u16 = 8470;

    /// How long an identity is asked to hold when the author says nothing, in days.
    pub const DEFAULT_TTL_DAYS: u32 = 30;

    /// Reads the tokens between the attribute's parentheses.
    ///
    /// A key with something wrong about it is left out, and what is wrong has been added to
    /// `errors`.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut entries = Entries::split(tokens, &SERVICE, errors);
        Self {
            name: entries.read("name", parsed, errors),
            version: entries.read("version", version, errors),
            scope: entries.read("scope", text, errors),
            description: entries.read("description", text, errors),
            actions: entries.read("actions", texts, errors).unwrap_or_default(),
            resources: entries.read("resources", texts, errors).unwrap_or_default(),
            env: entries.read("env", variables, errors).unwrap_or_default(),
            ttl_days: entries.read("ttl_days", positive(u32::MAX), errors),
            health_port: entries.read("health_port", positive(u16::MAX), errors),
            access: entries.read("access", access, errors),
            main: entries.read("main", flag, errors),
            crate_path: entries.read("crate", path, errors),
        }
    }
}
