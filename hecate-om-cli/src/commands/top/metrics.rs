//! The metrics of a service that `top` shows.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::rates::is_ours;

/// Values of one `/metrics` response.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct MetricsPage {
    /// Org of the procedures.
    pub(super) org: Option<String>,
    pub(super) version: Option<String>,
    pub(super) ready: Option<bool>,
    /// Start time, in seconds since 1970.
    pub(super) started: f64,
    pub(super) in_flight: f64,
    ended: f64,
    denied: f64,
    /// Cumulative histogram of call durations, by upper bound in nanoseconds; `u64::MAX` is `+Inf`.
    buckets: BTreeMap<u64, f64>,
}

/// Rates and latency between two responses of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct IntervalStats {
    pub(super) calls_per_s: f64,
    pub(super) denied_per_s: f64,
    pub(super) p99_ms: Option<f64>,
}

impl MetricsPage {
    /// Parses the OpenMetrics or Prometheus text format, and ignores unknown lines.
    pub(super) fn read(text: &str) -> Self {
        let mut page = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, labels, value)) = sample(line) {
                page.add_sample(name, &labels, value);
            }
        }
        page
    }

    fn add_sample(&mut self, name: &str, labels: &BTreeMap<String, String>, value: f64) {
        let method = labels.get("rpc_method").map(String::as_str);
        if self.org.is_none() {
            self.org = method.and_then(|m| Some(m.split_once('/')?.0.to_owned()));
        }
        let of_others = method.is_some_and(|method| !is_ours(method));
        match name {
            "hecate_build_info" => self.version = labels.get("version").cloned(),
            "hecate_ready" => self.ready = Some(value > 0.0),
            "process_start_time_seconds" => self.started = value,
            "hecate_calls_total" if of_others => self.ended += value,
            "hecate_calls_in_flight" if of_others => self.in_flight += value,
            "hecate_guard_denied_total" if of_others => self.denied += value,
            "rpc_server_call_duration_seconds_bucket" if of_others => {
                let bound = labels.get("le").and_then(|le| match le.as_str() {
                    "+Inf" => Some(u64::MAX),
                    le => Some((le.parse::<f64>().ok()? * 1e9) as u64),
                });
                if let Some(bound) = bound {
                    *self.buckets.entry(bound).or_default() += value;
                }
            }
            _ => {}
        }
    }

    /// Returns the time since the service started.
    pub(super) fn uptime(&self, now: SystemTime) -> Duration {
        let started = Duration::try_from_secs_f64(self.started).unwrap_or_default();
        let now = now.duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap_or_default().saturating_sub(started)
    }

    /// Returns the rates since `before`, which is `seconds` older. After a restart of the service,
    /// counters start at zero.
    pub(super) fn since(&self, before: &Self, seconds: f64) -> IntervalStats {
        let fresh = Self::default();
        let before = if before.started == self.started {
            before
        } else {
            &fresh
        };
        let seconds = seconds.max(0.001);
        let buckets: Vec<(u64, f64)> = self
            .buckets
            .iter()
            .map(|(bound, n)| {
                (
                    *bound,
                    n - before.buckets.get(bound).copied().unwrap_or(0.0),
                )
            })
            .collect();
        IntervalStats {
            calls_per_s: (self.ended - before.ended).max(0.0) / seconds,
            denied_per_s: (self.denied - before.denied).max(0.0) / seconds,
            p99_ms: quantile(&buckets, 0.99),
        }
    }
}

/// Returns a quantile in milliseconds like Prometheus: interpolated within its bucket, and the
/// highest finite bound for the `+Inf` bucket.
fn quantile(buckets: &[(u64, f64)], q: f64) -> Option<f64> {
    let all = buckets.last().map(|(_, n)| *n).filter(|n| *n > 0.0)?;
    let rank = q * all;
    let at = buckets.iter().position(|(_, n)| *n >= rank)?;
    let ms = |nanos: u64| nanos as f64 / 1e6;
    let (lower, below) = match at {
        0 => (0, 0.0),
        at => buckets[at - 1],
    };
    let (upper, within) = buckets[at];
    match upper {
        u64::MAX => Some(ms(lower)),
        upper if within > below => {
            Some(ms(lower) + (ms(upper) - ms(lower)) * (rank - below) / (within - below))
        }
        upper => Some(ms(upper)),
    }
}

