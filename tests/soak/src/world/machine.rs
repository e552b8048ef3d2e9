//! A thread that measures how much longer work takes because the processors are busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::history::{Journal, Record};
use crate::judge::SLOWEST;
use crate::plan::Random;

/// Interval between two measurements.
const INTERVAL: Duration = Duration::from_secs(1);

/// Steps of the measured work, which takes some tens of milliseconds.
const STEPS: u64 = 1_500_000;

/// Share of the last measurement in the mean.
const NEW_SHARE: f64 = 0.1;

/// The thread. It ends with this value.
#[derive(Debug)]
pub(super) struct MachineWatch {
    stopped: Arc<AtomicBool>,
    /// The mean factor, in thousandths.
    mean: Arc<AtomicU64>,
}

impl MachineWatch {
    /// Starts to measure.
    pub(super) fn start(events: &Arc<Journal>) -> Self {
        let (stopped, mean) = (
            Arc::<AtomicBool>::default(),
            Arc::new(AtomicU64::new(1_000)),
        );
        let watch = Self {
            stopped: Arc::clone(&stopped),
            mean: Arc::clone(&mean),
        };
        let events = Arc::clone(events);
        std::thread::spawn(move || {
            let mut recent = 1.0;
            while !stopped.load(Ordering::Relaxed) {
                if let Some(factor) = measure() {
                    recent += NEW_SHARE * (factor - recent);
                    mean.store((recent * 1_000.0) as u64, Ordering::Relaxed);
                    events.write(Record::Slowness { factor });
                }
                std::thread::sleep(INTERVAL);
            }
        });
        watch
    }

    /// Returns a limit, longer if other programs use the processors.
    pub(super) fn stretched(&self, limit: Duration) -> Duration {
        let mean = self.mean.load(Ordering::Relaxed) as f64 / 1_000.0;
        limit.mul_f64(mean.clamp(1.0, SLOWEST))
    }
}

impl Drop for MachineWatch {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Returns how many times longer some work took than on a processor of its own.
fn measure() -> Option<f64> {
    let (ran_before, waited_before) = times()?;
    let mut random = Random::new(0);
    for step in 0..STEPS {
        std::hint::black_box(random.below(step));
    }
    let (ran, waited) = times()?;
    let (ran, waited) = (ran - ran_before, waited - waited_before);
    (ran > 0.0).then(|| (ran + waited) / ran)
}

/// Returns the time that this thread has run, and the time that it has waited for a processor.
fn times() -> Option<(f64, f64)> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let mut times = text.split(' ').map_while(|time| time.parse().ok());
    Some((times.next()?, times.next()?))
}
