//! Dispatch without a mesh, from the bytes of a request to the bytes of the response, for
//! benchmarks and fuzzers.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use macula_rust::{cbor, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::capability::{
    Call, Capability, Claims, Dispatcher, HandlerFuture, InFlight, Invocation, KeyedCalls, Limits,
    NodeId,
};
use crate::codec::{self, Payload};
use crate::mesh::connection::claims;

/// Limits that a benchmark does not reach. The guard still checks every call.
const UNMETERED: Limits = Limits {
    per_caller_max: Some(u32::MAX),
    global_max: Some(u32::MAX),
    ..Limits::UNSET
};

/// Dispatcher of a capability that echoes a text, with the codec of the wire.
#[derive(Debug)]
pub struct LocalDispatch(Arc<Dispatcher>);

impl LocalDispatch {
    /// Returns the dispatcher of a handler that echoes a text.
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
        Self(Arc::new(Dispatcher::new(
            capability,
            Arc::default(),
            InFlight::default(),
            KeyedCalls::default(),
        )))
    }

    /// Answers one request.
    ///
    /// # Panics
    ///
    /// If the request is refused.
    pub async fn dispatch(&self, request: &[u8]) -> Vec<u8> {
        let answer = self.try_dispatch(request).await;
        answer.expect("the call is answered")
    }

    /// Answers one request.
    ///
    /// # Errors
    ///
    /// Returns the SDK's error if the bytes are not CBOR, and the refusal if the call is refused.
    ///
    /// # Panics
    ///
    /// If the response is not CBOR.
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

    /// Encodes `value` for the wire.
    ///
    /// # Panics
    ///
    /// If `value` has no representation on the wire.
    #[must_use]
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
        let payload = codec::encode(value).expect("the value fits the wire");
        cbor::encode(&payload.0).expect("a payload is CBOR")
    }

    /// Returns the encoded length of `value`, computed by the codec as for a call, without the
    /// SDK's encoding. Returns `None` if `value` has no representation on the wire.
    #[must_use]
    pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> Option<u64> {
        let payload = codec::encode(value).ok()?;
        Some(codec::encoded_len(&payload))
    }

    /// Encodes `value` for the wire, and compares the result with the SDK's encoding.
    ///
    /// # Errors
    ///
    /// Returns the codec's error if `value` has no representation on the wire.
    ///
    /// # Panics
    ///
    /// If the SDK refuses a value that the codec accepts, or if the lengths of the encodings
    /// differ.
    pub fn try_encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
        let payload = codec::encode(value).map_err(|error| error.to_string())?;
        frame::check_payload(&payload.0).expect("what the codec admits, the wire does");
        let bytes = cbor::encode(&payload.0).expect("a payload is CBOR");
        assert_eq!(codec::encoded_len(&payload), bytes.len() as u64);
        Ok(bytes)
    }

    /// Decodes a value from wire bytes.
    ///
    /// # Panics
    ///
    /// If `bytes` do not represent a `T`.
    #[must_use]
    pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
        Self::try_decode(bytes).expect("the bytes hold a value of the type")
    }

    /// Decodes a value from wire bytes.
    ///
    /// # Errors
    ///
    /// Returns the SDK's error if `bytes` are not CBOR, and the codec's error if they do not
    /// represent a `T`.
    pub fn try_decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
        let payload = Payload(cbor::decode(bytes).map_err(|error| error.to_string())?);
        codec::decode(payload).map_err(|error| error.to_string())
    }
}

/// Returns the claims of a token that macula-rust has accepted for a call of `procedure`, as a
/// handler sees them; `None` if the token is ambiguous.
#[must_use]
pub fn accepted_claims(
    token: &[u8],
    proofs: &[Vec<u8>],
    realm: [u8; 32],
    procedure: &str,
) -> Option<Claims> {
    let claims = claims::claims(token, proofs)?;
    Some(Claims {
        realm,
        procedure: procedure.to_owned(),
        ..claims
    })
}
