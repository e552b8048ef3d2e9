//! Standard error, written by one thread, so that logging never waits for the reader of the stream.
//!
//! The queue is bounded in lines and bytes. Lines that do not fit are dropped and counted. One line
//! reports the number of dropped lines once the reader continues.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::ALWAYS;

/// Maximum number of lines in the queue.
const MAX_LINES: usize = 8 * 1024;
/// Maximum number of bytes in the queue.
const MAX_BYTES: usize = 4 * 1024 * 1024;

static STDERR: OnceLock<Stderr> = OnceLock::new();

struct Stderr {
    queue: NonBlocking,
    backlog: Arc<Backlog>,
    /// Never dropped, because dropping it would end the thread.
    _worker: WorkerGuard,
}

/// Counters of accepted lines that are not yet written.
#[derive(Default)]
struct Backlog {
    count: Mutex<Count>,
    written: Condvar,
}

#[derive(Default)]
struct Count {
    accepted: usize,
    written: usize,
    bytes: usize,
    dropped: u64,
    /// Dropped lines that are not yet reported.
    unreported: u64,
}

impl Stderr {
    fn start(out: impl Write + Send + 'static) -> Self {
        let backlog = Arc::new(Backlog::default());
        let writer = Writer {
            out,
            backlog: Arc::clone(&backlog),
        };
        let (queue, worker) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(MAX_LINES)
            .thread_name("log")
            .finish(writer);
        Self {
            queue,
            backlog,
            _worker: worker,
        }
    }

    /// Queues a line, or counts it as dropped.
    fn line(&self, line: &[u8]) {
        let mut count = self.backlog.count();
        if count.accepted - count.written >= MAX_LINES || count.bytes + line.len() > MAX_BYTES {
            count.drop_line();
            return;
        }
        count.accepted += 1;
        count.bytes += line.len();
        // The lock is still held, so the queue has room for each accepted line and this cannot
        // fail.
        let _ = self.queue.clone().write(line);
    }

    fn flush(&self, limit: Duration) {
        let count = self.backlog.count();
        let last = count.accepted;
        // A timeout is not handled, because the caller continues in any case.
        let _ = self
            .backlog
            .written
            .wait_timeout_while(count, limit, |count| count.written < last);
    }
}

impl Backlog {
    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a line was written, or that writing it failed.
    fn record_written(&self, bytes: usize, written: bool) {
        let mut count = self.count();
        count.written += 1;
        count.bytes -= bytes;
        if !written {
            count.drop_line();
        }
        // The report is added only if there is room, so that the report itself is not dropped.
        let is_back = written
            && count.accepted - count.written <= MAX_LINES / 2
            && count.bytes <= MAX_BYTES / 2;
        let lines = if is_back {
            std::mem::take(&mut count.unreported)
        } else {
            0
        };
        self.written.notify_all();
        drop(count);
        if lines > 0 {
            tracing::warn!(
                target: ALWAYS,
                lines,
                "log lines were dropped because standard error was not read"
            );
        }
    }
}

impl Count {
    const fn drop_line(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
        self.unreported = self.unreported.saturating_add(1);
    }
}

/// The thread's writer.
struct Writer<W> {
    out: W,
    backlog: Arc<Backlog>,
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let outcome = self.out.write_all(line);
        self.backlog.record_written(line.len(), outcome.is_ok());
        // Not returned as an error, because the thread would then count the line twice.
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes lines to standard error without waiting for its reader.
#[derive(Debug)]
pub(super) struct LineWriter;

impl Write for LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        stderr().line(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stderr() -> &'static Stderr {
    STDERR.get_or_init(|| {
        // Uses a separate descriptor: a thread that is blocked in the standard library's `Stderr`
        // holds that type's lock, which would block every other thread that prints.
        match io::stderr().as_fd().try_clone_to_owned() {
            Ok(own) => Stderr::start(File::from(own)),
            Err(_) => Stderr::start(io::stderr()),
        }
    })
}

/// Waits until all lines queued so far are written, for at most `limit`.
pub(super) fn flush(limit: Duration) {
    if let Some(stderr) = STDERR.get() {
        stderr.flush(limit);
    }
}

/// Returns the number of lines dropped since the process started.
pub(super) fn dropped() -> u64 {
    STDERR
        .get()
        .map_or(0, |stderr| stderr.backlog.count().dropped)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// Output that accepts one line for each message of the test.
    struct Gate(Receiver<()>);

    impl Write for Gate {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            // Reading never blocks once the test has dropped the sender.
            let _ = self.0.recv();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn blocked() -> (Stderr, SyncSender<()>) {
        let (open, gate) = sync_channel(0);
        (Stderr::start(Gate(gate)), open)
    }

    #[test]
    fn the_queue_is_bounded_in_lines_and_dropped_lines_are_counted() {
        let (stderr, _open) = blocked();
        for _ in 0..MAX_LINES + 7 {
            stderr.line(b"x\n");
        }
        assert_eq!(stderr.backlog.count().dropped, 7);
    }

    #[test]
    fn the_queue_is_bounded_in_bytes() {
        let (stderr, _open) = blocked();
        let line = vec![b'x'; MAX_BYTES / 4];
        for _ in 0..6 {
            stderr.line(&line);
        }
        assert_eq!(stderr.backlog.count().dropped, 2);
        assert!(stderr.backlog.count().bytes <= MAX_BYTES);
    }

    #[test]
    fn a_flush_returns_at_its_limit_or_after_the_last_line() {
        let (stderr, open) = blocked();
        stderr.line(b"x\n");
        stderr.flush(Duration::from_millis(1));
        assert_eq!(stderr.backlog.count().written, 0);
        drop(open);
        stderr.flush(Duration::from_secs(60));
        assert_eq!(stderr.backlog.count().written, 1);
    }

    #[test]
    fn without_a_reader_lines_are_dropped() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let stderr = Stderr::start(Gone);
        stderr.line(b"x\n");
        stderr.flush(Duration::from_secs(60));
        assert_eq!(stderr.backlog.count().dropped, 1);
        assert_eq!(stderr.backlog.count().bytes, 0);
    }
}
