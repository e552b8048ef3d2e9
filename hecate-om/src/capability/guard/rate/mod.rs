//! How many calls a capability takes in a window: of one caller, of all, and of how many callers.

use super::Denial;
use super::audit::Audit;
use super::window::{Figures, Window};
use crate::capability::{NodeId, Refusal};
use crate::config::{Bounds, Envelope, LimitKey};

/// A capability's limits and the windows they are counted in. Times are the wall clock's, in milliseconds since
/// 1970, because a window's start travels.
#[derive(Debug)]
pub(super) struct Rate {
    bounds: Bounds,
    audit: Audit,
    now: Window,
    /// The latest window that has ended and saw a denial, with the limits that held then.
    ended: Option<(Window, Bounds)>,
    /// The window that was told of last.
    reported: Option<u64>,
}

/// What there is to tell of a window.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) start: u64,
    pub(crate) bounds: Bounds,
    pub(crate) figures: Figures,
}

/// What is known of a capability's calls and limits now.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) bounds: Bounds,
    pub(super) start: u64,
    pub(super) figures: Figures,
    pub(super) audit: Audit,
}

impl Rate {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            audit: Audit::default(),
            now: Window::default(),
            ended: None,
            reported: None,
        }
    }

    /// Counts a call of `bytes` bytes, and says whether it may go on: its size first, then its rate.
    pub(super) fn count(&mut self, caller: NodeId, bytes: u64, now: u64) -> Result<(), Denial> {
        self.roll(now);
        let max = self.bounds.get(LimitKey::MaxBytes);
        if bytes > max {
            self.now.too_large();
            return Err(Denial::Size { bytes, max });
        }
        self.now.count(
            caller,
            self.bounds.get(LimitKey::PerCallerMax),
            self.bounds.get(LimitKey::GlobalMax),
            self.bounds.get(LimitKey::MaxDistinctCallers),
        )
    }

    /// Begins a window where the last has ended. What has ended is forgotten, but for the latest that saw a denial.
    fn roll(&mut self, now: u64) {
        let start = now - now % self.bounds.get(LimitKey::WindowMs);
        if start == self.now.start {
            return;
        }
        let ended = std::mem::replace(&mut self.now, Window::begin(start));
        if ended.troubled() {
            self.ended = Some((ended, self.bounds));
        }
    }

    /// Merges `changes` into the limits, all or none. The limits before and after, where they differ.
    pub(super) fn set(
        &mut self,
        changes: &[(LimitKey, u64)],
        envelope: &Envelope,
        tier: &str,
        caller: NodeId,
    ) -> Result<(Bounds, Bounds), Refusal> {
        let before = self.bounds;
        let after = envelope
            .change(before, changes)
            .map_err(|refused| Refusal::new(refused.code, refused.text))?;
        if after != before {
            self.bounds = after;
            self.audit.add(tier, caller, before, after);
            self.now.recount(after.get(LimitKey::PerCallerMax));
        }
        Ok((before, after))
    }

    /// The largest payload.
    pub(super) const fn max_bytes(&self) -> u64 {
        self.bounds.get(LimitKey::MaxBytes)
    }

    pub(super) fn status(&mut self, now: u64) -> Status {
        self.roll(now);
        Status {
            bounds: self.bounds,
            start: self.now.start,
            figures: self.now.figures(),
            audit: self.audit.clone(),
        }
    }

    /// How many callers are over their budget in this window.
    pub(super) fn over(&mut self, now: u64) -> u64 {
        self.roll(now);
        self.now.over()
    }

    /// The window to tell of, at most once each: one that has ended, with all that it saw; or the present one, where
    /// it has lasted for `patience` already and may last long still. Forgets what needs no telling.
    pub(super) fn report(&mut self, now: u64, patience: u64) -> Option<Report> {
        self.roll(now);
        let told = self.reported;
        self.ended.take_if(|(window, _)| told == Some(window.start));
        let (window, bounds) = match &self.ended {
            Some((window, bounds)) => (window, *bounds),
            None => (&self.now, self.bounds),
        };
        let due = self.ended.is_some() || now - window.start >= patience;
        let news = due && window.troubled() && told != Some(window.start);
        news.then(|| Report {
            start: window.start,
            bounds,
            figures: window.figures(),
        })
    }

    /// The window that began at `start` has been told of.
    pub(super) fn reported(&mut self, start: u64) {
        self.reported = Some(start);
        self.ended.take_if(|(window, _)| window.start == start);
    }

    /// How many callers there is memory for.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        let ended = self.ended.as_ref();
        self.now.entries() + ended.map_or(0, |(window, _)| window.entries())
    }
}

#[cfg(test)]
mod tests;
