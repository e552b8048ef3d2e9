//! The timetable: each schedule by a task of its own, one run at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, field};

use super::pattern::Pattern;
use super::{Schedule, Tick, When};
use crate::backoff::jittered;
use crate::capability::States;
use crate::clock::Clock;
use crate::handler::{self, Ended, Failure};
use crate::health::Tally;

/// How long at most after the time that a pattern names a run begins: services that name the same one must not all
/// begin at once.
const CRON_JITTER: Duration = Duration::from_secs(5);
/// How a run ends.
const OUTCOMES: [&str; 3] = ["ok", "failed", "panicked"];

/// What runs the schedules.
#[derive(Debug)]
pub(crate) struct Timetable {
    stop: CancellationToken,
    cut: CancellationToken,
    tasks: TaskTracker,
}

/// How the runs of one schedule go.
#[derive(Debug)]
pub(crate) struct ScheduleStats {
    pub(crate) name: &'static str,
    pub(crate) tally: Tally,
    /// How many runs were not begun because the one before still ran.
    pub(crate) skipped: AtomicU64,
    last_success: Mutex<Option<Instant>>,
}

impl ScheduleStats {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            tally: Tally::new(&OUTCOMES),
            skipped: AtomicU64::new(0),
            last_success: Mutex::default(),
        }
    }

    /// How long ago a run last ended well.
    pub(crate) fn last_success_ago(&self) -> Option<Duration> {
        let at = self
            .last_success
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        at.map(|at| at.elapsed())
    }

    fn succeeded(&self) {
        let mut at = self
            .last_success
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *at = Some(Instant::now());
    }

    fn skip(&self, runs: u64, of: &Schedule) {
        if runs > 0 {
            self.skipped.fetch_add(runs, Ordering::Relaxed);
            tracing::warn!(
                schedule = of.name,
                "a run took longer than it is to the next: {runs} left out"
            );
        }
    }
}

impl Timetable {
    /// Begins each schedule, whose numbers are written to the entry of `stats` at its place.
    pub(crate) fn begin(
        schedules: Vec<Schedule>,
        stats: &[Arc<ScheduleStats>],
        states: &Arc<States>,
        clock: &Clock,
    ) -> Self {
        let timetable = Self {
            stop: CancellationToken::new(),
            cut: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        for (schedule, stats) in schedules.into_iter().zip(stats) {
            let line = Line {
                schedule,
                stats: Arc::clone(stats),
                states: Arc::clone(states),
                clock: clock.clone(),
                stop: timetable.stop.clone(),
                cut: timetable.cut.clone(),
            };
            timetable.tasks.spawn(line.run());
        }
        timetable
    }

    /// Whether nothing is done by the clock.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Begins no more runs, and returns once those under way have ended; what has not within `limit` is given up.
    pub(crate) async fn drain(&self, limit: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(limit, self.tasks.wait())
            .await
            .is_err()
        {
            self.cut.cancel();
            // They end at once now, and say so.
            self.tasks.wait().await;
        }
    }
}

/// One schedule.
struct Line {
    schedule: Schedule,
    stats: Arc<ScheduleStats>,
    states: Arc<States>,
    clock: Clock,
    stop: CancellationToken,
    cut: CancellationToken,
}

impl Line {
    async fn run(self) {
        match self.schedule.when {
            When::Every(ms) => self.every(Duration::from_millis(ms)).await,
            When::Cron(pattern) => match Pattern::read(pattern) {
                Ok(pattern) => self.cron(&pattern).await,
                // The attribute has read it, too.
                Err(error) => tracing::error!(
                    schedule = self.schedule.name,
                    "never run, as its pattern is none: {error}"
                ),
            },
        }
    }

    async fn every(&self, period: Duration) {
        // Services that start together must not march in step.
        let mut pause = period.mul_f64(rand::random_range(0.0..1.0));
        while self.waited(self.clock.sleep(pause)).await {
            let began = self.clock.now();
            self.once().await;
            let took = self.clock.now().saturating_duration_since(began);
            let mut next = jittered(period);
            let mut skipped = 0;
            while next < took {
                next += jittered(period);
                skipped += 1;
            }
            self.stats.skip(skipped, &self.schedule);
            pause = next - took;
        }
    }

    async fn cron(&self, pattern: &Pattern) {
        let mut last = self.clock.time();
        while let Some(due) = pattern.after(last) {
            let at = due + CRON_JITTER.mul_f64(rand::random_range(0.0..1.0));
            if !self.waited(self.clock.sleep_until(at)).await {
                return;
            }
            self.once().await;
            let (passed, skipped) = passed(pattern, due, self.clock.time());
            self.stats.skip(skipped, &self.schedule);
            last = passed;
        }
        tracing::error!(
            schedule = self.schedule.name,
            "run no more: its pattern names no day within four years"
        );
    }

    /// Whether the wait came to its end, and not the service.
    async fn waited(&self, wait: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = wait => true,
        }
    }

