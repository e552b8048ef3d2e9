//! Limits on the time and memory of a reader.

use std::time::Duration;
use std::{panic, thread};

use rustix::time::{ClockId, clock_gettime};

/// Maximum CPU time for each started 64 KiB of input, in optimized code. Code with debug assertions
/// is slower, and so is the instrumented code of the fuzz targets, which has them too.
const MAX_TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 100 });

/// Size of input to which [`MAX_TIME`] applies, in bytes.
const TIMED_BYTES: usize = 64 * 1024;

/// Memory that a reader may use for any input, in bytes.
const BASE_MEMORY: u64 = 512 * 1024;

/// Stack of a check that parses source, in bytes. What is not used takes no memory.
const STACK: usize = 512 * 1024 * 1024;

/// Runs a reader of `length` bytes on this thread.
///
/// # Panics
///
/// If the thread used more than [`MAX_TIME`], or at any moment more memory than [`BASE_MEMORY`] and
/// `factor` bytes for each byte of input. Other threads, which the reader may start, do not count.
pub(crate) fn within_limits<T>(length: usize, factor: u64, read: impl FnOnce() -> T) -> T {
    let start = thread_time();
    let mut output = None;
    let memory = allocation_counter::measure(|| output = Some(read()));
    let time = thread_time() - start;
    let started = length.div_ceil(TIMED_BYTES).max(1);
    let max_time = MAX_TIME * u32::try_from(started).unwrap_or(u32::MAX);
    assert!(time <= max_time, "{length} bytes took {time:?} of CPU time");
    let max_memory = BASE_MEMORY + factor * length as u64;
    assert!(
        memory.bytes_max <= max_memory,
        "{length} bytes used {} bytes of memory, over {max_memory}",
        memory.bytes_max
    );
    output.expect("the reader has run")
}

/// Runs a check that itself parses source, on a thread with a stack for source that is as deep as an
/// input is long, in instrumented code.
///
/// # Panics
///
/// If the check panics.
pub(crate) fn on_large_stack<T: Send>(check: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let checker = thread::Builder::new().stack_size(STACK);
        let checker = checker.spawn_scoped(scope, check);
        let checked = checker.expect("a thread starts").join();
        checked.unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

/// CPU time that this thread has used.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "bytes of memory")]
    fn a_reader_that_uses_too_much_memory_is_refused() {
        within_limits(1, 1, || vec![0_u8; 1024 * 1024].len());
    }

    #[test]
    #[should_panic(expected = "of CPU time")]
    fn a_reader_that_takes_too_much_time_is_refused() {
        within_limits(1, 1, || {
            let start = thread_time();
            while thread_time() - start <= MAX_TIME {}
        });
    }
}
