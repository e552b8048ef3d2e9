//! `#[capability("echo.say", version = 1)]`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, LitStr, Path};

use super::access::access;
use super::caller_type::{caller_type, is_reserved};
use super::confidential::confidential;
use super::dedupe::{dedupe, refuse_idempotent, refuse_stream};
use super::deprecated::deprecated;
use super::entries::Entries;
use super::errors::Errors;
use super::handler::Handler;
use super::layers::{LayerPath, layers};
use super::measure::{size, timeout, window};
use super::rate::Rate;
use super::spanned::Spanned;
use super::value::{flag, path, positive, whole};
use super::vocabulary::CAPABILITY;
use crate::names::CapabilityName;
use crate::{Access, Confidential, Dedupe, Deprecated};

/// Arguments of `#[capability(…)]`.
#[derive(Debug, Clone)]
pub struct CapabilityArgs {
    /// The name within the service's organisation.
    pub name: Spanned<CapabilityName>,
    /// The version. The default is 1, with the span of the name.
    pub version: Spanned<u32>,
    /// Access policy. The default is that of the service.
    pub access: Option<Access>,
    /// The largest payload, in bytes; at most [`MAX_PAYLOAD_BYTES`](super::MAX_PAYLOAD_BYTES).
    pub max_bytes: Option<u64>,
    /// The longest run of the handler, from one millisecond to [`MAX_TIMEOUT`](super::MAX_TIMEOUT).
    pub timeout: Option<Duration>,
    /// The number of calls that run at once; at least 1.
    pub concurrency: Option<u32>,
    /// The number of calls that wait for one of those to end; 0 means that none waits.
    pub queue: Option<u32>,
    /// The window in which calls are counted, from one millisecond to
    /// [`MAX_WINDOW`](super::MAX_WINDOW).
    pub window: Option<Duration>,
    /// The number of calls of one caller in a window; at least 1, at most `global_max`.
    pub per_caller_max: Option<u32>,
    /// The number of calls of all callers in a window; at least 1.
    pub global_max: Option<u32>,
    /// The number of different callers in a window; at least 1.
    pub max_distinct_callers: Option<u32>,
    /// Whether requests are encrypted end to end.
    pub confidential: Option<Confidential>,
    /// Whether running a call twice has the same effect as running it once.
    pub idempotent: bool,
    /// How long, and where, answers to requests with a key are kept; `None` if they are not kept.
    pub dedupe: Option<Spanned<Dedupe>>,
    /// Deprecation notice, if the capability is deprecated.
    pub deprecated: Option<Deprecated>,
    /// The layers around the handler, the outermost first.
    pub layers: Vec<LayerPath>,
    /// The value of `as`; see
    /// [`caller_type`](Self::caller_type()).
    pub caller_type: Option<Spanned<Ident>>,
    /// The path of the crate `hecate_om`, if the dependency is renamed.
    pub crate_path: Option<Path>,
}

impl CapabilityArgs {
    /// Parses the tokens between the attribute's parentheses.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut entries = Entries::split(tokens, &CAPABILITY, errors);
        let name = entries.positional();
        let name = errors.ok_or_push(name.as_ref().map_or_else(|| Err(missing_name()), read_name));
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
        let dedupe = entries.read("dedupe", dedupe, errors);
        let is_idempotent = idempotent
            .as_ref()
            .is_some_and(|idempotent| idempotent.value);
        refuse_idempotent(dedupe.as_ref(), is_idempotent, errors);
        let deprecated = entries.read("deprecated", deprecated, errors);
        let layers = entries.read("layers", layers, errors);
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
            idempotent: is_idempotent,
            dedupe,
            deprecated: deprecated.map(|deprecated| deprecated.value),
            layers: layers.unwrap_or_default(),
            caller_type,
            crate_path,
        })
    }

    /// Checks that the arguments suit the handler, and adds all mistakes to `errors`.
    pub fn suit(&self, handler: &Handler, errors: &mut Errors) -> bool {
        let before = errors.len();
        refuse_stream(
            self.dedupe.as_ref().map(|dedupe| dedupe.span),
            handler,
            errors,
        );
        errors.len() == before
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
    // No token is closer to the mistake than the attribute itself.
    Error::new(
        Span::call_site(),
        "a capability needs a name, by which it is called: write `#[capability(\"echo.say\")]`",
    )
}

fn read_name(tokens: &TokenStream) -> syn::Result<Spanned<CapabilityName>> {
    let literal: LitStr = syn::parse2(tokens.clone()).map_err(|_| {
        Error::new_spanned(
            tokens,
            "the name of a capability must be a string literal: write `#[capability(\"echo.say\")]`",
        )
    })?;
    let refuse = |why: String| Error::new(literal.span(), why);
    let name = CapabilityName::try_from(literal.value()).map_err(|why| refuse(why.to_string()))?;
    if name.is_reserved() {
        return Err(refuse(format!(
            "the name `{name}` is reserved for a capability that every service has: choose another name"
        )));
    }
    Ok(Spanned::new(name, literal.span()))
}
