//! Graceful shutdown: finishes the work in flight, within a time limit that nothing can extend.

mod deadlines;
mod unfinished;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::mesh_connection::MeshConnection;
use super::running::RunningService;
use super::stop::{self, STOP_TIMEOUT};
use crate::health::Stage;
use crate::mesh::PoolHandle;
use crate::service::Contract;
use deadlines::Deadlines;
use unfinished::{FINISHED, UnfinishedWork};

/// Time for macula-rust to sign the handlers' answers and write them to the link. It does both
/// after the handler returns, and does not report when it is done.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
/// Additional time per call in flight at the start of the drain: twice the 2.3 ms that the hybrid
/// profile needs per signature.
const EACH_ANSWER: Duration = Duration::from_millis(5);
/// Bytes of answers signed per second: a tenth of the rate of an idle core.
const SIGNED_PER_SECOND: u64 = 16 * 1024 * 1024;
/// Timeout of the withdrawal from all stations.
const WITHDRAW_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for cancelled work to end. Work that takes longer blocks its thread until the process
/// exits.
const CANCELLATION: Duration = Duration::from_millis(200);

/// Shuts the service down in order: readiness, withdrawal, work in flight, `stop`, the mesh, and
/// the health port last. All steps share one limit, HECATE_DRAIN_MAX.
pub(crate) async fn shut_down<S: Contract>(service: RunningService<S>) {
    let deadlines = Deadlines::start(service.config.drain_max);
    let work = Arc::new(UnfinishedWork::new(&service));
    if service.own_process {
        deadlines.spawn_exit(&work);
    }
    drain(service, &work, deadlines).await;
}

async fn drain<S: Contract>(
    mut service: RunningService<S>,
    work: &UnfinishedWork,
    deadlines: Deadlines,
) {
    // Before the withdrawal, which an unresponsive station delays: no scheduled run may start
    // during a drain.
    work.stop();
    service.health_state.set_stage(Stage::Draining);
    service.systemd.stopping();
    let calls = u32::try_from(service.in_flight.len()).unwrap_or(u32::MAX);
    let answered_before = service.in_flight.answered_bytes();
    service.systemd.extend(WITHDRAW_TIMEOUT);
    let pool = match service.connection.take() {
        Some(connection) => withdraw(connection, deadlines).await,
        None => None,
    };
    finish(&service, work, deadlines).await;
    let bytes = service
        .in_flight
        .answered_bytes()
        .saturating_sub(answered_before);
    let answered = Instant::now() + answer_time(calls, bytes);
    service.systemd.extend(deadlines.remaining());
    withdraw_contents(&service, work, deadlines).await;
    service.sampler.abort();
    stop_service(&service, work, deadlines).await;
    work.set_step("sending the last facts");
    // A timeout is not handled here, because unsent facts are reported with the unfinished work.
    let sending = service.mesh.facts().publish_queue.idle();
    let _ = timeout_at(deadlines.last_step(), sending).await;
    if pool.is_some() {
        sleep_until(answered.min(deadlines.last_step())).await;
    }
    confirm(&service, work, deadlines).await;
    close(service, work, pool, deadlines).await;
}

/// Returns how long macula-rust may take to sign and write the last answers.
fn answer_time(calls: u32, bytes: u64) -> Duration {
    let signing = Duration::from_millis(bytes.saturating_mul(1_000) / SIGNED_PER_SECOND);
    LAST_ANSWERS.saturating_add(EACH_ANSWER.saturating_mul(calls)) + signing
}

/// Withdraws the shared contents. Fetches of them may continue until the deadline of the work in
/// flight.
async fn withdraw_contents<S>(
    service: &RunningService<S>,
    work: &UnfinishedWork,
    deadlines: Deadlines,
) {
    work.set_step("withdrawing the shared contents");
    let withdrawing = service.mesh.contents().stop_sharing(deadlines.work());
    if timeout_at(deadlines.contents_withdrawn(), withdrawing)
        .await
        .is_err()
    {
        tracing::warn!("the shared contents were not withdrawn from every station in time");
    }
}

