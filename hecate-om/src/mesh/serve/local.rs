//! Dispatch without a mesh, for the benchmarks and the fuzzers: from a request's bytes to the answer's.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use macula_rust::{cbor, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::capability::{
    Call, Capability, Dispatcher, HandlerFuture, InFlight, Invocation, Limits, NodeId,
};
use crate::codec::{self, Payload};

/// A benchmark makes more calls than one caller may: they pass the guard, and are not denied.
const UNMETERED: Limits = Limits {
    per_caller_max: Some(u32::MAX),
    global_max: Some(u32::MAX),
    ..Limits::UNSET
};

/// A capability that echoes a text, and the codec it goes through.
#[derive(Debug)]
pub struct LocalDispatch(Dispatcher);

impl LocalDispatch {
    /// A dispatcher as a service has one, over a handler that answers the text it is given.
    #[must_use]
    pub fn echo() -> Self {
        let capability = Capability {
            request: Some("String"),
            response: "String",
            limits: UNMETERED,
            ..Capability::new("local.echo", |mut invocation: Invocation| {
                HandlerFuture::new(async move {
                    let text: String = invocation.payload()?;
                    crate::capability::reply::<String, crate::Refusal>(Ok(text))
                })
            })
        };
        Self(Dispatcher::new(
            capability,
            Arc::default(),
            InFlight::default(),
        ))
    }

    /// Answers one request.
    ///
    /// # Panics
    ///
    /// Where the request is refused.
    pub async fn dispatch(&self, request: &[u8]) -> Vec<u8> {
        let answer = self.try_dispatch(request).await;
        answer.expect("the call is answered")
    }

    /// Answers one request.
    ///
    /// # Errors
    ///
    /// Where the bytes are not CBOR, the SDK's reason; where the call is refused, what the caller is told.
    ///
    /// # Panics
    ///
    /// Where the answer is not CBOR.
    pub async fn try_dispatch(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        let payload = Payload(cbor::decode(request).map_err(|error| error.to_string())?);
        let deadline = SystemTime::now() + Duration::from_secs(5);
        let since = deadline.duration_since(SystemTime::UNIX_EPOCH);
        let deadline_ms = since.map_or(0, |since| since.as_millis() as u64);
        let call = Call::new(
            NodeId::from_bytes([7; 32]),
            "local/echo".into(),
            deadline_ms,
            false,
        );
        let answer = self.0.dispatch(payload, call).await;
        let answer = answer.map_err(|refusal| refusal.to_detail())?;
        Ok(cbor::encode(&answer.0).expect("an answer is CBOR"))
    }

    /// `value` as the wire's bytes.
    ///
    /// # Panics
    ///
    /// Where the wire has no form for it.
    #[must_use]
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
        let payload = codec::encode(value).expect("the value fits the wire");
        cbor::encode(&payload.0).expect("a payload is CBOR")
    }

    /// Returns the encoded length of `value`, computed by the codec as for a call, without the
    /// SDK's encoding; `None` if the wire cannot represent it.
    #[must_use]
    pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> Option<u64> {
        let payload = codec::encode(value).ok()?;
        Some(codec::encoded_len(&payload))
    }

    /// `value` as the wire's bytes, held against what the SDK says of them.
    ///
    /// # Errors
    ///
    /// Where the wire has no form for the value: the codec's reason.
    ///
    /// # Panics
    ///
    /// Where the SDK refuses what the codec admits, or the codec counts another length than the SDK writes.
    pub fn try_encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
        let payload = codec::encode(value).map_err(|error| error.to_string())?;
        frame::check_payload(&payload.0).expect("what the codec admits, the wire does");
        let bytes = cbor::encode(&payload.0).expect("a payload is CBOR");
        assert_eq!(codec::encoded_len(&payload), bytes.len() as u64);
        Ok(bytes)
    }

    /// The value that the wire's bytes hold.
    ///
    /// # Panics
    ///
    /// Where they hold another.
    #[must_use]
    pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
        Self::try_decode(bytes).expect("the bytes hold a value of the type")
    }

    /// The value that the wire's bytes hold.
    ///
    /// # Errors
    ///
    /// Where the bytes are not CBOR, the SDK's reason; where they hold no value of the type, the codec's.
    pub fn try_decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
        let payload = Payload(cbor::decode(bytes).map_err(|error| error.to_string())?);
        codec::decode(payload).map_err(|error| error.to_string())
    }
}
