//! Verdict on a pair of locations, and its projection to the pairs above.

use super::Effect;

/// The set of differences between two locations and below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict(u8);

const LOST: u8 = 1;
const GAINED: u8 = 2;
const OTHER: u8 = 4;
const UNDECIDED: u8 = 8;

impl Verdict {
    pub(super) const SAME: Self = Self(0);

    pub(super) const fn is_same(self) -> bool {
        self.0 == 0
    }

    /// Returns whether a difference is known.
    pub(super) const fn differs(self) -> bool {
        self.0 & !UNDECIDED != 0
    }

    /// Returns whether some allowed values were removed.
    pub(super) const fn has_lost(self) -> bool {
        self.0 & LOST != 0
    }

    /// Returns whether some allowed values were added.
    pub(super) const fn has_gained(self) -> bool {
        self.0 & GAINED != 0
    }

    pub(super) const fn is_undecided(self) -> bool {
        self.0 & UNDECIDED != 0
    }

    /// Adds `other`, and returns whether that changed the verdict.
    pub(super) const fn adds(&mut self, other: Self) -> bool {
        let before = self.0;
        self.0 |= other.0;
        self.0 != before
    }

    /// Returns the part of the verdict that is visible through a view.
    pub(super) const fn visible_through(self, view: View) -> Self {
        let mut seen = self.0;
        if view.inverted {
            // A condition on a field that a value may lack is no longer ignored.
            seen = self.0 & UNDECIDED;
            if self.0 & (GAINED | OTHER) != 0 {
                seen |= LOST;
            }
            if self.0 & (LOST | OTHER) != 0 {
                seen |= GAINED;
            }
        }
        if view.hides_all {
            seen &= UNDECIDED;
        }
        Self(seen)
    }
}

impl From<Effect> for Verdict {
    fn from(effect: Effect) -> Self {
        Self(match effect {
            Effect::Narrowed => LOST,
            Effect::Widened => GAINED,
            Effect::Replaced => LOST | GAINED,
            Effect::Added | Effect::Dropped => OTHER,
            Effect::Undecided => UNDECIDED,
        })
    }
}

/// Projection of differences from a child pair to its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct View {
    /// Lost and gained are exchanged, as below a `not`.
    inverted: bool,
    /// Another alternative allows the values lost here.
    hides_lost: bool,
    /// Another alternative already allowed the values gained here.
    hides_gained: bool,
    /// Only undecided differences are visible.
    hides_all: bool,
}

impl View {
    pub(super) const PLAIN: Self = Self {
        inverted: false,
        hides_lost: false,
        hides_gained: false,
        hides_all: false,
    };

    pub(super) const fn inverted(self) -> Self {
        Self {
            inverted: true,
            ..self
        }
    }

    pub(super) const fn only_undecided(self) -> Self {
        Self {
            hides_all: true,
            ..self
        }
    }

    pub(super) const fn hiding(lost: bool, gained: bool) -> Self {
        Self {
            hides_lost: lost,
            hides_gained: gained,
            ..Self::PLAIN
        }
    }

    /// Composes this view with a view below.
    pub(super) const fn then(self, below: Self) -> Self {
        // Below a `not`, the hidden sides are exchanged.
        let (lost, gained) = if self.inverted {
            (below.hides_gained, below.hides_lost)
        } else {
            (below.hides_lost, below.hides_gained)
        };
        Self {
            inverted: self.inverted != below.inverted,
            hides_lost: self.hides_lost || lost,
            hides_gained: self.hides_gained || gained,
            hides_all: self.hides_all || below.hides_all,
        }
    }

    /// Returns the effect of a difference through this view; `None` if it is hidden.
    pub(super) const fn effect(self, effect: Effect) -> Option<Effect> {
        let (lost, gained) = match effect {
            Effect::Undecided => return Some(Effect::Undecided),
            _ if self.hides_all => return None,
            Effect::Added | Effect::Dropped if !self.inverted => return Some(effect),
            Effect::Narrowed => (true, false),
            Effect::Widened => (false, true),
            Effect::Replaced | Effect::Added | Effect::Dropped => (true, true),
        };
        let (lost, gained) = if self.inverted {
            (gained, lost)
        } else {
            (lost, gained)
        };
        match (lost && !self.hides_lost, gained && !self.hides_gained) {
            (true, true) => Some(Effect::Replaced),
            (true, false) => Some(Effect::Narrowed),
            (false, true) => Some(Effect::Widened),
            (false, false) => None,
        }
    }
}
