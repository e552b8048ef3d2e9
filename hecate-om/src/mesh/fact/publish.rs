//! Publishing.

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
use macula_rust::station_link::Publication;
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::PublishError;
use super::outbox::{Room, Turn};
use crate::backoff::BackoffPolicy;
use crate::codec::{self, Payload};
use crate::mesh::connection::shielded;
use crate::mesh::{CallError, Mesh};

/// How long a fact may take to leave where nobody says (upstream's for a synchronous publish).
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest it may (macula's limit of a call).
const MAX_PATIENCE: Duration = Duration::from_secs(600);
/// The longest a fact may be delivered after it was published (the wire's limit).
const MAX_TTL: Duration = Duration::from_secs(3_600);
/// Delays before a fact that found no link is retried.
const RELINK: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(50), 2.0, Duration::from_millis(400));

/// A kind of fact, to be published; see [`Mesh::topic`].
#[derive(Debug)]
#[must_use = "nothing is published before `publish`"]
pub struct Topic<'a> {
    mesh: &'a Mesh,
    name: String,
    patience: Duration,
    ttl: Option<Duration>,
}

/// A fact being published, which goes on whether this is awaited or dropped.
///
/// Awaited, it says how that went. `Ok` means that a station's link has taken the fact: the wire acknowledges no
/// publication, so nobody learns who heard it. What its station is not known to have read when a link ends is sent
/// again on the next; who did hear it hears it once.
#[derive(Debug)]
pub struct Publishing(oneshot::Receiver<Result<(), PublishError>>);

impl Mesh {
    /// Publishes a fact in the realm: at once, in a task of its own, so that nothing it does can end the caller's.
    ///
    /// The topic names a kind of fact, in the past tense, with its version: `<org>/<app>/order_placed_v1`. Ids go into
    /// the fact. Anyone in the realm may publish under any topic, and hears any: what a fact is worth, its listener
    /// judges by who published it.
    ///
    /// [`topic`](crate::fact::topic) checks a literal topic when it is compiled.
    ///
    /// What is returned may be dropped. A fact that does not fit the wire and a text that is no topic are errors too,
    /// so a failure is never lost: it is counted (`hecate_facts_published_total`) and logged with the place that
    /// published it, once for as long as it stays the same. Facts leave in the order in which they were published, and a drain waits for them.
    ///
    /// ```
    /// use hecate_om::{Mesh, fact::PublishError};
    ///
    /// #[derive(serde::Serialize)]
    /// struct OrderPlaced {
    ///     order: u64,
    /// }
    ///
    /// # #[allow(dead_code)]
    /// async fn place(mesh: &Mesh) -> Result<(), PublishError> {
    ///     // Fire and forget.
    ///     mesh.publish("acme/shop/order_placed_v1", &OrderPlaced { order: 1 });
    ///     // Or until a station's link has taken it.
    ///     mesh.publish("acme/shop/order_placed_v1", &OrderPlaced { order: 2 }).await
    /// }
    /// ```
    #[track_caller]
    pub fn publish<T: Serialize + ?Sized>(&self, topic: impl Into<String>, fact: &T) -> Publishing {
        self.topic(topic).publish(fact)
    }

    /// [`Mesh::publish`] with options.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # #[allow(dead_code)]
    /// fn tell(mesh: &hecate_om::Mesh, degrees: f64) {
    ///     // Of no use to who hears it later.
    ///     mesh.topic("acme/weather/temperature_read_v1").ttl(Duration::from_secs(30)).publish(&degrees);
    /// }
    /// ```
    pub fn topic(&self, topic: impl Into<String>) -> Topic<'_> {
        Topic {
            mesh: self,
            name: topic.into(),
            patience: PATIENCE,
            ttl: None,
        }
    }
}

