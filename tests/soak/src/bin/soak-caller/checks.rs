//! Checks of one service while nobody else calls.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use hecate_om::identity::NodeId;
use hecate_om_soak::calls::{failed, outcome};
use hecate_om_soak::history::{Expected, Failure, Outcome};
use hecate_om_soak::wire::{Job, MEETING};

use crate::caller::{Caller, Planned};
use crate::requests::Unary;
use crate::streams::{STREAMS, StreamPlan};

/// Time in which a stream ends.
const STREAM_TIMEOUT: Duration = Duration::from_secs(20);

/// Number of calls of a volley, and of its calls at once.
const VOLLEY: usize = 300;
const VOLLEY_CALLERS: usize = 8;

/// Timeout of the calls of a meeting.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

impl Caller {
    /// Calls each capability of one provider, and returns what is wrong.
    pub(crate) async fn probe(&self, org: &str, provider: &str) -> Result<(), String> {
        let node: NodeId = provider.parse().map_err(|_| "not a node id".to_owned())?;
        for (name, version) in [
            ("soak.add", 1),
            ("soak.add_v2", 2),
            ("soak.put", 1),
            ("soak.sealed", 1),
            ("soak.members", 1),
            ("soak.limited", 1),
            ("soak.narrow", 1),
            ("soak.narrow", 1),
        ] {
            let unary = Unary::new(name).version(version).at(node);
            let outcome = self.unary_at(unary, org).await;
            if outcome != Outcome::Ok {
                return Err(format!("{name}: {outcome:?}"));
            }
        }
        for failure in [Failure::Panic, Failure::Refusal] {
            let unary = Unary::failing("soak.add", failure).at(node);
            let outcome = self.unary_at(unary, org).await;
            if !is_failure(&outcome, failure) {
                return Err(format!("{failure:?}: {outcome:?}"));
            }
        }
        for kind in STREAMS {
            let outcome = self
                .checked_stream(StreamPlan::large(kind), org, node)
                .await?;
            if outcome != Outcome::Ok {
                return Err(format!("{kind:?}: {outcome:?}"));
            }
            let failure = Failure::Refusal;
            let plan = StreamPlan::failing(kind, failure);
            let outcome = self.checked_stream(plan, org, node).await?;
            if !is_failure(&outcome, failure) {
                return Err(format!("{kind:?} with a failure: {outcome:?}"));
            }
        }
        match self.content(org, Some(node)).await {
            Outcome::Ok => Ok(()),
            outcome => Err(format!("soak.share: {outcome:?}")),
        }
    }

    /// Makes many calls of one provider, so that a fault in one of a thousand is found. Returns what
    /// is wrong.
    pub(crate) async fn volley(&self, org: &str, provider: &str) -> Result<(), String> {
        let node: NodeId = provider.parse().map_err(|_| "not a node id".to_owned())?;
        let calls = stream::iter(0..VOLLEY)
            .map(|_| self.unary_at(Unary::new("soak.add").at(node), org))
            .buffer_unordered(VOLLEY_CALLERS);
        let outcomes: Vec<Outcome> = calls.collect().await;
        match outcomes.iter().find(|outcome| **outcome != Outcome::Ok) {
            Some(outcome) => Err(format!("soak.add: {outcome:?}")),
            None => Ok(()),
        }
    }

    /// Uses a stream to its end, within a limit of time.
    async fn checked_stream(
        &self,
        plan: StreamPlan,
        org: &str,
        node: NodeId,
    ) -> Result<Outcome, String> {
        let stream = self.stream(plan, org, Some(node));
        let ended = tokio::time::timeout(STREAM_TIMEOUT, stream).await;
        ended.map_err(|_| format!("no end within {STREAM_TIMEOUT:?} of {plan:?}"))
    }

    /// Makes as many calls of one provider's `soak.meet` as it may run at once, and returns what is
    /// wrong.
    pub(crate) async fn meet(&self, org: &str, provider: &str) -> Result<(), String> {
        let node: NodeId = provider.parse().map_err(|_| "not a node id".to_owned())?;
        let calls = (0..MEETING).map(|_| async {
            let procedure = format!("{org}/soak.meet");
            let planned = Planned {
                provider: Some(provider.to_owned()),
                ..Planned::unary(procedure, CHECK_TIMEOUT, Expected::Answer)
            };
            let call = self.begin(&planned);
            let job = Job {
                call: call.clone(),
                ..Job::default()
            };
            let outgoing = self.mesh.procedure(&planned.procedure).provider(node);
            let met = outgoing
                .timeout(planned.timeout)
                .call::<_, bool>(&job)
                .await;
            self.end(call, outcome(&met, |_| None), 0, 0);
            met
        });
        for met in futures_util::future::join_all(calls).await {
            match met {
                Ok(true) => {}
                Ok(false) => return Err("not all calls ran at once".to_owned()),
                Err(error) => return Err(format!("{:?}", failed(&error))),
            }
        }
        Ok(())
    }
}

/// Returns whether a call has ended with this failure of its handler.
fn is_failure(outcome: &Outcome, failure: Failure) -> bool {
    matches!(outcome, Outcome::Error { code, .. } if code == failure.code())
}
