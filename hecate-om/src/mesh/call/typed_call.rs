//! Calls by capability type.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use hecate_om_manifest::procedure;
use macula_rust::station_link::Confidentiality;

use super::builder;
use super::credentials::TokenSource;
use super::mismatch::CallerSchema;
use super::options::{CallOptions, option_methods};
use super::unary::{decode_response, encode_request};
use crate::capability::{Callable, kind};
use crate::capability::{ReadPayload, SentPayload};
use crate::codec::{self, Payload};
use crate::mesh::{CallError, Mesh};

impl Mesh {
    /// Calls the capability `T`: `mesh.call::<search_chunks>(&request).await?`.
    ///
    /// The org of the call is the first of the following that is set:
    ///
    /// 1. [`TypedCall::org`]
    /// 2. the org of the client crate that `hecate-om client` generated
    /// 3. the org of `T`'s crate in `[package.metadata.hecate-om.calls]`
    /// 4. the service's own org
    ///
    /// The capability's attribute determines whether a token is always presented, whether the call
    /// must be sealed, and whether the call is idempotent.
    ///
    /// ```
    /// use hecate_om::{JsonSchema, Mesh, Refusal, capability};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, JsonSchema)]
    /// # #[schemars(crate = "hecate_om::schemars")]
    /// struct Words {
    ///     text: String,
    /// }
    ///
    /// #[capability("words.count", idempotent)]
    /// async fn count(words: Words) -> u64 {
    ///     words.text.split_whitespace().count() as u64
    /// }
    ///
    /// #[capability("words.describe")]
    /// async fn describe(mesh: &Mesh, words: Words) -> Result<String, Refusal> {
    ///     let count = mesh.call::<count>(&words).await?;
    ///     Ok(format!("{count} words"))
    /// }
    /// ```
    pub fn call<T>(&self, request: &T::Request) -> TypedCall<'_, T>
    where
        T: Callable<Kind: kind::AnswersOnce>,
        T::Request: SentPayload,
        T::Response: ReadPayload,
    {
        codec::describe_by::<T::Response>(T::SCHEMAS.response);
        TypedCall {
            mesh: self,
            org: None,
            options: CallOptions::of::<T>(),
            request: encode_request(request),
            decode: decode_response,
        }
    }

    /// Returns the procedure of the capability `T`, in `org` if set.
    pub(in crate::mesh) fn procedure_of<T: Callable>(
        &self,
        org: Option<&str>,
    ) -> Result<String, CallError> {
        let org = org.or(T::ORG).or_else(|| self.orgs.of(T::PACKAGE));
        match org {
            Some(org) => Ok(procedure(org, T::NAME, T::VERSION)),
            None => Err(CallError::NoOrg {
                capability: T::NAME,
            }),
        }
    }
}

/// Default orgs of called capabilities.
#[derive(Debug, Default)]
pub(crate) struct Orgs {
    /// Org of the service. A client has no org.
    own: Option<String>,
    /// Orgs of the packages that are linked only for their types.
    by_package: BTreeMap<String, String>,
}

impl Orgs {
    pub(crate) const fn new(own: String, by_package: BTreeMap<String, String>) -> Self {
        Self {
            own: Some(own),
            by_package,
        }
    }

    fn of(&self, package: &str) -> Option<&str> {
        let org = self.by_package.get(package).or(self.own.as_ref())?;
        Some(org)
    }
}

impl CallOptions {
    /// Returns the options set by the attribute of the capability `T`.
    pub(in crate::mesh) const fn of<T: Callable>() -> Self {
        Self {
            token: if T::GATED {
                TokenSource::Always
            } else {
                TokenSource::IfRequired
            },
            confidentiality: if T::CONFIDENTIAL {
                Confidentiality::Required
            } else {
                Confidentiality::Preferred
            },
            idempotent: T::IDEMPOTENT,
            ..Self::DEFAULT
        }
    }
}

/// Call of the capability `T`, sent when awaited; see [`Mesh::call`].
///
/// The request is already encoded, so it is not borrowed. The handler runs at most once: the call
/// is retried only if no handler ran, or if the capability or [`TypedCall::idempotent`] declares
/// the call idempotent.
///
/// # Errors
///
/// Awaiting the call returns a [`CallError`], whose variant documents whether anything was sent.
#[must_use = "the call is sent when awaited"]
pub struct TypedCall<'a, T: Callable> {
    mesh: &'a Mesh,
    org: Option<String>,
    options: CallOptions,
    request: Result<Payload, CallError>,
    /// Decoder of the response. Set by [`Mesh::call`], so that a type that cannot be decoded causes
    /// a single compile error, at that call.
    decode: fn(Payload) -> Result<T::Response, CallError>,
}

impl<T: Callable> TypedCall<'_, T> {
    /// Sets the org whose service is called.
    pub fn org(mut self, org: impl Into<String>) -> Self {
        self.org = Some(org.into());
        self
    }

    option_methods!();
}

impl<'a, T: Callable> IntoFuture for TypedCall<'a, T> {
    type Output = Result<T::Response, CallError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            mesh,
            org,
            options,
            request,
            decode,
        } = self;
        Box::pin(async move {
            let procedure = mesh.procedure_of::<T>(org.as_deref())?;
            let caller = CallerSchema::of::<T>();
            builder::call(mesh, &procedure, &options, request, Some(caller), decode).await
        })
    }
}

impl<T: Callable> fmt::Debug for TypedCall<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedCall")
            .field("capability", &T::NAME)
            .field("version", &T::VERSION)
            .field("org", &self.org)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
