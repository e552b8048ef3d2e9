//! Call rates from the counts of a guard's windows.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;

/// Response of `<org>/get_limits`, with the fields that are used.
#[derive(Debug, Default, Deserialize)]
pub(super) struct GuardReport {
    #[serde(default)]
    procedures: BTreeMap<String, Window>,
}

/// Calls of a procedure in the current window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Window {
    /// Start of the window, in milliseconds since 1970.
    #[serde(default)]
    current_window: u64,
    #[serde(default)]
    global_count: u64,
    #[serde(default)]
    denied_rate: u64,
    #[serde(default)]
    denied_size: u64,
}

/// Rates of a service, in calls per second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Rates {
    pub(super) calls: f64,
    pub(super) denied: f64,
}

/// Counts of a guard at one time.
#[derive(Debug)]
pub(super) struct GuardSample {
    at: SystemTime,
    windows: BTreeMap<String, Window>,
}

impl GuardSample {
    pub(super) fn new(guarded: GuardReport, at: SystemTime) -> Self {
        let is_counted = |procedure: &str| !is_ours(procedure);
        let mut windows = guarded.procedures;
        windows.retain(|procedure, _| is_counted(procedure));
        Self { at, windows }
    }

    /// Returns the rates since `before`, or since the start of the window if that is later.
    pub(super) fn rates(&self, before: Option<&Self>) -> Rates {
        let mut rates = Rates::default();
        for (procedure, window) in &self.windows {
            let same = before.and_then(|before| {
                let known = before.windows.get(procedure)?;
                (known.current_window == window.current_window).then_some((known, before.at))
            });
            let (calls, denied, since) = match same {
                Some((known, at)) => (
                    window.global_count.saturating_sub(known.global_count),
                    window.denied().saturating_sub(known.denied()),
                    at,
                ),
                None => (
                    window.global_count,
                    window.denied(),
                    UNIX_EPOCH + Duration::from_millis(window.current_window),
                ),
            };
            // Use at least a second: clocks differ, and a window that has just started has few
            // calls.
            let span = self.at.duration_since(since).unwrap_or_default();
            let seconds = span.as_secs_f64().max(1.0);
            rates.calls += calls as f64 / seconds;
            rates.denied += denied as f64 / seconds;
        }
        rates
    }
}

impl Window {
    const fn denied(&self) -> u64 {
        self.denied_rate.saturating_add(self.denied_size)
    }
}

/// Returns whether `top` itself calls the procedure. These calls are not counted.
pub(super) fn is_ours(procedure: &str) -> bool {
    procedure.ends_with("/info") || procedure.ends_with("/get_limits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(at_ms: u64, windows: &[(&str, u64, u64, u64)]) -> GuardSample {
        let procedures = windows
            .iter()
            .map(|(name, start, count, denied)| {
                let window = Window {
                    current_window: *start,
                    global_count: *count,
                    denied_rate: *denied,
                    denied_size: 0,
                };
                ((*name).to_owned(), window)
            })
            .collect();
        let at = UNIX_EPOCH + Duration::from_millis(at_ms);
        GuardSample::new(GuardReport { procedures }, at)
    }

    #[test]
    fn within_a_window_the_rate_is_what_was_added_since() {
        let before = counted(12_000, &[("a/b", 10_000, 10, 2)]);
        let now = counted(14_000, &[("a/b", 10_000, 50, 4)]);
        let wanted = Rates {
            calls: 20.0,
            denied: 1.0,
        };
        assert_eq!(now.rates(Some(&before)), wanted);
    }

    #[test]
    fn a_window_that_started_since_counts_from_its_start() {
        let before = counted(19_000, &[("a/b", 10_000, 500, 0)]);
        let now = counted(24_000, &[("a/b", 20_000, 40, 0)]);
        assert_eq!(now.rates(Some(&before)).calls, 10.0);
        assert_eq!(now.rates(None).calls, 10.0);
    }

    #[test]
    fn a_clock_difference_makes_no_rate_infinite() {
        let now = counted(5_000, &[("a/b", 10_000, 30, 0)]);
        assert_eq!(now.rates(None).calls, 30.0);
    }

    #[test]
    fn calls_of_top_itself_are_not_counted() {
        let windows = [("a/info", 0, 9, 0), ("a/get_limits", 0, 9, 0)];
        assert_eq!(counted(10_000, &windows).rates(None), Rates::default());
    }

    #[test]
    fn an_answer_of_another_shape_counts_nothing() {
        let guarded: GuardReport = serde_json::from_str(r#"{"limits": {}}"#).unwrap();
        assert_eq!(
            GuardSample::new(guarded, UNIX_EPOCH).rates(None),
            Rates::default()
        );
    }
}
