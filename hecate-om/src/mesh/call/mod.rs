//! Calls of other services' capabilities.

mod attempt;
pub(in crate::mesh) mod builder;
pub(in crate::mesh) mod credentials;
mod directory;
pub(in crate::mesh) mod error;
pub(in crate::mesh) mod metrics;
pub(in crate::mesh) mod mismatch;
pub(in crate::mesh) mod operation;
pub(in crate::mesh) mod options;
mod orgs;
#[cfg(all(test, feature = "dev-mesh"))]
mod payload_end_to_end;
pub(in crate::mesh) mod providers;
pub(in crate::mesh) mod retry;
mod typed_call;
pub(in crate::mesh) mod unary;

pub(in crate::mesh) use attempt::Attempt;
pub use builder::CallBuilder;
pub use directory::Advertised;
pub use error::CallError;
pub(crate) use metrics::OutgoingCallMetrics;
pub(crate) use orgs::Orgs;
pub use typed_call::TypedCall;

use std::fmt;

use tokio::time::Instant;
use tracing::Instrument as _;

use crate::capability::Kind;
use crate::codec::Payload;
use crate::mesh::connection::Connection;
use mismatch::{CallerSchema, FailedCall, MismatchCache};
use options::CallOptions;
use providers::Providers;
use unary::UnaryCall;

/// Calls and streams that this node makes: their metrics, and what is known about the called
/// procedures.
pub(in crate::mesh) struct Calls {
    pub(in crate::mesh) connection: Connection,
    pub(in crate::mesh) metrics: OutgoingCallMetrics,
    pub(in crate::mesh) providers: Providers,
    mismatches: MismatchCache,
    pub(in crate::mesh) orgs: Orgs,
}

impl Calls {
    pub(in crate::mesh) fn new(connection: Connection, orgs: Orgs) -> Self {
        Self {
            connection,
            metrics: OutgoingCallMetrics::new(),
            providers: Providers::default(),
            mismatches: MismatchCache::default(),
            orgs,
        }
    }

    /// Makes a unary call, and counts it in the metrics. If `caller` has a schema, the error of a
    /// failed call reports a mismatch with that schema.
    async fn call<Res>(
        &self,
        procedure: &str,
        options: &CallOptions,
        request: Result<Payload, CallError>,
        caller: Option<CallerSchema>,
        decode: fn(Payload) -> Result<Res, CallError>,
    ) -> Result<Res, CallError> {
        let span = tracing::info_span!(
            "outgoing",
            procedure,
            outcome = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let (of_procedure, of_answered);
        of_procedure = self.metrics.of(procedure);
        let mut running = of_procedure.start(&span);
        let executed = async {
            let request = UnaryCall(unary::with_key(request?, options)?);
            let (_, deadline) = options.deadline();
            let (answer, answered_by) =
                operation::execute(self, procedure, options, &request).await;
            let error = match answer.and_then(decode) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(provider) = answered_by else {
                return Err(error);
            };
            let failed = FailedCall {
                procedure,
                kind: Kind::Unary,
                caller,
                provider,
                remaining: deadline.saturating_duration_since(Instant::now()),
            };
            Err(mismatch::diagnose(self, failed, error).await)
        };
        let result = executed.instrument(span.clone()).await;
        if matches!(result, Ok(_) | Err(CallError::Refused(_))) {
            of_answered = self.metrics.of_answered(procedure);
            running = running.moved(&of_answered);
        }
        running.end(metrics::outcome(&result));
        result
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calls({})", self.connection.node_id())
    }
}
