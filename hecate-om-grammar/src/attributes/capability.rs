//! `#[capability("echo.say", version = 1)]`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, LitStr, Path};

use super::access::access;
use super::caller_type::{caller_type, is_reserved};
use super::confidential::confidential;
use super::deprecated::deprecated;
use super::entries::Entries;
use super::errors::Errors;
use super::measure::{size, timeout, window};
use super::rate::Rate;
use super::spanned::Spanned;
use super::value::{flag, path, positive, whole};
use super::vocabulary::CAPABILITY;
use crate::names::CapabilityName;
use crate::{Access, Confidential, Deprecated};

/// What `#[capability(…)]` says.
#[derive(Debug, Clone)]
pub struct CapabilityArgs {
    /// The name within the service's organisation.
    pub name: Spanned<CapabilityName>,
    /// The version, 1 unless given (the span is then the name's).
    pub version: Spanned<u32>,
    /// Who may call; the service's default where absent.
    pub access: Option<Access>,
    /// The largest payload admitted, in bytes; at most [`MAX_PAYLOAD_BYTES`](super::MAX_PAYLOAD_BYTES).
    pub max_bytes: Option<u64>,
    /// How long one call may take; a millisecond to [`MAX_TIMEOUT`](super::MAX_TIMEOUT).
    pub timeout: Option<Duration>,
    /// How many calls may run at once; at least 1.
    pub concurrency: Option<u32>,
    /// How many calls may wait for a place; 0 refuses each that finds none free.
    pub queue: Option<u32>,
    /// The window that calls are counted in; a millisecond to [`MAX_WINDOW`](super::MAX_WINDOW).
    pub window: Option<Duration>,
    /// How many calls one caller may make in a window; at least 1, at most `global_max`.
    pub per_caller_max: Option<u32>,
    /// How many calls all callers together may make in a window; at least 1.
    pub global_max: Option<u32>,
    /// How many callers a window may have; at least 1.
    pub max_distinct_callers: Option<u32>,
    /// Whether requests come sealed end to end.
    pub confidential: Option<Confidential>,
    /// Whether running a call twice does no more than running it once.
    pub idempotent: bool,
    /// Since when it goes away, and what stands in its place.
    pub deprecated: Option<Deprecated>,
    /// The name of the type by which callers call it, where it is not the function's; see
    /// [`caller_type`](Self::caller_type()).
    pub caller_type: Option<Spanned<Ident>>,
    /// Where `hecate_om` is found, for an author who has renamed the dependency.
    pub crate_path: Option<Path>,
}

impl CapabilityArgs {
    /// Reads the tokens between the attribute's parentheses.
    ///
    /// `None` when anything is wrong with them; what it is has been added to `errors`.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut entries = Entries::split(tokens, &CAPABILITY, errors);
        let name = entries.positional();
        let name = errors.keep(name.as_ref().map_or_else(|| Err(missing_name()), read_name));
        let version = entries.read("version", positive(u32::MAX), errors);
        let access = entries.read("access", access, errors);
        let caller_type = entries.read("as", caller_type, errors);
        let max_bytes = entries.read("max_bytes", size, errors);
        let timeout = entries.read("timeout", timeout, errors);
        let concurrency = entries.read("concurrency", positive(u32::MAX), errors);
        let queue = entries.read("queue", whole, errors);
        let window = entries.read("window", window, errors);
        let rate = Rate::read(&mut entries, errors);
        let distinct = entries.read("max_distinct_callers", positive(u32::MAX), errors);
        let confidential = entries.read("confidential", confidential, errors);
        let idempotent = entries.read("idempotent", flag, errors);
        let deprecated = entries.read("deprecated", deprecated, errors);
        let crate_path = entries.read("crate", path, errors);
        let name = name.filter(|_| errors.len() == before)?;
        Some(Self {
            version: version.unwrap_or(Spanned::new(1, name.span)),
            name,
            access: access.map(|access| access.value),
            max_bytes: max_bytes.map(|bytes| bytes.value),
            timeout: timeout.map(|timeout| timeout.value),
            concurrency: concurrency.map(|calls| calls.value),
            queue: queue.map(|calls| calls.value),
            window: window.map(|window| window.value),
            per_caller_max: rate.per_caller_max.map(|calls| calls.value),
            global_max: rate.global_max.map(|calls| calls.value),
            max_distinct_callers: distinct.map(|callers| callers.value),
            confidential: confidential.map(|confidential| confidential.value),
            idempotent: idempotent.is_some_and(|idempotent| idempotent.value),
            deprecated: deprecated.map(|deprecated| deprecated.value),
            caller_type,
            crate_path,
        })
    }

    /// Returns the name of the type by which callers call the capability: the value of `as`,
    /// otherwise the name of its function.
    ///
    /// `None` if the function's name would hide a primitive type or a standard crate.
    #[must_use]
    pub fn caller_type(&self, function: &Ident) -> Option<Ident> {
        let named = self.caller_type.as_ref().map(|named| named.value.clone());
        named.or_else(|| (!is_reserved(function)).then(|| function.clone()))
    }
}

fn missing_name() -> Error {
    // There is no token to point at but the attribute itself.
    Error::new(
        Span::call_site(),
        "a capability needs a name, which is what callers call: write `#[capability(\"echo.say\")]`",
    )
}

fn read_name(tokens: &TokenStream) -> syn::Result<Spanned<CapabilityName>> {
    let literal: LitStr = syn::parse2(tokens.clone()).map_err(|_| {
        Error::new_spanned(
            tokens,
            "the name of a capability is text in quotes: write `#[capability(\"echo.say\")]`",
        )
    })?;
    let refuse = |why: String| Error::new(literal.span(), why);
    let name = CapabilityName::try_from(literal.value()).map_err(|why| refuse(why.to_string()))?;
    if name.is_reserved() {
        return Err(refuse(format!(
            "the name `{name}` is reserved: every service answers it by itself; choose another"
        )));
    }
    Ok(Spanned::new(name, literal.span()))
}
