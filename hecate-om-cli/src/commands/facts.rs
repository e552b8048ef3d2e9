//! `facts dead`: dead letters of a service, through its health socket.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

use crate::examples;
use crate::http::Endpoint;
use crate::output::{Failure, Output};
use crate::terminal::table;

/// Variable with the path of the socket.
const SOCKET: &str = "HECATE_HEALTH_SOCKET";
/// Timeout of one request: the service waits for a replay for almost as long.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Subcommand)]
pub(crate) enum FactsCommand {
    /// Facts and runs that their handlers failed to handle
    #[command(subcommand, after_long_help = examples::DEAD)]
    Dead(DeadCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadCommand {
    /// List the dead letters, oldest first
    Ls(Filtered),
    /// Show a dead letter with its payload
    Show {
        /// Number of the dead letter
        number: u64,
        #[command(flatten)]
        socket: Socket,
    },
    /// Run the handler again for dead letters, which are kept until it succeeds
    Replay(Chosen),
    /// Remove dead letters without handling them
    Drop(Chosen),
}

#[derive(Debug, Args)]
pub(crate) struct Socket {
    /// Health socket of the service [default: HECATE_HEALTH_SOCKET]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Filtered {
    /// Only those of this topic
    #[arg(long)]
    topic: Option<String>,
    /// Only those of this schedule
    #[arg(long, conflicts_with = "topic")]
    schedule: Option<String>,
    #[command(flatten)]
    socket: Socket,
}

#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// Numbers of the dead letters
    #[arg(required_unless_present = "all", conflicts_with_all = ["all", "topic", "schedule"])]
    numbers: Vec<u64>,
    /// All dead letters, or all of a topic or schedule
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filtered: Filtered,
}

pub(crate) async fn run(command: &DeadCommand, output: &Output) -> Result<(), Failure> {
    match command {
        DeadCommand::Ls(filtered) => {
            let letters = filtered.letters().await?;
            output.print_result(&letters, || {
                if letters.is_empty() {
                    "no dead letters".into()
                } else {
                    table(&rows(&letters))
                }
            })
        }
        DeadCommand::Show { number, socket } => {
            let letter = socket.send(Method::GET, &path(*number)).await?;
            output.print_result(&letter, || format!("{letter:#}"))
        }
        DeadCommand::Replay(chosen) => {
            let path = |number| format!("{}/replay", path(number));
            each(chosen, output, Method::POST, path).await
        }
        DeadCommand::Drop(chosen) => each(chosen, output, Method::DELETE, path).await,
    }
}

fn path(number: u64) -> String {
    format!("/facts/dead/{number}")
}

/// Sends a request for each chosen dead letter, and fails if one of them failed.
async fn each(
    chosen: &Chosen,
    output: &Output,
    method: Method,
    path: impl Fn(u64) -> String,
) -> Result<(), Failure> {
    let filtered = &chosen.filtered;
    let numbers = if chosen.all {
        let letters = filtered.letters().await?;
        letters
            .iter()
            .filter_map(|letter| letter["number"].as_u64())
            .collect()
    } else {
        chosen.numbers.clone()
    };
    let mut results = Vec::new();
    let mut failures = Vec::new();
    for number in numbers {
        match filtered.socket.send(method.clone(), &path(number)).await {
            Ok(result) => results.push(result),
            Err(failure) => {
                let error = failure.message().to_owned();
                failures.push(format!("{number}: {error}"));
                results.push(json!({"number": number, "state": "failed", "error": error}));
            }
        }
    }
    let lines = results.iter().map(|result| {
        let error = result["error"].as_str().map(|error| format!(": {error}"));
        format!(
            "{} {}{}",
            result["number"],
            text(&result["state"]),
            error.unwrap_or_default()
        )
    });
    let lines: Vec<String> = lines.collect();
    if failures.is_empty() {
        return output.print_result(&results, || lines.join("\n"));
    }
    if !output.is_json() {
        output.print_result(&results, || lines.join("\n"))?;
        return Err(Failure::silent());
    }
    Err(Failure::new("failed", failures.join("\n")))
}

impl Filtered {
    /// Returns the dead letters, from all pages.
    async fn letters(&self) -> Result<Vec<Value>, Failure> {
        let mut letters: Vec<Value> = Vec::new();
        let mut path = "/facts/dead".to_owned();
        loop {
            let page = self.socket.send(Method::GET, &path).await?;
            let page = page["dead_letters"].as_array().cloned().unwrap_or_default();
            let Some(last) = page.last().and_then(|letter| letter["number"].as_u64()) else {
                return Ok(letters);
            };
            path = format!("/facts/dead-after/{last}");
            letters.extend(page.into_iter().filter(|letter| self.includes(letter)));
        }
    }

    fn includes(&self, letter: &Value) -> bool {
        let is = |field: &str, wanted: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|wanted| letter[field] == **wanted)
        };
        is("topic", &self.topic) && is("schedule", &self.schedule)
    }
}

impl Socket {
    async fn send(&self, method: Method, path: &str) -> Result<Value, Failure> {
        let socket = self.socket.clone();
        let socket = socket.or_else(|| std::env::var_os(SOCKET).map(PathBuf::from));
        let socket = socket.ok_or_else(|| {
            Failure::malformed(format!(
                "the health socket of the service is not known; name it with `--socket`, or set {SOCKET}"
            ))
        })?;
        let endpoint = Endpoint::Unix(socket);
        let unreachable = |error: String| {
            Failure::new(
                "failed",
                format!(
                    "{endpoint}: {error}; the service must run with {SOCKET}, and as this user"
                ),
            )
        };
        let sending = endpoint.send(method, path, TIMEOUT).await;
        let (status, body) = sending.map_err(unreachable)?;
        let Ok(value) = body.parse::<Value>() else {
            return Err(unreachable(format!("{status} from another version")));
        };
        if status.is_success() {
            return Ok(value);
        }
        let code = if status.as_u16() == 404 {
            "not_found"
        } else {
            "failed"
        };
        Err(Failure::new(code, text(&value["error"])))
    }
}

fn rows(letters: &[Value]) -> Vec<Vec<String>> {
    let header = ["NUMBER", "HANDLER", "FAILED", "ATTEMPTS", "REASON", "ERROR"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(letters.iter().map(|letter| {
        let handler = letter.get("topic").or_else(|| letter.get("schedule"));
        let failed_at = letter["last_failed_at"].as_u64().unwrap_or_default();
        let failed_at = UNIX_EPOCH.checked_add(Duration::from_millis(failed_at));
        vec![
            letter["number"].to_string(),
            handler.map(text).unwrap_or_default(),
            failed_at.map_or_else(String::new, |at| {
                humantime::format_rfc3339_seconds(at).to_string()
            }),
            letter["attempts"].to_string(),
            text(&letter["reason"]),
            text(&letter["error"]),
        ]
    }));
    rows
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