/// Runs the service's own `stop`.
async fn stop_service<S: Contract>(
    service: &RunningService<S>,
    work: &UnfinishedWork,
    deadlines: Deadlines,
) {
    work.set_stopping(true);
    let remaining = deadlines
        .last_step()
        .saturating_duration_since(Instant::now());
    let stopped = stop::stop::<S>(&service.service, remaining.min(STOP_TIMEOUT)).await;
    // `stop` exceeded its own limit, so the report at the end of the drain would name the wrong
    // limit.
    if !stopped && remaining > STOP_TIMEOUT {
        stop::log_timeout();
    }
    work.set_stopping(!stopped && remaining <= STOP_TIMEOUT);
}

/// Waits until the stations have confirmed the last answers and facts. A link may still buffer
/// megabytes of them, which would be lost if the link were closed.
async fn confirm<S>(service: &RunningService<S>, work: &UnfinishedWork, deadlines: Deadlines) {
    let remaining = deadlines
        .confirmed()
        .saturating_duration_since(Instant::now());
    let unconfirmed = service.mesh.connection().flush(remaining).await;
    if work.is_abandoned() {
        // No time was left for confirmations, so this is reported with the abandoned work.
        work.set_unconfirmed(unconfirmed.len());
    } else {
        for station in unconfirmed {
            tracing::error!(
                station = hex::encode(station),
                "a station did not confirm the last answers and facts in time; they may be lost"
            );
        }
    }
}

/// Withdraws every capability from every station, and returns the pool that can close the links.
async fn withdraw(connection: MeshConnection, deadlines: Deadlines) -> Option<PoolHandle> {
    connection.connecting.cancel();
    let until = deadlines.work().min(Instant::now() + WITHDRAW_TIMEOUT);
    let Ok(Ok(Some((serving, pool)))) = timeout_at(until, connection.serving).await else {
        return None;
    };
    match timeout_at(until, serving.withdraw()).await {
        Ok(()) => tracing::debug!("withdrawn from every station"),
        Err(_) => tracing::warn!(
            "not withdrawn from every station in time; its advertisements lapse with the links"
        ),
    }
    Some(pool)
}

/// Waits for the work in flight, and abandons it at its deadline.
async fn finish<S>(service: &RunningService<S>, work: &UnfinishedWork, deadlines: Deadlines) {
    work.set_step("finishing the work in flight");
    if work.has_handler_tasks() {
        service.systemd.extend(deadlines.remaining());
    }
    tokio::select! {
        idle = timeout_at(deadlines.work(), work.idle()) => if idle.is_err() {
            work.abandon();
            let _ = tokio::time::timeout(CANCELLATION, work.idle()).await;
        },
        () = service.systemd.extend_while(&service.in_flight) => {}
    }
}

/// Closes the links with a goodbye, leaves the development mesh, and closes the health port.
async fn close<S>(
    service: RunningService<S>,
    work: &UnfinishedWork,
    pool: Option<PoolHandle>,
    deadlines: Deadlines,
) {
    service.systemd.extend(deadlines.remaining());
    work.set_step("writing the dead letters");
    let writing = timeout_at(deadlines.confirmed(), service.dead_letters.close());
    if writing.await.is_err() {
        tracing::warn!("the last dead letters were not written in time");
    }
    if let Some(keyed) = service.health_state.keyed.get()
        && timeout_at(deadlines.confirmed(), keyed.close())
            .await
            .is_err()
    {
        tracing::warn!("the last answers to calls with keys were not written in time");
    }
    work.set_step("closing the links");
    if let Some(pool) = pool
        && timeout_at(deadlines.goodbye(), pool.close()).await.is_err()
    {
        tracing::warn!("a link was not closed in time");
    }
    service.mesh.connection().report_unconfirmed_facts();
    #[cfg(feature = "dev-mesh")]
    if let Some(dev_mesh) = service.dev_mesh
        && timeout_at(deadlines.leave_dev_mesh(), dev_mesh.leave())
            .await
            .is_err()
    {
        tracing::warn!("the development mesh was not handed over in time");
    }
    work.set_step(FINISHED);
    if !work.report(deadlines.limit) {
        tracing::info!(name = service.health_state.service.name, "drain finished");
    }
    service.health_server.close().await;
    // Releases the lock of the node key.
    drop(service.identity);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_for_the_last_answers_grows_with_their_number_and_size() {
        assert_eq!(answer_time(0, 0), LAST_ANSWERS);
        assert_eq!(answer_time(100, 0), LAST_ANSWERS + 100 * EACH_ANSWER);
        let signing = answer_time(0, 4 * SIGNED_PER_SECOND) - LAST_ANSWERS;
        assert_eq!(signing, Duration::from_secs(4));
    }
}