impl Topic<'_> {
    /// Gives up after so long, instead of 5 s; at most 10 min. Until then it waits for a station to be linked.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.patience = timeout.min(MAX_PATIENCE);
        self
    }

    /// Has the fact delivered for so long after it is published, instead of 10 min; at most 1 h.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl.min(MAX_TTL));
        self
    }

    /// Publishes a fact; see [`Mesh::publish`].
    #[track_caller]
    pub fn publish<T: Serialize + ?Sized>(self, fact: &T) -> Publishing {
        let at = Location::caller();
        let (told, ended) = oneshot::channel();
        if let Err(error) = self.begin(fact, told, at) {
            self.mesh.facts.outbox.refused(&self.name, &error, at);
            let (told, ended) = oneshot::channel();
            // It is held right here.
            let _ = told.send(Err(error));
            return Publishing(ended);
        }
        Publishing(ended)
    }

    fn begin<T: Serialize + ?Sized>(
        &self,
        fact: &T,
        told: oneshot::Sender<Result<(), PublishError>>,
        at: &'static Location<'static>,
    ) -> Result<(), PublishError> {
        let name: TopicName = self
            .name
            .parse()
            .map_err(|error| PublishError::BadTopic(format!("{error}")))?;
        let payload = codec::encode(fact)?;
        let facts = &self.mesh.facts;
        let runtime = facts.runtime().ok_or(PublishError::Aborted)?;
        let room = facts.outbox.room(codec::encoded_len(&payload))?;
        let leaving = Leaving {
            mesh: self.mesh.clone(),
            topic: name.into(),
            payload,
            patience: self.patience,
            deadline: Instant::now() + self.patience,
            ttl: self.ttl,
            room: Arc::new(room),
            at,
        };
        // Queued here and not in the task, because tasks start in any order.
        runtime.spawn(leaving.run(facts.outbox.queue(), told));
        Ok(())
    }
}

/// A fact on its way out.
#[derive(Debug)]
struct Leaving {
    mesh: Mesh,
    topic: String,
    payload: Payload,
    patience: Duration,
    deadline: Instant,
    ttl: Option<Duration>,
    /// Also held by the SDK's publication, which continues after its caller is gone.
    room: Arc<Room>,
    /// The place in the service's code.
    at: &'static Location<'static>,
}

impl Leaving {
    async fn run(self, turn: Turn, told: oneshot::Sender<Result<(), PublishError>>) {
        let outbox = &self.mesh.facts.outbox;
        let span = tracing::debug_span!(
            "publish",
            topic = self.topic,
            outcome = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let (known, taken);
        known = outbox.tallies.of(&self.topic);
        let mut running = known.start(&span);
        let ended = AssertUnwindSafe(self.leave(turn)).catch_unwind().await;
        let ended = ended.unwrap_or(Err(PublishError::Aborted));
        if ended.is_ok() {
            taken = outbox.tallies.of_answered(&self.topic);
            running = running.moved(&taken);
        }
        running.end(ended.as_ref().map_or_else(PublishError::word, |()| "ok"));
        outbox.tell(&self.topic, ended.as_ref().copied(), self.at);
        // Nobody need wait for it.
        let _ = told.send(ended);
    }

    /// Waits for its turn and for a link, and publishes the fact. The turn passes on when this
    /// returns.
    async fn leave(&self, turn: Turn) -> Result<(), PublishError> {
        let late = || PublishError::TimedOut(self.patience);
        let _turn = timeout_at(self.deadline, turn).await.map_err(|_| late())?;
        let mut relink = RELINK.start();
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let up = self.mesh.up(left).await.map_err(|error| match error {
                CallError::NotConnected(why) => PublishError::NotConnected(why),
                other => PublishError::Refused(other.to_string()),
            })?;
            let publication = Publication {
                realm: up.realm.id,
                topic: self.topic.clone(),
                payload: Clear::Clear(self.payload.0.clone()),
                ttl_ms: self
                    .ttl
                    .map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX)),
            };
            let room = Arc::clone(&self.room);
            let publishing = shielded(async move {
                let _room = room;
                up.pool.publish(publication).await
            });
            match timeout_at(self.deadline, publishing).await {
                Ok(Ok(())) => return Ok(()),
                // The links are being made anew, and nothing was sent.
                Ok(Err(PoolError::NoLink(errors))) if errors.is_empty() => {}
                Ok(Err(PoolError::Closed)) => {}
                Ok(Err(error)) => return Err(PublishError::Refused(error.to_string())),
                Err(_) => return Err(late()),
            }
            let pause = relink.next_delay();
            if self.deadline.saturating_duration_since(Instant::now()) < pause {
                return Err(PublishError::NotConnected("no station is linked now"));
            }
            tokio::time::sleep(pause).await;
        }
    }
}

