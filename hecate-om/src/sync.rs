//! Locks and atomics of the structures whose interleavings are checked by models, and the runner of
//! the models.
//!
//! They are those of the standard library, except under `cfg(shuttle)`, which `just races` sets:
//! each use is then a point where shuttle may switch to another thread.

#[cfg(shuttle)]
pub(crate) use mutex::{Mutex, MutexGuard};
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic;
#[cfg(not(shuttle))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

#[cfg(shuttle)]
mod mutex {
    use std::ops::{Deref, DerefMut};
    use std::sync::{LockResult, PoisonError};

    use super::atomic::{AtomicBool, Ordering};

    /// Mutex of shuttle that allows a switch to another thread also after its release. Otherwise,
    /// shuttle switches only before an operation of its own, and none is between the release and a
    /// notification by tokio.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

    pub(crate) struct MutexGuard<'a, T>(Option<shuttle::sync::MutexGuard<'a, T>>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(shuttle::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            match self.0.lock() {
                Ok(guard) => Ok(MutexGuard(Some(guard))),
                Err(error) => Err(PoisonError::new(MutexGuard(Some(error.into_inner())))),
            }
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.0.as_ref().expect("only a drop empties the guard")
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0.as_mut().expect("only a drop empties the guard")
        }
    }

    impl<T> Drop for MutexGuard<'_, T> {
        fn drop(&mut self) {
            self.0 = None;
            if !std::thread::panicking() {
                AtomicBool::new(false).load(Ordering::SeqCst);
            }
        }
    }
}

/// Number of interleavings to check, of each scheduler.
#[cfg(all(test, shuttle))]
const ITERATIONS: usize = 500;
/// Number of preemptions by the second scheduler, which finds rare interleavings that need few.
#[cfg(all(test, shuttle))]
const PREEMPTIONS: usize = 3;

/// Runs `model` in many interleavings of its threads and tasks. Fails if a run panics, or if all
/// threads wait. Time does not pass, so a wait that only its timeout would end is found.
#[cfg(all(test, shuttle))]
pub(crate) fn check(model: fn()) {
    let mut clock = tokio::runtime::Builder::new_current_thread();
    let clock = clock.enable_time().start_paused(true).build().unwrap();
    let _entered = clock.enter();
    shuttle::check_random(model, ITERATIONS);
    shuttle::check_pct(model, ITERATIONS, PREEMPTIONS);
}
