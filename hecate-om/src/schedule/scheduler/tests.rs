//! Runs with a clock that is advanced and set back.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::clock::ClockController;
use crate::handler::HandlerFuture;

#[derive(Debug, Default)]
struct Runs(AtomicUsize);

fn count(job: JobContext) -> HandlerFuture<(), HandlerError> {
    HandlerFuture::new(async move {
        let before = job.state::<Runs>()?.0.fetch_add(1, Ordering::Relaxed);
        match before {
            0 => panic!("on purpose"),
            1 => Err(HandlerError::Failed("on purpose".into())),
            2 => {
                // Longer than three periods with any jitter.
                tokio::time::sleep(Duration::from_secs(35)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    })
}

fn ended(stats: &ScheduleStats) -> Vec<u64> {
    stats.metrics.ended().map(|(_, n)| n).collect()
}

fn skipped(stats: &ScheduleStats) -> u64 {
    stats.skipped().map(|(_, n)| n).sum()
}

#[tokio::test(start_paused = true)]
async fn runs_continue_after_a_panic_and_a_failure_and_a_drain_starts_none() {
    let states = Arc::new(StateMap::default().with(Arc::<Runs>::default()));
    let stats = [Arc::new(ScheduleStats::new("count"))];
    let schedule = Schedule::new("count", When::Every(10_000), count);
    let tasks = HandlerTasks::default();
    Scheduler::start(
        vec![schedule],
        &stats,
        &states,
        &Clock::default(),
        &tasks,
        &DeadLetters::unused(&tasks),
        None,
    );
    while ended(&stats[0])[0] < 2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(ended(&stats[0]), [2, 1, 1, 0, 0]);
    assert!(stats[0].last_success_ago().is_some());
    assert!(skipped(&stats[0]) >= 2);
    tasks.stop();
    tasks.idle().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(ended(&stats[0]), [2, 1, 1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_outlasts_the_drain_is_cancelled() {
    let states = Arc::new(StateMap::default());
    let stats = [Arc::new(ScheduleStats::new("hang"))];
    let schedule = Schedule::new("hang", When::Every(1), |_| {
        HandlerFuture::new(std::future::pending())
    });
    let (clock, tasks) = (Clock::default(), HandlerTasks::default());
    let scheduler = Scheduler::start(
        vec![schedule],
        &stats,
        &states,
        &clock,
        &tasks,
        &DeadLetters::unused(&tasks),
        None,
    );
    while stats[0].metrics.running() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tasks.stop();
    assert_eq!(scheduler.unfinished(), ["hang"]);
    tasks.cancel_all();
    tasks.idle().await;
    assert_eq!(ended(&stats[0]), [0, 0, 0, 0, 1]);
}

#[tokio::test]
async fn advancing_the_clock_starts_the_due_runs() {
    let states = Arc::new(StateMap::default());
    let stats = [
        Arc::new(ScheduleStats::new("hourly")),
        Arc::new(ScheduleStats::new("nightly")),
    ];
    let run = |_: JobContext| HandlerFuture::new(async { Ok(()) });
    let schedules = vec![
        Schedule::new("hourly", When::Every(3_600_000), run),
        Schedule::new("nightly", When::Cron("0 3 * * *"), run),
    ];
    let (clock, controller) = Clock::settable();
    let tasks = HandlerTasks::default();
    Scheduler::start(
        schedules,
        &stats,
        &states,
        &clock,
        &tasks,
        &DeadLetters::unused(&tasks),
        None,
    );
    // One run at night, and more than twenty hourly runs, with the next one pending.
    while stats.iter().any(|stats| ended(stats)[0] == 0) {
        controller.advance(Duration::from_secs(3_600));
        tokio::task::yield_now().await;
    }
    tasks.stop();
    tasks.idle().await;
}

/// Starts a schedule that runs every minute, with a test clock.
async fn every_minute() -> (HandlerTasks, Arc<ScheduleStats>, Clock, ClockController) {
    let states = Arc::new(StateMap::default());
    let stats = Arc::new(ScheduleStats::new("minutely"));
    let run = |_: JobContext| HandlerFuture::new(async { Ok(()) });
    let schedules = vec![Schedule::new("minutely", When::Cron("* * * * *"), run)];
    let (clock, controller) = Clock::settable();
    let tasks = HandlerTasks::default();
    Scheduler::start(
        schedules,
        &[Arc::clone(&stats)],
        &states,
        &clock,
        &tasks,
        &DeadLetters::unused(&tasks),
        None,
    );
    // The schedule now waits for the next minute.
    tokio::task::yield_now().await;
    (tasks, stats, clock, controller)
}

/// Advances the clock minute by minute until `times` runs have finished.
async fn wait_for_runs(stats: &ScheduleStats, times: u64, controller: &ClockController) {
    for _ in 0..20 {
        if ended(stats)[0] >= times {
            return;
        }
        controller.advance(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} of {times} have run", ended(stats)[0]);
}

#[tokio::test]
async fn after_the_clock_was_set_back_runs_follow_the_pattern_from_there() {
    let (tasks, stats, _clock, controller) = every_minute().await;
    wait_for_runs(&stats, 1, &controller).await;
    // Set back by a day, in which nothing would run.
    controller.set_back(Duration::from_secs(86_400));
    wait_for_runs(&stats, 3, &controller).await;
    tasks.stop();
    tasks.idle().await;
}

#[tokio::test]
async fn a_correction_by_seconds_makes_no_run_due_again() {
    let (tasks, stats, _clock, controller) = every_minute().await;
    wait_for_runs(&stats, 1, &controller).await;
    let already = ended(&stats)[0];
    controller.set_back(Duration::from_secs(50));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ended(&stats)[0], already);
    tasks.stop();
    tasks.idle().await;
}

#[tokio::test]
async fn after_the_clock_was_advanced_by_years_one_run_starts_and_the_others_count_as_skipped() {
    let (tasks, stats, clock, controller) = every_minute().await;
    let before = clock.time();
    controller.advance(Duration::from_secs(3 * 366 * 86_400));
    wait_for_runs(&stats, 1, &controller).await;
    wait_for_runs(&stats, 2, &controller).await;
    let minutes = clock.time().duration_since(before).unwrap().as_secs() / 60;
    let known = skipped(&stats) + ended(&stats)[0];
    assert!(
        minutes - 25 <= known && known <= minutes + 1,
        "{known} of {minutes}"
    );
    tasks.stop();
    tasks.idle().await;
}

#[test]
fn the_periods_that_passed_while_a_run_went_on_are_computed() {
    let (ms, year) = (Duration::from_millis, Duration::from_secs(366 * 86_400));
    assert_eq!(overrun(ms(9), ms(10)), (0, ms(9)));
    assert_eq!(overrun(ms(35), ms(10)), (3, ms(5)));
    assert_eq!(overrun(year, ms(1)), (366 * 86_400_000, ms(0)));
    assert_eq!(overrun(ms(2), ms(0)), (2, ms(0)));
}

#[derive(Debug, Default)]
struct Attempted(AtomicUsize);

/// Fails transiently, but permanently at the third attempt.
fn fail(job: JobContext) -> HandlerFuture<(), HandlerError> {
    HandlerFuture::new(async move {
        match job.state::<Attempted>()?.0.fetch_add(1, Ordering::Relaxed) {
            2 => Err(HandlerError::Permanent("for good".into())),
            _ => Err(HandlerError::Failed("for now".into())),
        }
    })
}

#[tokio::test]
async fn a_failed_run_is_retried_and_stored_once_it_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let states = Arc::new(StateMap::default().with(Arc::<Attempted>::default()));
    let stats = [Arc::new(ScheduleStats::new("fail"))];
    let mut schedule = Schedule::new("fail", When::Every(3_600_000), fail);
    schedule.failure.retries = Some(hecate_om_manifest::Retries {
        max: 5,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
    });
    let (clock, controller) = Clock::settable();
    let tasks = HandlerTasks::default();
    let letters = DeadLetters::new(folder.path(), "0.1.0", tasks.clone());
    Scheduler::start(
        vec![schedule],
        &stats,
        &states,
        &clock,
        &tasks,
        &letters,
        None,
    );
    while ended(&stats[0])[1] < 3 {
        // The run is due within an hour, and its retries within seconds.
        controller.advance(Duration::from_secs(60));
        tokio::task::yield_now().await;
    }
    tasks.stop();
    tasks.idle().await;
    let page = letters.page(None).await.unwrap();
    let (_, letter) = &page[0];
    assert_eq!(letter.handler, HandlerKey::Schedule("fail".into()));
    assert_eq!((letter.attempts, &*letter.error), (3, "for good"));
    assert_eq!(letter.reason, "permanent");
    assert_eq!(stats[0].retried.load(Ordering::Relaxed), 2);
}
