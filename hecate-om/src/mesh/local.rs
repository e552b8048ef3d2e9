//! Dispatch without a mesh, for the benchmarks: from a request's bytes to the answer's.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use macula_rust::cbor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{self, Payload};
use crate::capability::{
    Call, Capability, Dispatcher, InFlight, Invocation, Limits, NodeId, Pending,
};

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
                Pending::new(async move {
                    let text: String = invocation.payload()?;
                    crate::__private::reply::<String, crate::Refusal>(Ok(text))
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
        let payload = Payload(cbor::decode(request).expect("the request is CBOR"));
        let deadline = SystemTime::now() + Duration::from_secs(5);
        let since = deadline.duration_since(SystemTime::UNIX_EPOCH);
        let call = Call {
            caller: NodeId::from_bytes([7; 32]),
            procedure: "local/echo".into(),
            deadline_ms: since.map_or(0, |since| since.as_millis() as u64),
            sealed: false,
        };
        let answer = self.0.dispatch(payload, call).await;
        cbor::encode(&answer.expect("the call is answered").0).expect("an answer is CBOR")
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

    /// The value that the wire's bytes hold.
    ///
    /// # Panics
    ///
    /// Where they hold another.
    #[must_use]
    pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
        let payload = Payload(cbor::decode(bytes).expect("the bytes are CBOR"));
        codec::decode(payload).expect("the value is of the type")
    }
}
