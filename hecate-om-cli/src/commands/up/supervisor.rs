//! The running services: each is started, watched and restarted by a task of its own.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::build::{Built, Executable};
use super::child;
use super::printer::Printer;
use super::state::{RunningService, State};
use crate::http::Endpoint;
use crate::output::Failure;

/// Interval and timeout of the questions whether a service is ready.
const POLL: Duration = Duration::from_millis(100);
const POLL_TIMEOUT: Duration = Duration::from_secs(2);
/// Lines of a log that are shown again when its service fails.
const LAST_LINES: usize = 20;
/// Maximum size of a log on disk, in bytes. A log that reaches it is emptied.
const MAX_LOG: u64 = 16 << 20;
/// Maximum length of a line, in bytes; what is longer comes in several.
const MAX_LINE: usize = 64 << 10;
/// Pauses before a service that has failed is started again, doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Time after which a service counts as started well, so that the next pause is the first again.
const STARTED_WELL: Duration = Duration::from_secs(60);
/// Number of failures in a row after which a service waits for a change of its sources.
const MAX_FAILURES: u32 = 5;

/// What a service is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Desired {
    Run(Executable),
    Stop,
}

/// What a service does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Status {
    Starting,
    Ready,
    /// It has ended, with these last lines.
    Failed(String),
}

/// All services of `up`.
pub(super) struct Services {
    services: Vec<Service>,
    tasks: JoinSet<()>,
    /// Has the health sockets, whose paths must be short.
    _sockets: tempfile::TempDir,
}

struct Service {
    name: String,
    desired: watch::Sender<Desired>,
    status: watch::Receiver<Status>,
}

impl Services {
    /// Starts all services.
    pub(super) fn start(built: &Built, printer: &Printer, state: &State) -> Result<Self, Failure> {
        let sockets = tempfile::Builder::new().prefix("hecate-om-up-").tempdir()?;
        let (mut services, mut tasks, mut recorded) = (Vec::new(), JoinSet::new(), Vec::new());
        for (number, (package, executable)) in built.services.iter().enumerate() {
            let socket = sockets.path().join(format!("{number}.sock"));
            recorded.push(RunningService {
                name: package.name.clone(),
                socket: socket.clone(),
            });
            let (desired, wanted) = watch::channel(Desired::Run(executable.clone()));
            let (sender, status) = watch::channel(Status::Starting);
            let supervisor = Supervisor {
                name: package.name.clone(),
                socket,
                wanted,
                status: sender,
                log: Log::new(state.log(&package.name), printer.clone())?,
            };
            tasks.spawn(supervisor.run());
            services.push(Service {
                name: package.name.clone(),
                desired,
                status,
            });
        }
        state.record(recorded)?;
        Ok(Self {
            services,
            tasks,
            _sockets: sockets,
        })
    }

    /// Waits until each service is ready.
    ///
    /// # Errors
    ///
    /// If one fails, with its last lines, or if one is not ready in time.
    pub(super) async fn all_ready(&mut self, within: Duration) -> Result<(), Failure> {
        let until = Instant::now() + within;
        for service in &mut self.services {
            let settled = service
                .status
                .wait_for(|status| *status != Status::Starting);
            let status = match tokio::time::timeout_at(until, settled).await {
                Ok(Ok(status)) => status.clone(),
                _ => Status::Starting,
            };
            let text = match status {
                Status::Ready => continue,
                Status::Starting => format!("`{}` was not ready within {within:?}", service.name),
                Status::Failed(lines) => {
                    format!("`{}` failed; its last lines:\n{lines}", service.name)
                }
            };
            return Err(Failure::new("not_ready", text));
        }
        Ok(())
    }

    /// Restarts the services whose programs are others now, and those that wait for a change.
    pub(super) fn replace(&self, built: &Built) {
        for (service, (_, executable)) in self.services.iter().zip(&built.services) {
            service.desired.send_if_modified(|desired| {
                let wanted = Desired::Run(executable.clone());
                let is_other = *desired != wanted;
                *desired = wanted;
                is_other
            });
        }
    }

