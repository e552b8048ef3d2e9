//! Calls by procedure name.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::{CallOptions, key_method, option_methods};
use super::unary::{decode_response, encode_request};
use super::{CallError, Calls};

/// Builder of a call or a stream by procedure name; see [`Mesh::procedure`](crate::Mesh::procedure).
#[derive(Debug)]
#[must_use = "nothing is sent before `call`, `server_streaming`, `client_streaming` or `bidirectional`"]
pub struct CallBuilder<'a> {
    calls: &'a Arc<Calls>,
    procedure: String,
    options: CallOptions,
}

impl<'a> CallBuilder<'a> {
    pub(in crate::mesh) const fn new(calls: &'a Arc<Calls>, procedure: String) -> Self {
        Self {
            calls,
            procedure,
            options: CallOptions::DEFAULT,
        }
    }

    option_methods!();
    key_method!();

    pub(in crate::mesh) fn into_parts(self) -> (&'a Arc<Calls>, String, CallOptions) {
        (self.calls, self.procedure, self.options)
    }

    /// Sends the request and waits for the response.
    ///
    /// Waits for a link first. After a link was lost or replaced, also waits until the provider has
    /// advertised again.
    ///
    /// The handler runs at most once. The call is retried only if no handler ran, or if the call is
    /// [`idempotent`](CallBuilder::idempotent). If a provider requires a token, the call is retried
    /// once with the service's token.
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`], whose variant documents whether anything was sent.
    pub async fn call<Req, Res>(self, request: &Req) -> Result<Res, CallError>
    where
        Req: Serialize + ?Sized,
        Res: DeserializeOwned,
    {
        let (calls, procedure, options) = self.into_parts();
        let request = encode_request(request);
        let call = calls.call(&procedure, &options, request, None, decode_response);
        call.await
    }
}
