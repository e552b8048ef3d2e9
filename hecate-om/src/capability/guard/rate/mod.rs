//! The rate limits of a capability: the number of calls of one caller, of calls of all callers, and
//! of callers, each in a window.

use super::Denial;
use super::audit::AuditLog;
use super::window::{CallWindow, WindowStats};
use crate::capability::{NodeId, Refusal};
use crate::config::{AllowedRanges, LimitKey, RateLimits};

/// Rate limits of a capability, with its windows. Times are in milliseconds of wall clock time
/// since 1970, because the start of a window is published.
#[derive(Debug)]
pub(super) struct RateLimiter {
    limits: RateLimits,
    audit: AuditLog,
    current: CallWindow,
    /// The latest window that has ended and has denials, with its limits.
    ended: Option<(CallWindow, RateLimits)>,
    /// Start of the window that was last reported.
    reported: Option<u64>,
}

/// A window with denials, to publish.
#[derive(Debug)]
pub(crate) struct WindowReport {
    pub(crate) start: u64,
    pub(crate) limits: RateLimits,
    pub(crate) window: WindowStats,
}

/// Current limits of a capability, with its calls in the current window.
#[derive(Debug)]
pub(super) struct RateStatus {
    pub(super) limits: RateLimits,
    pub(super) start: u64,
    pub(super) window: WindowStats,
    pub(super) audit: AuditLog,
}

impl RateLimiter {
    pub(super) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            audit: AuditLog::default(),
            current: CallWindow::default(),
            ended: None,
            reported: None,
        }
    }

    /// Counts a call of `bytes` bytes, or denies it. The size is checked before the rate.
    pub(super) fn count(&mut self, caller: NodeId, bytes: u64, now: u64) -> Result<(), Denial> {
        self.roll(now);
        let max = self.limits.get(LimitKey::MaxBytes);
        if bytes > max {
            self.current.count_too_large();
            return Err(Denial::Size { bytes, max });
        }
        self.current.count(
            caller,
            self.limits.get(LimitKey::PerCallerMax),
            self.limits.get(LimitKey::GlobalMax),
            self.limits.get(LimitKey::MaxDistinctCallers),
        )
    }

    /// Starts a new window if the current window has ended. Of the ended windows, only the latest
    /// one with denials is kept.
    fn roll(&mut self, now: u64) {
        let start = now - now % self.limits.get(LimitKey::WindowMs);
        if start == self.current.start {
            return;
        }
        let ended = std::mem::replace(&mut self.current, CallWindow::starting_at(start));
        if ended.has_denials() {
            self.ended = Some((ended, self.limits));
        }
    }

    /// Applies either all `changes` to the limits or none. Returns the limits before and after.
    pub(super) fn set(
        &mut self,
        changes: &[(LimitKey, u64)],
        ranges: &AllowedRanges,
        permission: &str,
        caller: NodeId,
    ) -> Result<(RateLimits, RateLimits), Refusal> {
        let before = self.limits;
        let after = ranges
            .change(before, changes)
            .map_err(|refused| Refusal::new(refused.code, refused.text))?;
        if after != before {
            self.limits = after;
            self.audit.add(permission, caller, before, after);
            self.current
                .count_callers_over_limit(after.get(LimitKey::PerCallerMax));
        }
        Ok((before, after))
    }

    /// Replaces the limits by those of the configuration. Returns the limits before.
    pub(super) fn reset(&mut self, limits: RateLimits, node: NodeId) -> RateLimits {
        let before = self.limits;
        if limits != before {
            self.limits = limits;
            self.audit.add("configuration", node, before, limits);
            self.current
                .count_callers_over_limit(limits.get(LimitKey::PerCallerMax));
        }
        before
    }

    /// Returns the maximum size of a payload.
    pub(super) const fn max_bytes(&self) -> u64 {
        self.limits.get(LimitKey::MaxBytes)
    }

    pub(super) fn status(&mut self, now: u64) -> RateStatus {
        self.roll(now);
        RateStatus {
            limits: self.limits,
            start: self.current.start,
            window: self.current.stats(),
            audit: self.audit.clone(),
        }
    }

    /// Returns the number of callers above their limit in the current window.
    pub(super) fn callers_over_limit(&mut self, now: u64) -> u64 {
        self.roll(now);
        self.current.callers_over_limit()
    }

    /// Returns a window with denials that is not yet reported: the last ended window, or the
    /// current window if it started at least `after` milliseconds ago, because it may last long.
    pub(super) fn report(&mut self, now: u64, after: u64) -> Option<WindowReport> {
        self.roll(now);
        let reported = self.reported;
        self.ended
            .take_if(|(window, _)| reported == Some(window.start));
        let (window, limits) = match &self.ended {
            Some((window, limits)) => (window, *limits),
            None => (&self.current, self.limits),
        };
        let due = self.ended.is_some() || now - window.start >= after;
        let unreported = due && window.has_denials() && reported != Some(window.start);
        unreported.then(|| WindowReport {
            start: window.start,
            limits,
            window: window.stats(),
        })
    }

    /// Marks the window that started at `start` as reported.
    pub(super) fn mark_reported(&mut self, start: u64) {
        self.reported = Some(start);
        self.ended.take_if(|(window, _)| window.start == start);
    }

    /// Returns the number of callers for which memory is allocated.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        let ended = self.ended.as_ref();
        self.current.entries() + ended.map_or(0, |(window, _)| window.entries())
    }
}

#[cfg(test)]
mod tests;
