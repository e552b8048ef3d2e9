//! `top`: monitors the status, calls and latency of services.

mod listener;
mod metrics;
mod observer;
mod rates;
mod row;
mod screen;
mod table;

use std::time::Duration;

use clap::Args;

use super::ls;
use crate::flags::{Errors, MeshFlags};
use crate::http::Endpoint;
use crate::interrupt::Interrupt;
use crate::output::{Failure, Output, Pipe, print_note};
use crate::value_parsers::{duration, org};
use listener::UNREACHABLE;
use observer::{Observer, Snapshot};
use row::Row;
use table::View;

/// Minimum interval: every interval queries each service, whose guard counts these calls.
const SHORTEST: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    /// Show only this org
    #[arg(value_parser = org)]
    org: Option<String>,
    /// Also show the procedures of the realm and of the runtimes, which belong to no service
    #[arg(long)]
    all: bool,
    /// Refresh interval, 200ms to 10m
    #[arg(long, default_value = "2s", value_parser = interval, conflicts_with = "once")]
    interval: Duration,
    /// Health listener to query for rates, latency and status: `http://HOST:PORT` or
    /// `unix:/path/to.sock`; repeat for several
    #[arg(long, value_name = "URL")]
    health: Vec<String>,
    /// Print one snapshot and exit
    #[arg(long)]
    once: bool,
}

fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    if interval >= SHORTEST {
        Ok(interval)
    } else {
        Err("it must be at least 200ms: each interval queries every service".into())
    }
}

pub(crate) async fn run(top: &TopArgs, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let mut errors = Errors::default();
    let client = mesh.client(&mut errors);
    let endpoints: Vec<Endpoint> = top
        .health
        .iter()
        .filter_map(|url| errors.check(Endpoint::parse(url)))
        .collect();
    let client = errors.finish(Some(client))?;
    let client = mesh.connect_with(client).await?;
    let mut interrupt = Interrupt::listen()?;
    let observer = Observer::new(
        client.mesh().clone(),
        top.org.clone(),
        top.all,
        endpoints,
        top.interval,
    );
    let ended = if output.is_human_readable() && !top.once {
        screen::run(observer, top.interval, &mut interrupt).await
    } else {
        lines(observer, top, &mut interrupt, output).await
    };
    client.close().await;
    ended
}

/// Prints a line per service and interval, or a table with `--once` on a terminal.
async fn lines(
    mut observer: Observer,
    top: &TopArgs,
    interrupt: &mut Interrupt,
    output: &Output,
) -> Result<(), Failure> {
    let mut first = true;
    loop {
        let snapshot = tokio::select! {
            snapshot = observer.observe() => snapshot,
            () = interrupt.received() => return Ok(()),
        };
        match snapshot {
            Ok(snapshot) => {
                if top.once
                    && let (Some(org), []) = (&top.org, snapshot.rows.as_slice())
                {
                    return Err(not_found_failure(org, &observer).await);
                }
                let pipe = print(&snapshot, output)?;
                if top.once {
                    return unreachable(&snapshot.rows);
                }
                if pipe == Pipe::Closed {
                    return Ok(());
                }
            }
            // Retry if the mesh answered before; fail at once if it never did.
            Err(error) if first => return Err(error.into()),
            Err(error) => {
                print_note(&format!("the mesh did not answer, retrying: {error}"));
            }
        }
        first = false;
        tokio::select! {
            () = tokio::time::sleep(top.interval) => {}
            () = interrupt.received() => return Ok(()),
        }
    }
}

/// Returns the failure for a missing service, with the services on the mesh.
async fn not_found_failure(org: &str, observer: &Observer) -> Failure {
    match observer.orgs().await {
        Ok(others) => Failure::new("not_found", ls::not_found(org, &others)),
        Err(error) => error.into(),
    }
}

/// Fails if a health listener did not respond; all rows were printed before.
fn unreachable(rows: &[Row]) -> Result<(), Failure> {
    let unreachable: Vec<String> = rows
        .iter()
        .filter(|row| row.status == UNREACHABLE)
        .filter_map(|row| Some(format!("`{}`", row.health.as_ref()?)))
        .collect();
    if unreachable.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        UNREACHABLE,
        format!(
            "cannot reach the health listener {}",
            unreachable.join(", ")
        ),
    ))
}

fn print(snapshot: &Snapshot, output: &Output) -> Result<Pipe, Failure> {
    if output.is_human_readable() {
        return output.print_item(&snapshot.rows, || {
            table::plain(&snapshot.rows, View::default())
        });
    }
    for row in &snapshot.rows {
        if output.print_item(&row.at(snapshot.at), String::new)? == Pipe::Closed {
            return Ok(Pipe::Closed);
        }
    }
    Ok(Pipe::Open)
}