/// Parses `name{label="value",…} value`, optionally with a timestamp.
fn sample(line: &str) -> Option<(&str, BTreeMap<String, String>, f64)> {
    let (name, mut rest) = line.split_at(line.find(['{', ' '])?);
    let mut labels = BTreeMap::new();
    if let Some(mut list) = rest.strip_prefix('{') {
        while !list.starts_with('}') {
            let (key, value) = list.split_once("=\"")?;
            let (value, after) = quoted(value)?;
            labels.insert(key.to_owned(), value);
            list = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &list[1..];
    }
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some((name, labels, value))
}

/// Parses a label's value up to its closing quote, and returns the rest of the text.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(match chars.next()? {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"# HELP hecate_build What the service is built of
hecate_build_info{name="echo",version="0.1.0"} 1
process_start_time_seconds 1000.5
hecate_ready 1.0
hecate_calls_total{rpc_method="acme/echo.say",outcome="ok"} 90
hecate_calls_total{rpc_method="acme/echo.say",outcome="refused"} 10
hecate_calls_total{rpc_method="acme/info",outcome="ok"} 1000
hecate_calls_in_flight{rpc_method="acme/echo.say"} 3
hecate_guard_denied_total{rpc_method="acme/echo.say",reason="rate"} 4
rpc_server_call_duration_seconds_bucket{rpc_method="acme/echo.say",le="0.005"} 90
rpc_server_call_duration_seconds_bucket{rpc_method="acme/echo.say",le="0.01"} 100
rpc_server_call_duration_seconds_bucket{rpc_method="acme/echo.say",le="+Inf"} 100
broken{
also broken
label{a="\"\\\n"} x
# EOF
"#;

    #[test]
    fn a_page_has_the_values_that_top_shows() {
        let page = MetricsPage::read(PAGE);
        assert_eq!(page.org.as_deref(), Some("acme"));
        assert_eq!(page.version.as_deref(), Some("0.1.0"));
        assert_eq!(page.ready, Some(true));
        assert_eq!((page.ended, page.in_flight, page.denied), (100.0, 3.0, 4.0));
        let between = page.since(&MetricsPage::default(), 10.0);
        assert_eq!((between.calls_per_s, between.denied_per_s), (10.0, 0.4));
        let p99 = between.p99_ms.unwrap();
        assert!((p99 - 9.5).abs() < 1e-9, "{p99}");
    }

    #[test]
    fn between_two_pages_only_what_was_added_counts() {
        let before = MetricsPage::read(PAGE);
        let still = before.since(&before, 2.0);
        assert_eq!((still.calls_per_s, still.p99_ms), (0.0, None));
        let now = MetricsPage::read(&PAGE.replace("\"ok\"} 90", "\"ok\"} 110"));
        assert_eq!(now.since(&before, 2.0).calls_per_s, 10.0);
    }

    #[test]
    fn after_a_restart_counters_start_at_zero() {
        let before = MetricsPage::read(&PAGE.replace("\"ok\"} 90", "\"ok\"} 900000"));
        let now = MetricsPage::read(&PAGE.replace("1000.5", "2000.5"));
        assert_eq!(now.since(&before, 10.0).calls_per_s, 10.0);
    }

    #[test]
    fn a_quantile_above_every_bound_is_the_highest_bound() {
        assert_eq!(
            quantile(&[(10_000_000, 1.0), (u64::MAX, 100.0)], 0.99),
            Some(10.0)
        );
        assert_eq!(quantile(&[(10_000_000, 0.0), (u64::MAX, 0.0)], 0.99), None);
        assert_eq!(quantile(&[], 0.99), None);
    }
}