    /// Drains all services at once.
    pub(super) async fn stop(mut self) {
        for service in &self.services {
            service.desired.send_replace(Desired::Stop);
        }
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The supervisor of one service.
struct Supervisor {
    name: String,
    socket: PathBuf,
    wanted: watch::Receiver<Desired>,
    status: watch::Sender<Status>,
    log: Log,
}

impl Supervisor {
    async fn run(mut self) {
        let mut failures: u32 = 0;
        loop {
            let Desired::Run(executable) = self.wanted.borrow_and_update().clone() else {
                return;
            };
            self.status.send_replace(Status::Starting);
            let began = Instant::now();
            let ended = match child::start(&executable.path, &self.socket) {
                Ok(child) => self.attend(child).await,
                Err(error) => Some(format!("it cannot be run: {error}")),
            };
            // It was stopped, to be replaced or to end.
            let Some(why) = ended else {
                failures = 0;
                continue;
            };
            failures = if began.elapsed() > STARTED_WELL {
                1
            } else {
                failures + 1
            };
            let pause = FIRST_PAUSE * 2_u32.pow(failures.saturating_sub(1).min(5));
            let pause = pause.min(LONGEST_PAUSE);
            let next = if failures >= MAX_FAILURES {
                format!("{failures} times in a row; waiting for a change of its sources")
            } else {
                format!("starting again in {pause:?}, or when its sources change")
            };
            self.log
                .event(&self.name, "failed", &format!("{why}; {next}"));
            self.status
                .send_replace(Status::Failed(self.log.last_lines()));
            let wait = async {
                if failures >= MAX_FAILURES {
                    std::future::pending::<()>().await;
                }
                sleep(pause).await;
            };
            tokio::select! {
                () = wait => {}
                // The sender lives as long as this task.
                _ = self.wanted.changed() => failures = 0,
            }
        }
    }

    /// Attends a process until it ends by itself, and says why, or until something else is wanted.
    async fn attend(&mut self, mut process: Child) -> Option<String> {
        let pid = process.id().unwrap_or_default();
        self.log
            .event(&self.name, "started", &format!("started as process {pid}"));
        let readers = [
            process
                .stdout
                .take()
                .map(|stream| self.log.read(&self.name, stream)),
            process
                .stderr
                .take()
                .map(|stream| self.log.read(&self.name, stream)),
        ];
        let mut wanted = self.wanted.clone();
        let ended = tokio::select! {
            ended = process.wait() => Some(describe(ended)),
            () = self.tell_readiness() => None,
            _ = wanted.changed() => None,
        };
        if ended.is_none() {
            self.log.event(&self.name, "stopping", "draining");
            child::stop(&mut process).await;
        }
        // A process that has ended closes both; one that it has left behind may not.
        for reader in readers.into_iter().flatten() {
            let _ = timeout(POLL_TIMEOUT, reader).await;
        }
        ended
    }

    /// Tells whenever the service becomes ready or stops being so. Never ends.
    async fn tell_readiness(&self) {
        let endpoint = Endpoint::Unix(self.socket.clone());
        let began = Instant::now();
        let mut was_ready = false;
        loop {
            let answer = endpoint.get("/health/ready", POLL_TIMEOUT).await;
            let is_ready = matches!(&answer, Ok((StatusCode::OK | StatusCode::NO_CONTENT, _)));
            if is_ready && !was_ready {
                let after = humantime::format_duration(Duration::from_millis(
                    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                ));
                self.log
                    .event(&self.name, "ready", &format!("ready after {after}"));
                self.status.send_replace(Status::Ready);
            }
            if was_ready && !is_ready {
                let why = answer.map_or_else(|why| why, |(_, body)| body);
                self.log
                    .event(&self.name, "not_ready", &format!("not ready: {why}"));
            }
            was_ready = is_ready;
            sleep(if is_ready { POLL * 10 } else { POLL }).await;
        }
    }
}

fn describe(ended: std::io::Result<ExitStatus>) -> String {
    match ended {
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("cannot be waited for: {error}"),
    }
}

/// The log of a service: printed, on disk, and its last lines in memory.
#[derive(Debug, Clone)]
struct Log {
    printer: Printer,
    inner: Arc<Mutex<LogInner>>,
}

#[derive(Debug)]
struct LogInner {
    path: PathBuf,
    file: File,
    size: u64,
    last: VecDeque<String>,
}

impl Log {
    fn new(path: PathBuf, printer: Printer) -> Result<Self, Failure> {
        let inner = LogInner {
            file: File::create(&path)?,
            path,
            size: 0,
            last: VecDeque::new(),
        };
        Ok(Self {
            printer,
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// Reads lines until the stream ends.
    fn read(
        &self,
        service: &str,
        stream: impl AsyncRead + Unpin + Send + 'static,
    ) -> tokio::task::JoinHandle<()> {
        let (log, service) = (self.clone(), service.to_owned());
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            loop {
                let (used, is_whole) = match reader.fill_buf().await {
                    Ok([]) | Err(_) => break,
                    Ok(bytes) => {
                        let end = bytes.iter().position(|byte| *byte == b'\n');
                        line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
                        (end.map_or(bytes.len(), |end| end + 1), end.is_some())
                    }
                };
                reader.consume(used);
                if is_whole || line.len() >= MAX_LINE {
                    log.line(&service, &String::from_utf8_lossy(&line));
                    line.clear();
                }
            }
            if !line.is_empty() {
                log.line(&service, &String::from_utf8_lossy(&line));
            }
        })
    }

    fn line(&self, service: &str, line: &str) {
        self.printer.line(service, line);
        self.keep(line);
    }

    fn event(&self, service: &str, event: &str, text: &str) {
        self.printer.event(service, event, text);
        self.keep(&format!("— {text}"));
    }

    fn keep(&self, line: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.last.len() >= LAST_LINES {
            inner.last.pop_front();
        }
        inner.last.push_back(line.to_owned());
        if inner.size > MAX_LOG
            && let Ok(file) = File::create(&inner.path)
        {
            inner.file = file;
            inner.size = 0;
        }
        inner.size += line.len() as u64 + 1;
        // A full disk must not end the services; the lines are printed.
        let _ = writeln!(inner.file, "{line}");
    }

    fn last_lines(&self) -> String {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = inner.last.iter().map(String::as_str).collect();
        lines.join("\n")
    }
}
