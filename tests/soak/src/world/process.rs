//! A child process with its log, its standard input and output, and its end.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::Layout;
use crate::history::{Journal, Record};

/// A panic in this line was asked for.
const REQUESTED: &str = "requested panic";

/// A child process. It does not outlive this value.
#[derive(Debug)]
pub struct Process {
    name: String,
    incarnation: u64,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    /// While true, standard error is not read.
    blocked: Arc<AtomicBool>,
    log_lines: Arc<AtomicU64>,
    exited: bool,
}

impl Process {
    /// Starts a process, and records it.
    pub(super) fn start(
        layout: &Layout,
        events: &Arc<Journal>,
        (name, incarnation): (&str, u64),
        command: &mut Command,
    ) -> io::Result<Self> {
        let process = format!("{name}.{incarnation}");
        events.write(Record::Spawned {
            process: process.clone(),
        });
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let blocked = Arc::<AtomicBool>::default();
        let log_lines = Arc::<AtomicU64>::default();
        if let Some(stderr) = child.stderr.take() {
            let log = File::create(layout.log(&process))?;
            let (events, blocked) = (Arc::clone(events), Arc::clone(&blocked));
            let lines = Arc::clone(&log_lines);
            std::thread::spawn(move || copy_log(stderr, log, &process, &events, &blocked, &lines));
        }
        let (sender, stdout) = channel();
        if let Some(lines) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(lines).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self {
            name: name.to_owned(),
            incarnation,
            stdin: child.stdin.take(),
            child,
            stdout,
            blocked,
            log_lines,
            exited: false,
        })
    }

    /// Returns the name and incarnation, `alpha-1.3`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.name, self.incarnation)
    }

    /// Returns the name without the incarnation.
    pub(super) fn base_name(&self) -> &str {
        &self.name
    }

    /// Returns the number of the next incarnation.
    pub(super) const fn next_incarnation(&self) -> u64 {
        self.incarnation + 1
    }

    /// Returns the process's id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns whether the process had not ended when it was last looked at.
    pub(super) const fn runs(&self) -> bool {
        !self.exited
    }

    /// Sends a signal, and records it. Sends none to a process that has ended.
    pub(super) fn signal(&self, events: &Journal, signal: &str) {
        if self.exited {
            return;
        }
        events.write(Record::Signal {
            process: self.name(),
            signal: signal.to_owned(),
        });
        // The process may have ended by itself.
        let _ = Command::new("kill")
            .args(["-s", signal, &self.id().to_string()])
            .stderr(Stdio::null())
            .status();
    }

    /// Records the end of the process, if it has ended. Returns whether it has.
    pub(super) fn reap(&mut self, events: &Journal) -> bool {
        if !self.exited
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.exited = true;
            events.write(Record::Exited {
                process: self.name(),
                code: status.code(),
            });
        }
        self.exited
    }

    /// Returns the number of lines logged since the last call.
    pub(super) fn new_log_lines(&self) -> u64 {
        self.log_lines.swap(0, Ordering::Relaxed)
    }

    /// Stops or starts reading standard error.
    pub(super) fn block_log(&self, blocked: bool) {
        self.blocked.store(blocked, Ordering::Relaxed);
    }

    /// Writes a line to standard input.
    pub(super) fn send(&mut self, line: &str) -> io::Result<()> {
        let stdin = self.stdin.as_mut();
        let stdin = stdin.ok_or_else(|| io::Error::other("standard input is closed"))?;
        writeln!(stdin, "{line}")
    }

    /// Waits for a line of standard output.
    pub(super) fn line(&self, limit: Duration) -> io::Result<String> {
        self.stdout
            .recv_timeout(limit)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => {
                    io::Error::other(format!("{} does not answer", self.name()))
                }
                RecvTimeoutError::Disconnected => {
                    io::Error::other(format!("{} has ended", self.name()))
                }
            })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies the log to its file, and records the lines that no log may have.
fn copy_log(
    stderr: impl io::Read,
    mut log: File,
    process: &str,
    events: &Journal,
    blocked: &AtomicBool,
    lines: &AtomicU64,
) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        while blocked.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(50));
        }
        line.clear();
        if !matches!(reader.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            return;
        }
        lines.fetch_add(1, Ordering::Relaxed);
        // Without its log, the run still has its histories.
        let _ = log.write_all(&line);
        let text = String::from_utf8_lossy(&line);
        if text.contains("panic") && !text.contains(REQUESTED) {
            events.write(Record::BadLine {
                process: process.to_owned(),
                line: text.trim().to_owned(),
            });
        }
    }
}

/// Returns a command whose process is killed when this one ends.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .env_clear();
    command
}
