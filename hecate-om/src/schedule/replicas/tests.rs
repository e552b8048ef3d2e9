//! Instances with views and clocks of their own, of which one runs each due time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::capability::StateMap;
use crate::clock::{Clock, ClockController};
use crate::dead_letter::DeadLetters;
use crate::handler::{HandlerError, HandlerFuture, HandlerTasks};
use crate::schedule::{JobContext, ScheduleStats, Scheduler};

const HOUR: Duration = Duration::from_secs(3600);

/// The due times that an instance ran.
#[derive(Debug, Default)]
struct Runs(Mutex<Vec<DueTime>>);

fn record(job: JobContext) -> HandlerFuture<(), HandlerError> {
    HandlerFuture::new(async move {
        let runs = &job.state::<Runs>()?.0;
        let mut runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.push(job.due());
        Ok(())
    })
}

fn hourly() -> Schedule {
    Schedule {
        one_replica: true,
        ..Schedule::new("hourly", When::Every(3_600_000), record)
    }
}

/// A view without a mesh. The closure returns the advertised instances as one of them sees them,
/// and `None` for no answer.
struct View<F> {
    advertised: F,
    /// Instances that do not answer.
    silent: Arc<Mutex<Vec<u8>>>,
}

impl<F: Fn() -> Option<Vec<u8>> + Send + Sync> ReplicaView for View<F> {
    fn look_up(&self, _: String) -> BoxFuture<'static, Option<Vec<Node>>> {
        let nodes = (self.advertised)().map(|ids| ids.into_iter().map(|id| [id; 32]).collect());
        Box::pin(async move { nodes })
    }

    fn answers(&self, _: String, node: Node, timeout: Duration) -> BoxFuture<'static, bool> {
        assert_eq!(timeout, MAX_ANSWER_TIME);
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = !silent.contains(&node[0]);
        Box::pin(async move { answers })
    }
}

/// One instance, with an hourly schedule.
struct Instance {
    controller: ClockController,
    stats: Arc<ScheduleStats>,
    tasks: HandlerTasks,
    runs: Arc<Runs>,
    hours: u64,
}

impl Instance {
    /// Starts an instance half an hour after a due time, with a clock that is fast by `ahead`.
    /// `view` returns the live instances as this one sees them, `None` for no answer.
    async fn start(
        id: u8,
        ahead: Duration,
        advertised: impl Fn() -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let view = View {
            advertised,
            silent: Arc::default(),
        };
        Self::start_with(ahead, Some(Replicas::new("hecate-trial", [id; 32], view))).await
    }

    async fn start_with(ahead: Duration, replicas: Option<Replicas>) -> Self {
        let (clock, controller) = Clock::settable();
        let since = clock.time().duration_since(UNIX_EPOCH).unwrap();
        let into_hour = Duration::from_secs(since.as_secs() % HOUR.as_secs());
        controller.advance(HOUR + HOUR / 2 - into_hour + ahead);
        let stats = Arc::new(ScheduleStats::new("hourly"));
        let (tasks, runs) = (HandlerTasks::default(), Arc::<Runs>::default());
        let states = Arc::new(StateMap::default().with(Arc::clone(&runs)));
        Scheduler::start(
            vec![hourly()],
            &[Arc::clone(&stats)],
            &states,
            &clock,
            &tasks,
            &DeadLetters::unused(&tasks),
            replicas.as_ref(),
        );
        // The schedule now waits for its first due time.
        tokio::task::yield_now().await;
        Self {
            controller,
            stats,
            tasks,
            runs,
            hours: 0,
        }
    }

    /// Passes one hour, in which one run is due.
    async fn pass_hour(&mut self) {
        self.controller.advance(HOUR);
        self.hours += 1;
        while self.ran().len() as u64 + self.skipped().values().sum::<u64>() < self.hours {
            tokio::task::yield_now().await;
        }
    }

    fn ran(&self) -> Vec<DueTime> {
        let runs = self.runs.0.lock();
        runs.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn skipped(&self) -> BTreeMap<&'static str, u64> {
        self.stats.skipped().filter(|(_, n)| *n > 0).collect()
    }

    async fn stop(&self) {
        self.tasks.stop();
        self.tasks.idle().await;
    }
}

/// Passes hours on all instances, one after the other.
async fn pass_hours(instances: &mut [Instance], hours: usize) {
    for _ in 0..hours {
        for instance in &mut *instances {
            instance.pass_hour().await;
        }
    }
}

/// Returns how often each due time ran.
fn runs(instances: &[Instance]) -> BTreeMap<DueTime, u32> {
    let mut runs = BTreeMap::new();
    for due in instances.iter().flat_map(Instance::ran) {
        *runs.entry(due).or_default() += 1;
    }
    runs
}

fn is_each_once(runs: &BTreeMap<DueTime, u32>, hours: usize) -> bool {
    let times: Vec<u64> = runs.keys().map(|due| due.unix_millis()).collect();
    let are_consecutive = times.windows(2).all(|two| two[1] - two[0] == 3_600_000);
    times.len() == hours && are_consecutive && runs.values().all(|count| *count == 1)
}

