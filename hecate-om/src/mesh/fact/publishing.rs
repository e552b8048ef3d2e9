//! Publishing of one fact.

use std::future::Future;
use std::panic::{AssertUnwindSafe, Location};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::FutureExt;
use hecate_om_manifest::Topic as TopicName;
use macula_rust::frame::Payload as Clear;
use macula_rust::pool::PoolError;
use macula_rust::station_link::{Link, LinkError, Publication, SignedPublication};
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::publish_queue::{QueuePosition, Reservation};
use super::{Facts, PublishError};
use crate::backoff::BackoffPolicy;
use crate::cause::Cause;
use crate::codec::{self, CodecError, Payload};
use crate::mesh::connection::{Uplink, end_reason, shielded};

/// Default timeout, as for a synchronous publish in hecate-om (Erlang).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest timeout: macula-rust's limit for a call.
const MAX_TIMEOUT: Duration = Duration::from_secs(600);
/// Longest time to live of a fact: the limit of the wire.
const MAX_TTL: Duration = Duration::from_secs(3_600);
/// Maximum number of own stations that a fact is sent to, as in macula-rust.
const MAX_COPIES: usize = 2;
/// Delays before a fact that found no link is sent again.
const RELINK: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(50), 2.0, Duration::from_millis(400));

/// Options of a publication; see [`Mesh::topic`](crate::Mesh::topic).
#[derive(Debug)]
#[must_use = "nothing is published before `publish`"]
pub struct PublishBuilder<'a> {
    facts: &'a Arc<Facts>,
    topic: String,
    timeout: Duration,
    ttl: Option<Duration>,
}

/// Handle of a publication. The publication continues whether the handle is awaited or dropped.
///
/// Await the handle for the outcome. `Ok` means that a station's link accepted the fact. The wire
/// does not acknowledge publications, so it is unknown which nodes received the fact. If a link
/// ends before its station is known to have read the fact, the fact is sent again on another link;
/// see the order of facts at [`subscribe`](macro@crate::subscribe). A fact that could not be sent again in
/// time, or before the links were closed, may be lost: it is counted (`hecate_facts_unconfirmed_total`) and
/// logged, but the SDK does not report which fact it was.
#[derive(Debug)]
pub struct Publishing(oneshot::Receiver<Result<(), PublishError>>);

impl<'a> PublishBuilder<'a> {
    pub(in crate::mesh) const fn new(facts: &'a Arc<Facts>, topic: String) -> Self {
        Self {
            facts,
            topic,
            timeout: DEFAULT_TIMEOUT,
            ttl: None,
        }
    }

    /// Sets the timeout. The default is 5 s, the maximum 10 min. Until the timeout, the fact waits
    /// for a linked station.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(MAX_TIMEOUT);
        self
    }

    /// Sets the time to live: how long after its publication the fact may be delivered. The default
    /// is 10 min, the maximum 1 h.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl.min(MAX_TTL));
        self
    }

    /// Publishes a fact without a type of its own; see [`Mesh::topic`](crate::Mesh::topic).
    #[track_caller]
    pub fn publish<T: Serialize + ?Sized>(self, fact: &T) -> Publishing {
        self.publish_encoded(codec::encode(fact))
    }

    #[track_caller]
    pub(super) fn publish_encoded(self, fact: Result<Payload, CodecError>) -> Publishing {
        let at = Location::caller();
        let (sender, outcome) = oneshot::channel();
        match self.enqueue(fact, at) {
            Ok((pending, position)) => pending.spawn(position, sender),
            Err(error) => {
                self.facts.publish_queue.reject(&self.topic, &error, at);
                // The receiver is still in scope.
                let _ = sender.send(Err(error));
            }
        }
        Publishing(outcome)
    }

    /// Adds the fact to the queue.
    fn enqueue(
        &self,
        fact: Result<Payload, CodecError>,
        at: &'static Location<'static>,
    ) -> Result<(PendingPublish, QueuePosition), PublishError> {
        let topic: TopicName = self
            .topic
            .parse()
            .map_err(|error| PublishError::BadTopic(Cause::new(error)))?;
        let payload = fact?;
        let runtime = self.facts.runtime().ok_or(PublishError::Aborted)?;
        let queue = &self.facts.publish_queue;
        let reservation = queue.reserve(codec::encoded_len(&payload))?;
        let pending = PendingPublish {
            facts: Arc::clone(self.facts),
            runtime,
            topic: topic.into(),
            payload,
            timeout: self.timeout,
            deadline: Instant::now() + self.timeout,
            ttl: self.ttl,
            reservation: Arc::new(reservation),
            at,
        };
        // Joined here and not in the task, because tasks start in any order.
        Ok((pending, queue.join()))
    }
}

