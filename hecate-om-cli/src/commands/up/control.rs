//! `ps`, `logs` and `down`: what `up` runs in the workspace of the current folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rustix::process::{Pid, Signal};
use serde::Serialize;
use serde_json::Value;

use super::state::{self, Running};
use super::workspace;
use crate::http::Endpoint;
use crate::interrupt::Interrupt;
use crate::output::{Failure, Output, Pipe};
use crate::terminal::table;

/// Timeout of a service's health check.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Interval in which a log is read on, and in which `down` looks whether `up` has ended.
const POLL: Duration = Duration::from_millis(100);
/// Time for all services to drain.
const DRAIN: Duration = Duration::from_secs(45);

/// A row of `ps`.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    status: String,
    uptime_s: Option<u64>,
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// Services [default: all]
    services: Vec<String>,
    /// Print new lines as they come, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Number of last lines of each service
    #[arg(long, short = 'n', default_value_t = 100)]
    lines: usize,
}

fn folder() -> Result<PathBuf, Failure> {
    Ok(state::folder(&workspace::target()?))
}

fn running(folder: &Path) -> Result<Running, Failure> {
    state::running(folder).ok_or_else(|| {
        Failure::new(
            "not_up",
            "`up` does not run in this workspace; start it with `hecate-om up`",
        )
    })
}

pub(crate) async fn ps(output: &Output) -> Result<(), Failure> {
    let running = running(&folder()?)?;
    let mut rows = Vec::new();
    for service in running.services {
        let health = Endpoint::Unix(service.socket).get("/health", TIMEOUT).await;
        let body: Value = health
            .ok()
            .and_then(|(_, body)| serde_json::from_str(&body).ok())
            .unwrap_or_default();
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        rows.push(Row {
            name: service.name,
            status: text("status").unwrap_or_else(|| "not running".into()),
            uptime_s: body["uptime_s"].as_u64(),
            reason: text("reason"),
        });
    }
    output.print_result(&rows, || {
        let head = ["SERVICE", "STATUS", "UP", "REASON"]
            .map(str::to_owned)
            .to_vec();
        let row = |row: &Row| {
            let up = row
                .uptime_s
                .map(|s| humantime::format_duration(Duration::from_secs(s)).to_string());
            vec![
                row.name.clone(),
                row.status.clone(),
                up.unwrap_or_default(),
                row.reason.clone().unwrap_or_default(),
            ]
        };
        let rows = std::iter::once(head).chain(rows.iter().map(row));
        table(&rows.collect::<Vec<_>>())
    })
}

pub(crate) async fn logs(args: &LogsArgs, output: &Output) -> Result<(), Failure> {
    let folder = folder()?;
    let services = logged(&folder)?;
    let unknown = args.services.iter().find(|name| !services.contains(*name));
    if let Some(unknown) = unknown {
        let known: Vec<&str> = services.iter().map(String::as_str).collect();
        return Err(Failure::malformed(format!(
            "`{unknown}` has no log here; services with one: {}",
            known.join(", ")
        )));
    }
    let wanted = services
        .iter()
        .filter(|name| args.services.is_empty() || args.services.contains(name));
    let mut tails: Vec<Tail> = wanted
        .map(|name| Tail::open(&folder, name))
        .collect::<Result<_, _>>()?;
    for tail in &mut tails {
        for line in tail.last(args.lines)? {
            if tail.print(&line, output)? == Pipe::Closed {
                return Ok(());
            }
        }
    }
    if !args.follow {
        return Ok(());
    }
    let mut interrupt = Interrupt::listen()?;
    loop {
        for tail in &mut tails {
            for line in tail.next_lines()? {
                if tail.print(&line, output)? == Pipe::Closed {
                    return Ok(());
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = interrupt.received() => return Ok(()),
        }
    }
}

pub(crate) async fn down(output: &Output) -> Result<(), Failure> {
    let folder = folder()?;
    let running = running(&folder)?;
    let Some(pid) = Pid::from_raw(running.pid) else {
        return Err(Failure::new("failed", "the process of `up` is unknown"));
    };
    // The lock says that this process is `up`.
    rustix::process::kill_process(pid, Signal::TERM)
        .map_err(|error| Failure::new("failed", format!("`up` cannot be ended: {error}")))?;
    let ended = async {
        while state::is_up(&folder) {
            tokio::time::sleep(POLL).await;
        }
    };
    if tokio::time::timeout(DRAIN, ended).await.is_err() {
        return Err(Failure::timed_out(format!(
            "`up` (process {}) has not ended within {DRAIN:?}",
            running.pid
        )));
    }
    let names: Vec<String> = running
        .services
        .into_iter()
        .map(|service| service.name)
        .collect();
    output.print_result(&names, || format!("drained {}", names.join(", ")))
}

/// Returns the services that have a log.
fn logged(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|_| {
        Failure::new(
            "not_up",
            "`up` has never run in this workspace; start it with `hecate-om up`",
        )
    })?;
    let names = entries.filter_map(Result::ok).filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".log").map(str::to_owned)
    });
    Ok(names.collect())
}

/// A log that is read to its end, again and again.
struct Tail {
    name: String,
    reader: BufReader<File>,
}

impl Tail {
    fn open(folder: &Path, name: &str) -> Result<Self, Failure> {
        Ok(Self {
            name: name.to_owned(),
            reader: BufReader::new(File::open(state::log(folder, name))?),
        })
    }

    /// Returns the last lines.
    fn last(&mut self, count: usize) -> Result<Vec<String>, Failure> {
        let mut lines = self.next_lines()?;
        lines.drain(..lines.len().saturating_sub(count));
        Ok(lines)
    }

    /// Returns the lines that were written since. A log that has been emptied is read from its start.
    fn next_lines(&mut self) -> Result<Vec<String>, Failure> {
        let position = self.reader.stream_position()?;
        if self.reader.get_ref().metadata()?.len() < position {
            self.reader.seek(SeekFrom::Start(0))?;
        }
        let mut lines = Vec::new();
        loop {
            let begin = self.reader.stream_position()?;
            let mut line = Vec::new();
            // A line on disk has at most 64 KiB and its end.
            self.reader
                .by_ref()
                .take(1 << 20)
                .read_until(b'\n', &mut line)?;
            if line.pop() != Some(b'\n') {
                // The rest of the line is still to be written.
                self.reader.seek(SeekFrom::Start(begin))?;
                return Ok(lines);
            }
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
    }

    fn print(&self, line: &str, output: &Output) -> Result<Pipe, Failure> {
        let item = serde_json::json!({"service": self.name, "line": line});
        output.print_item(&item, || format!("{}  {line}", self.name))
    }
}
