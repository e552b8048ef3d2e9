//! Summary of a measurement, as text and JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::RATE_LIMITED;
use super::load::{Load, json_bytes};
use super::stats::{Latency, Stats};
use crate::terminal::table;

/// Summary of a measurement; `calls` is the sum of `ok` and `errors`.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    procedure: String,
    concurrency: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit: Option<u32>,
    calls: u64,
    ok: u64,
    errors: u64,
    errors_by_code: BTreeMap<String, u64>,
    elapsed_s: f64,
    /// Answered calls per second.
    ok_per_s: f64,
    /// Latency of the answered calls.
    latency_ms: Option<Latency>,
    /// Size of the requests of finished calls, and of the responses, as JSON.
    request_bytes: u64,
    response_bytes: u64,
    interrupted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Summary {
    pub(super) fn new(
        load: &Load,
        procedure: &str,
        stats: &Stats,
        elapsed: Duration,
        interrupted: bool,
    ) -> Self {
        Self {
            procedure: procedure.to_owned(),
            concurrency: load.concurrency,
            rate_limit: load.rate,
            calls: stats.calls(),
            ok: stats.answered(),
            errors: stats.failed(),
            errors_by_code: stats.errors().map(|(c, n)| (c.to_owned(), n)).collect(),
            elapsed_s: elapsed.as_secs_f64(),
            ok_per_s: per_second(stats.answered(), elapsed),
            latency_ms: stats.latency(),
            request_bytes: stats.calls() * json_bytes(&load.request.0),
            response_bytes: stats.response_bytes(),
            interrupted,
            note: note(stats),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut lines = vec![format!(
            "{}: {} calls in {:.1} s, concurrency {}{}",
            self.procedure,
            self.calls,
            self.elapsed_s,
            self.concurrency,
            if self.interrupted {
                "; interrupted"
            } else {
                ""
            }
        )];
        let row = |name: &str, value: String| vec![format!("  {name}"), value];
        let mut rows = vec![
            row("answered", format!("{}  {:.1}/s", self.ok, self.ok_per_s)),
            row("errors", self.errors.to_string()),
        ];
        for (code, n) in &self.errors_by_code {
            rows.push(row("", format!("{n}  {code}")));
        }
        if let Some(latency) = &self.latency_ms {
            let named = [
                ("min", latency.min),
                ("mean", latency.mean),
                ("p50", latency.p50),
                ("p90", latency.p90),
                ("p99", latency.p99),
                ("p99.9", latency.p999),
                ("max", latency.max),
            ];
            for (n, (name, value)) in named.into_iter().enumerate() {
                let heading = match n {
                    0 => "latency",
                    _ => "",
                };
                rows.push(row(heading, format!("{name:<5}  {}", millis(value))));
            }
        }
        rows.push(row(
            "payloads",
            format!(
                "{} sent, {} received",
                bytes(self.request_bytes),
                bytes(self.response_bytes)
            ),
        ));
        lines.push(table(&rows));
        if let Some(note) = &self.note {
            lines.push(format!("note: {note}"));
        }
        lines.join("\n")
    }
}

/// Returns a note if the guard's rate limit refused calls.
fn note(stats: &Stats) -> Option<String> {
    let (_, limited) = stats.errors().find(|(code, _)| *code == RATE_LIMITED)?;
    Some(format!(
        "{limited} calls exceeded the service's rate limit for one caller (by default 600 in 10 s) or for all, and were not \
         run; start it with HECATE_GUARD_LIMITS=per_caller_max=…,global_max=… to measure beyond that, or stay below with \
         `--rate`"
    ))
}

/// Formats the progress line.
pub(super) fn progress(load: &Load, stats: &Stats, elapsed: Duration) -> String {
    let part = match (load.calls, load.duration) {
        (Some(calls), _) => stats.calls() as f64 / calls as f64,
        (None, Some(most)) => elapsed.as_secs_f64() / most.as_secs_f64(),
        (None, None) => 0.0,
    };
    let latency = stats.latency().map_or_else(String::new, |latency| {
        format!("  p50 {}  p99 {}", millis(latency.p50), millis(latency.p99))
    });
    format!(
        "{:3.0}%  {} calls  {:.0}/s{latency}  {} errors",
        part.min(1.0) * 100.0,
        stats.calls(),
        per_second(stats.answered(), elapsed),
        stats.failed()
    )
}

fn per_second(calls: u64, elapsed: Duration) -> f64 {
    match elapsed.as_secs_f64() {
        0.0 => 0.0,
        seconds => calls as f64 / seconds,
    }
}

/// Formats milliseconds in a suitable unit.
fn millis(ms: f64) -> String {
    match ms {
        ms if ms >= 10_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms >= 100.0 => format!("{ms:.0} ms"),
        ms if ms >= 1.0 => format!("{ms:.1} ms"),
        ms => format!("{:.0} µs", ms * 1_000.0),
    }
}

fn bytes(n: u64) -> String {
    match n as f64 {
        n if n >= 1024.0 * 1024.0 => format!("{:.1} MiB", n / (1024.0 * 1024.0)),
        n if n >= 1024.0 => format!("{:.1} KiB", n / 1024.0),
        n => format!("{n} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_printed_in_a_suitable_unit() {
        let times = [0.0421, 1.25, 123.4, 12_345.0].map(millis);
        assert_eq!(times, ["42 µs", "1.2 ms", "123 ms", "12.3 s"]);
        let sizes = [0, 1_023, 1_536, 3 << 20].map(bytes);
        assert_eq!(sizes, ["0 B", "1023 B", "1.5 KiB", "3.0 MiB"]);
    }

    #[test]
    fn a_rate_over_no_time_is_zero() {
        assert_eq!(per_second(5, Duration::ZERO), 0.0);
        assert_eq!(per_second(5, Duration::from_millis(500)), 10.0);
    }
}