/// Fact in the queue.
#[derive(Debug)]
struct PendingPublish {
    facts: Arc<Facts>,
    runtime: Handle,
    topic: String,
    payload: Payload,
    timeout: Duration,
    deadline: Instant,
    ttl: Option<Duration>,
    /// Shared with the SDK's publication, which continues after its caller is dropped.
    reservation: Arc<Reservation>,
    /// Location of the publishing call in the service's code.
    at: &'static Location<'static>,
}

impl PendingPublish {
    fn spawn(self, position: QueuePosition, sender: oneshot::Sender<Result<(), PublishError>>) {
        let runtime = self.runtime.clone();
        runtime.spawn(async move {
            let outcome = self.run(position).await;
            // The handle may have been dropped.
            let _ = sender.send(outcome);
        });
    }

    /// Publishes the fact, and counts and logs the outcome.
    async fn run(&self, position: QueuePosition) -> Result<(), PublishError> {
        let queue = &self.facts.publish_queue;
        let span = tracing::debug_span!(
            "publish",
            topic = self.topic,
            outcome = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let (of_topic, of_accepted);
        of_topic = queue.metrics.of(&self.topic);
        let mut running = of_topic.start(&span);
        let outcome = AssertUnwindSafe(self.send(position)).catch_unwind().await;
        let outcome = outcome.unwrap_or(Err(PublishError::Aborted));
        if outcome.is_ok() {
            of_accepted = queue.metrics.of_answered(&self.topic);
            running = running.moved(&of_accepted);
        }
        running.end(outcome.as_ref().map_or_else(PublishError::label, |()| "ok"));
        queue.report(&self.topic, outcome.as_ref().copied(), self.at);
        outcome
    }

    /// Waits until the fact is first in the queue and an own station is linked, and sends the fact.
    /// The next fact becomes first when this function returns.
    async fn send(&self, position: QueuePosition) -> Result<(), PublishError> {
        let timed_out = || PublishError::TimedOut(self.timeout);
        let _first = timeout_at(self.deadline, position)
            .await
            .map_err(|_| timed_out())?;
        // Signed once: subscribers receive copies of one publication once.
        let mut signed: Option<SignedPublication> = None;
        let mut relink = RELINK.start();
        loop {
            let up = self.facts.connection.up(self.remaining()).await;
            let up = up.map_err(|error| PublishError::NotConnected(error.0))?;
            let publication = match &signed {
                Some(signed) => signed.clone(),
                None => signed.insert(self.sign(&up)?).clone(),
            };
            let reservation = Arc::clone(&self.reservation);
            let publishing = shielded(async move {
                let _reservation = reservation;
                publish_on(up.router.station_links(), &publication).await
            });
            match timeout_at(self.deadline, publishing).await {
                Ok(Ok(true)) => return Ok(()),
                // The links are being replaced.
                Ok(Ok(false)) => {}
                Ok(Err(error)) => return Err(PublishError::Refused(Cause::new(error))),
                Err(_) => return Err(timed_out()),
            }
            let delay = relink.next_delay();
            if self.remaining() < delay {
                return Err(PublishError::NotConnected("no station is linked now"));
            }
            tokio::time::sleep(delay).await;
        }
    }

    /// Signs the fact. A fact of a group that this node has joined, through the SDK's pool, must
    /// not leave in the clear.
    fn sign(&self, up: &Uplink) -> Result<SignedPublication, PublishError> {
        if let Some((prefix, _)) = up.pool.group_policy(&up.realm.id, &self.topic) {
            return Err(PublishError::Refused(Cause::new(PoolError::GroupHeld(
                prefix,
            ))));
        }
        let publication = Publication {
            realm: up.realm.id,
            topic: self.topic.clone(),
            payload: Clear::Clear(self.payload.0.clone()),
            ttl_ms: self
                .ttl
                .map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX)),
        };
        let signed = SignedPublication::sign(&up.key, &self.facts.sequence, publication);
        signed.map_err(|error| PublishError::Refused(Cause::new(error)))
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Sends the publication on the first of `links`, the links to the node's own stations. Returns
/// whether one accepted it; a link that ends has not.
///
/// The SDK's pool would also send it over direct links, and subscribers would receive its facts
/// over several links, in another order.
async fn publish_on(links: Vec<Link>, publication: &SignedPublication) -> Result<bool, LinkError> {
    let mut is_accepted = false;
    let mut refused = Ok(());
    for link in links.iter().take(MAX_COPIES) {
        match link.publish_signed(publication).await {
            Ok(()) => is_accepted = true,
            Err(error) if end_reason(link).await.is_none() => refused = Err(error),
            Err(_) => {}
        }
    }
    if !is_accepted {
        refused?;
    }
    Ok(is_accepted)
}

impl Future for Publishing {
    type Output = Result<(), PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = ready!(self.0.poll_unpin(cx));
        Poll::Ready(outcome.unwrap_or(Err(PublishError::Aborted)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mesh::{Authority, Identity, Mesh, MeshSetter};

    fn mesh() -> (Mesh, MeshSetter) {
        Mesh::pending(&Identity::for_tests(), Arc::new(Authority::none()))
    }

    fn count(mesh: &Mesh, outcome: &str) -> u64 {
        let methods = mesh.facts.publish_queue.metrics.methods();
        let ended = methods.iter().flat_map(|(_, metrics)| metrics.ended());
        ended
            .filter(|(name, _)| *name == outcome)
            .map(|(_, n)| n)
            .sum()
    }

    #[tokio::test]
    async fn without_a_mesh_a_publication_fails_at_once() {
        let (mesh, setter) = mesh();
        setter.absent();
        let error = mesh
            .topic("something_happened")
            .publish(&1)
            .await
            .unwrap_err();
        assert!(matches!(error, PublishError::NotConnected(_)), "{error}");
        assert_eq!(count(&mesh, "not_connected"), 1);
        assert_eq!(mesh.facts.publish_queue.aborted(), 0);
    }

    #[tokio::test]
    async fn an_invalid_topic_and_an_unencodable_fact_are_errors_of_the_handle() {
        let (mesh, _setter) = mesh();
        let error = mesh
            .topic("acme/shop/order placed_v1")
            .publish(&1)
            .await
            .unwrap_err();
        assert!(matches!(error, PublishError::BadTopic(_)), "{error}");
        let error = mesh.topic("happened").publish(&u64::MAX).await.unwrap_err();
        assert!(matches!(error, PublishError::Unencodable(_)), "{error}");
        assert_eq!(
            (count(&mesh, "bad_topic"), count(&mesh, "unencodable")),
            (1, 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_fact_waits_for_a_link_until_its_timeout_and_idle_waits_for_the_fact() {
        let (mesh, _setter) = mesh();
        drop(
            mesh.topic("happened")
                .timeout(Duration::from_secs(1))
                .publish(&1),
        );
        assert_eq!(mesh.facts.publish_queue.len(), 1);
        mesh.facts.publish_queue.idle().await;
        assert_eq!(count(&mesh, "not_connected"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn facts_beyond_the_queues_length_are_refused() {
        let (mesh, _setter) = mesh();
        for _ in 0..1_024 {
            mesh.topic("happened").publish(&1);
        }
        let error = mesh.topic("happened").publish(&1).await.unwrap_err();
        assert_eq!(error, PublishError::TooMany(1_024));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_beyond_the_queues_size_are_refused_until_earlier_facts_have_failed() {
        let (mesh, _setter) = mesh();
        let large = "x".repeat(15 << 20);
        for _ in 0..4 {
            mesh.topic("happened").publish(&large);
        }
        let error = mesh.topic("happened").publish(&large).await.unwrap_err();
        assert!(matches!(error, PublishError::TooManyBytes(_)), "{error}");
        assert_eq!(count(&mesh, "too_many"), 1);
        mesh.topic("happened").publish(&1);
        mesh.facts.publish_queue.idle().await;
        mesh.topic("happened").publish(&large);
        assert_eq!(mesh.facts.publish_queue.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fact_times_out_at_its_own_deadline_while_an_earlier_one_still_waits() {
        let (mesh, _setter) = mesh();
        let minutes = mesh.topic("happened").timeout(Duration::from_secs(600));
        let long = minutes.publish(&1);
        let seconds = mesh.topic("happened").timeout(Duration::from_secs(1));
        let error = seconds.publish(&2).await.unwrap_err();
        assert_eq!(error, PublishError::TimedOut(Duration::from_secs(1)));
        assert_eq!(mesh.facts.publish_queue.len(), 1, "the other still waits");
        assert!(long.await.is_err());
    }

    #[test]
    fn publishing_without_a_runtime_is_an_error() {
        let (mesh, _setter) = mesh();
        let ended = mesh.topic("happened").publish(&1).now_or_never();
        assert_eq!(ended, Some(Err(PublishError::Aborted)));
    }
}
