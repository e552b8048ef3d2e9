//! Calls by capability type.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use macula_rust::station_link::Confidentiality;

use super::credentials::TokenSource;
use super::mismatch::CallerSchema;
use super::options::{CallOptions, key_method, option_methods};
use super::unary::{decode_response, encode_request};
use super::{CallError, Calls};
use crate::capability::{Callable, ReadPayload, SentPayload, kind};
use crate::codec::{self, Payload};

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

/// Call of the capability `T`, sent when awaited; see [`Mesh::call`](crate::Mesh::call).
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
    calls: &'a Arc<Calls>,
    org: Option<String>,
    options: CallOptions,
    request: Result<Payload, CallError>,
    /// Decoder of the response. Set by [`TypedCall::new`], so that a type that cannot be decoded
    /// causes a single compile error, at `Mesh::call`.
    decode: fn(Payload) -> Result<T::Response, CallError>,
}

impl<'a, T: Callable> TypedCall<'a, T> {
    pub(in crate::mesh) fn new(calls: &'a Arc<Calls>, request: &T::Request) -> Self
    where
        T: Callable<Kind: kind::AnswersOnce>,
        T::Request: SentPayload,
        T::Response: ReadPayload,
    {
        codec::describe_by::<T::Response>(T::SCHEMAS.response);
        Self {
            calls,
            org: None,
            options: CallOptions::of::<T>(),
            request: encode_request(request),
            decode: decode_response,
        }
    }

    option_methods!(by_type);
    key_method!();
}

impl<'a, T: Callable> IntoFuture for TypedCall<'a, T> {
    type Output = Result<T::Response, CallError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            calls,
            org,
            options,
            request,
            decode,
        } = self;
        Box::pin(async move {
            let procedure = calls.orgs.procedure_of::<T>(org.as_deref())?;
            let caller = Some(CallerSchema::of::<T>());
            let call = calls.call(&procedure, &options, request, caller, decode);
            call.await
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