#[tokio::test]
async fn each_due_time_runs_on_one_instance_though_their_clocks_differ() {
    let all = || Some(vec![1, 2, 3]);
    let mut instances = Vec::new();
    for (id, ahead) in [(1, 0), (2, 4), (3, 45)] {
        instances.push(Instance::start(id, Duration::from_secs(ahead), all).await);
    }
    pass_hours(&mut instances, 60).await;
    assert!(
        is_each_once(&runs(&instances), 60),
        "{:?}",
        runs(&instances)
    );
    for instance in &instances {
        let ran = instance.ran();
        assert!((8..=35).contains(&ran.len()), "{ran:?}");
        assert_eq!(instance.skipped()["other_replica"], 60 - ran.len() as u64);
    }
}

#[tokio::test]
async fn while_views_differ_a_due_time_runs_twice_or_not() {
    let mut alone = [
        Instance::start(1, Duration::ZERO, || Some(vec![1])).await,
        Instance::start(2, Duration::ZERO, || Some(vec![2])).await,
    ];
    pass_hours(&mut alone, 3).await;
    assert!(runs(&alone).values().all(|count| *count == 2));
    let mut crossed = [
        Instance::start(1, Duration::ZERO, || Some(vec![2])).await,
        Instance::start(2, Duration::ZERO, || Some(vec![1])).await,
    ];
    pass_hours(&mut crossed, 3).await;
    assert!(runs(&crossed).is_empty());
}

#[tokio::test]
async fn an_instance_that_joins_during_the_first_look_up_is_taken_into_account() {
    let look_ups = Mutex::new(0);
    // Each first look-up is from before the other instance joined.
    let late = move || {
        let mut look_ups = look_ups.lock().unwrap_or_else(PoisonError::into_inner);
        *look_ups += 1;
        Some(if *look_ups % 2 == 1 {
            vec![1]
        } else {
            vec![1, 2]
        })
    };
    let mut instances = [
        Instance::start(1, Duration::ZERO, late).await,
        Instance::start(2, Duration::ZERO, || Some(vec![2, 1])).await,
    ];
    pass_hours(&mut instances, 20).await;
    assert!(
        is_each_once(&runs(&instances), 20),
        "{:?}",
        runs(&instances)
    );
    assert!(instances.iter().all(|instance| !instance.ran().is_empty()));
}

#[tokio::test]
async fn the_runs_of_an_instance_that_leaves_are_taken_over() {
    let live = Arc::new(Mutex::new(vec![1, 2, 3]));
    let mut instances = Vec::new();
    for id in [1, 2, 3] {
        let live = Arc::clone(&live);
        let view = move || Some(live.lock().unwrap_or_else(PoisonError::into_inner).clone());
        instances.push(Instance::start(id, Duration::ZERO, view).await);
    }
    pass_hours(&mut instances, 10).await;
    for (left, hours) in [(3_u8, 20), (1, 30)] {
        live.lock().unwrap().retain(|id| *id != left);
        let at = usize::from(left) - 1;
        instances[at].stop().await;
        let before = instances[at].ran().len();
        for other in &mut instances {
            if !other.tasks.stopped().is_cancelled() {
                for _ in 0..10 {
                    other.pass_hour().await;
                }
            }
        }
        assert_eq!(instances[at].ran().len(), before);
        assert!(
            is_each_once(&runs(&instances), hours),
            "{:?}",
            runs(&instances)
        );
    }
}

#[tokio::test]
async fn the_runs_of_an_instance_that_is_listed_but_silent_are_taken_over() {
    let silent = Arc::<Mutex<Vec<u8>>>::default();
    let mut instances = Vec::new();
    for id in [1, 2, 3] {
        let view = View {
            advertised: || Some(vec![1, 2, 3, 4]),
            silent: Arc::clone(&silent),
        };
        let replicas = Replicas::new("hecate-trial", [id; 32], view);
        instances.push(Instance::start_with(Duration::ZERO, Some(replicas)).await);
    }
    pass_hours(&mut instances, 30).await;
    let before = runs(&instances).len();
    assert!(
        (15..30).contains(&before),
        "the fourth runs the others: {before}"
    );
    silent.lock().unwrap().push(4);
    pass_hours(&mut instances, 30).await;
    let runs = runs(&instances);
    assert_eq!(runs.len(), before + 30);
    assert!(runs.values().all(|count| *count == 1));
}

#[tokio::test]
async fn without_an_answer_nothing_runs_and_without_a_mesh_everything() {
    let mut unanswered = Instance::start(1, Duration::ZERO, || None).await;
    let mut unadvertised = Instance::start(1, Duration::ZERO, || Some(Vec::new())).await;
    let mut without_mesh = Instance::start_with(Duration::ZERO, None).await;
    for _ in 0..3 {
        unanswered.pass_hour().await;
        unadvertised.pass_hour().await;
        without_mesh.pass_hour().await;
    }
    for instance in [&unanswered, &unadvertised] {
        assert_eq!(instance.skipped(), [("no_replica_known", 3)].into());
    }
    assert_eq!(without_mesh.ran().len(), 3);
}

#[test]
fn instances_with_other_times_do_not_share_a_schedule() {
    let named = |name, when| capability("hecate-trial", &Schedule::new(name, when, record));
    let hourly = named("prune", When::Every(3_600_000));
    assert_eq!(hourly, named("prune", When::Every(3_600_000)));
    for other in [
        named("prune", When::Every(60_000)),
        named("prune", When::Cron("0 * * * *")),
        named("report", When::Every(3_600_000)),
    ] {
        assert_ne!(hourly, other);
    }
    assert!(hecate_om_manifest::names::is_procedure(&format!(
        "acme/{hourly}"
    )));
}