impl Future for Publishing {
    type Output = Result<(), PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(self.0.poll_unpin(cx));
        Poll::Ready(ended.unwrap_or(Err(PublishError::Aborted)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::capability::NodeId;
    use crate::mesh::{Authority, MeshSetter};

    fn mesh() -> (Mesh, MeshSetter) {
        Mesh::pending(NodeId::from_bytes([1; 32]), Arc::new(Authority::none()))
    }

    fn ended(mesh: &Mesh, outcome: &str) -> u64 {
        let methods = mesh.facts.outbox.tallies.methods();
        let ended = methods.iter().flat_map(|(_, tally)| tally.ended());
        ended
            .filter(|(name, _)| *name == outcome)
            .map(|(_, n)| n)
            .sum()
    }

    #[tokio::test]
    async fn where_there_is_no_mesh_a_fact_is_not_published_at_once() {
        let (mesh, setter) = mesh();
        setter.absent();
        let error = mesh.publish("something_happened", &1).await.unwrap_err();
        assert!(matches!(error, PublishError::NotConnected(_)), "{error}");
        assert_eq!(ended(&mesh, "not_connected"), 1);
        assert_eq!(mesh.facts.outbox.aborted(), 0);
    }

    #[tokio::test]
    async fn what_is_no_topic_and_what_does_not_fit_the_wire_are_errors_of_the_handle() {
        let (mesh, _setter) = mesh();
        let error = mesh
            .publish("acme/shop/order placed_v1", &1)
            .await
            .unwrap_err();
        assert!(matches!(error, PublishError::BadTopic(_)), "{error}");
        let error = mesh.publish("happened", &u64::MAX).await.unwrap_err();
        assert!(matches!(error, PublishError::Unencodable(_)), "{error}");
        assert_eq!(
            (ended(&mesh, "bad_topic"), ended(&mesh, "unencodable")),
            (1, 1)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_fact_waits_for_a_link_until_its_time_is_over_and_whoever_ends_waits_for_it() {
        let (mesh, _setter) = mesh();
        drop(
            mesh.topic("happened")
                .timeout(Duration::from_secs(1))
                .publish(&1),
        );
        assert_eq!(mesh.facts.outbox.len(), 1);
        mesh.facts.outbox.idle().await;
        assert_eq!(ended(&mesh, "not_connected"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn more_facts_than_can_leave_are_refused() {
        let (mesh, _setter) = mesh();
        for _ in 0..1_024 {
            mesh.publish("happened", &1);
        }
        let error = mesh.publish("happened", &1).await.unwrap_err();
        assert_eq!(error, PublishError::TooMany(1_024));
    }

    #[tokio::test(start_paused = true)]
    async fn more_bytes_than_may_wait_are_refused_and_there_is_room_again_once_they_are_given_up() {
        let (mesh, _setter) = mesh();
        let large = "x".repeat(15 << 20);
        for _ in 0..4 {
            mesh.publish("happened", &large);
        }
        let error = mesh.publish("happened", &large).await.unwrap_err();
        assert!(matches!(error, PublishError::TooManyBytes(_)), "{error}");
        assert_eq!(ended(&mesh, "too_many"), 1);
        mesh.publish("happened", &1);
        mesh.facts.outbox.idle().await;
        mesh.publish("happened", &large);
        assert_eq!(mesh.facts.outbox.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fact_gives_up_at_its_own_deadline_though_an_earlier_one_waits_longer() {
        let (mesh, _setter) = mesh();
        let minutes = mesh.topic("happened").timeout(Duration::from_secs(600));
        let long = minutes.publish(&1);
        let seconds = mesh.topic("happened").timeout(Duration::from_secs(1));
        let error = seconds.publish(&2).await.unwrap_err();
        assert_eq!(error, PublishError::TimedOut(Duration::from_secs(1)));
        assert_eq!(mesh.facts.outbox.len(), 1, "the other waits on");
        assert!(long.await.is_err());
    }

    #[test]
    fn without_a_runtime_it_is_an_error_and_no_panic() {
        let (mesh, _setter) = mesh();
        let ended = mesh.publish("happened", &1).now_or_never();
        assert_eq!(ended, Some(Err(PublishError::Aborted)));
    }
}
