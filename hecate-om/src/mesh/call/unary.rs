//! Unary calls: one request, one response.

use macula_rust::cbor::Value;
use macula_rust::pool::{self, PoolError};
use macula_rust::station_link::LinkError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CallError;
use super::attempt::Attempt;
use super::operation::RpcOperation;
use super::options::CallOptions;
use super::providers::Node;
use crate::cause::Cause;
use crate::codec::{self, Payload};
use crate::mesh::connection::Router;

/// Reason in the goodbye of a development station that stops after all relayed calls are answered.
/// A call that is still waiting at this goodbye was therefore not relayed.
const DRAINED: &str = "drained";

/// Encodes a request for the wire.
pub(in crate::mesh) fn encode_request<T: Serialize + ?Sized>(
    request: &T,
) -> Result<Payload, CallError> {
    codec::encode(request)
        .and_then(codec::without_caller)
        .and_then(codec::without_key)
        .map_err(|error| CallError::BadRequest(Cause::new(error)))
}

/// Adds the key of the options to a request, if they have one.
pub(in crate::mesh) fn with_key(
    request: Payload,
    options: &CallOptions,
) -> Result<Payload, CallError> {
    match &options.key {
        None => Ok(request),
        Some(key) => {
            codec::with_key(request, key).map_err(|error| CallError::BadRequest(Cause::new(error)))
        }
    }
}

/// Decodes a response from the wire.
pub(in crate::mesh) fn decode_response<T: DeserializeOwned>(
    response: Payload,
) -> Result<T, CallError> {
    codec::decode(response).map_err(|error| CallError::BadResponse(Cause::new(error)))
}

/// Unary call with this request.
pub(in crate::mesh) struct UnaryCall(pub(in crate::mesh) Payload);

impl RpcOperation for UnaryCall {
    type Answer = Payload;

    const MEASURES_PROVIDER: bool = true;

    async fn attempt(
        &self,
        router: &Router,
        attempt: Attempt,
    ) -> Result<(Payload, Node), PoolError> {
        let Attempt {
            realm,
            procedure,
            provider,
            token,
            proofs,
            confidential,
            timeout,
        } = attempt;
        let payload: Value = self.0.0.clone();
        let call = pool::Call {
            realm,
            procedure,
            provider,
            payload,
            timeout,
            token,
            proofs,
            confidential,
        };
        let called = router.call(call).await;
        let (answer, provider) = called.map_err(|error| match error {
            // The station did not relay the call, so the error is the same as without a link.
            PoolError::Link(LinkError::Goodbye(reason)) if reason == DRAINED => {
                PoolError::NoLink(Vec::new())
            }
            error => error,
        })?;
        Ok((Payload(answer), provider))
    }
}