    async fn once(&self) {
        let Schedule { name, location, .. } = self.schedule;
        let span = tracing::info_span!(
            "run",
            schedule = name,
            outcome = field::Empty,
            duration_ms = field::Empty
        );
        let running = self.stats.tally.begin(&span);
        let tick = Tick {
            states: Arc::clone(&self.states),
        };
        let ended = handler::run(|| (self.schedule.invoke)(tick), &self.cut)
            .instrument(span.clone())
            .await;
        if let Some(word) = ended.word() {
            running.end(word);
        }
        let _entered = span.enter();
        match ended {
            Ended::Done => self.stats.succeeded(),
            Ended::Failed(Failure::Failed(why) | Failure::Undecodable(why)) => {
                tracing::warn!(at = location, "the run failed: {why}");
            }
            Ended::Panicked(panic) => tracing::error!(
                at = panic.at(location),
                backtrace = panic.backtrace(),
                "the run panicked: {panic}"
            ),
            Ended::Cut => tracing::error!(
                at = location,
                "a run still goes on after HECATE_DRAIN_MAX and is given up"
            ),
        }
    }
}

/// The latest time that the pattern names until `now`, from `due` on, and how many it names after `due`.
fn passed(pattern: &Pattern, due: SystemTime, now: SystemTime) -> (SystemTime, u64) {
    let (mut last, mut skipped) = (due, 0);
    while let Some(next) = pattern.after(last).filter(|next| *next <= now) {
        last = next;
        skipped += 1;
    }
    (last, skipped)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::handler::Working;

    #[derive(Debug, Default)]
    struct Runs(AtomicUsize);

    fn count(tick: Tick) -> Working {
        Working::new(async move {
            let before = tick.state::<Runs>()?.0.fetch_add(1, Ordering::Relaxed);
            match before {
                0 => panic!("as told"),
                1 => Err(Failure::Failed("as told".into())),
                2 => {
                    // Longer than three periods, however they are jittered.
                    tokio::time::sleep(Duration::from_secs(35)).await;
                    Ok(())
                }
                _ => Ok(()),
            }
        })
    }

    fn ended(stats: &ScheduleStats) -> Vec<u64> {
        stats.tally.ended().map(|(_, n)| n).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn runs_go_on_whatever_one_does_and_the_drain_begins_no_other() {
        let states = Arc::new(States::default().with(Arc::<Runs>::default()));
        let stats = [Arc::new(ScheduleStats::new("count"))];
        let schedule = Schedule::new("count", When::Every(10_000), count);
        let timetable = Timetable::begin(vec![schedule], &stats, &states, &Clock::default());
        while ended(&stats[0])[0] < 2 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(ended(&stats[0]), [2, 1, 1, 0]);
        assert!(stats[0].last_success_ago().is_some());
        assert!(stats[0].skipped.load(Ordering::Relaxed) >= 2);
        timetable.drain(Duration::from_secs(1)).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(ended(&stats[0]), [2, 1, 1, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_outlasts_the_drain_is_given_up() {
        let states = Arc::new(States::default());
        let stats = [Arc::new(ScheduleStats::new("hang"))];
        let schedule = Schedule::new("hang", When::Every(1), |_| {
            Working::new(std::future::pending())
        });
        let timetable = Timetable::begin(vec![schedule], &stats, &states, &Clock::default());
        while stats[0].tally.running() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        timetable.drain(Duration::from_secs(1)).await;
        assert_eq!(ended(&stats[0]), [0, 0, 0, 1]);
    }

    #[tokio::test]
    async fn a_clock_that_is_put_forward_brings_the_runs_on() {
        let states = Arc::new(States::default());
        let stats = [
            Arc::new(ScheduleStats::new("hourly")),
            Arc::new(ScheduleStats::new("nightly")),
        ];
        let run = |_: Tick| Working::new(async { Ok(()) });
        let schedules = vec![
            Schedule::new("hourly", When::Every(3_600_000), run),
            Schedule::new("nightly", When::Cron("0 3 * * *"), run),
        ];
        let (clock, hand) = Clock::settable();
        let timetable = Timetable::begin(schedules, &stats, &states, &clock);
        // A day has a night, and more than twenty hours of which the last is waited for now.
        while stats.iter().any(|stats| ended(stats)[0] == 0) {
            hand.advance(Duration::from_secs(3_600));
            tokio::task::yield_now().await;
        }
        timetable.drain(Duration::from_secs(1)).await;
    }

    #[test]
    fn the_times_that_passed_while_a_run_went_on_are_left_out_and_counted() {
        let pattern = Pattern::read("* * * * *").unwrap();
        let due = SystemTime::UNIX_EPOCH + Duration::from_secs(600);
        let minutes = |n: u64| due + Duration::from_secs(60 * n);
        assert_eq!(
            passed(&pattern, due, minutes(0) + Duration::from_secs(59)),
            (due, 0)
        );
        assert_eq!(passed(&pattern, due, minutes(3)), (minutes(3), 3));
    }
}
