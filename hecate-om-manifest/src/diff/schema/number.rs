//! Numbers of a schema: whole numbers exactly, others as 64-bit floats.

use std::cmp::Ordering;
use std::fmt::{self, Display};

use serde_json::Value;

#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(i128),
    Fraction(f64),
}

/// Up to this bound a 64-bit float represents every whole number; the wire has none beyond 2^63.
const MAX_WHOLE: f64 = 1e18;

impl Number {
    pub(super) fn from_value(value: &Value) -> Option<Self> {
        let number = value.as_number()?;
        if let Some(whole) = number.as_i128() {
            return Some(Self::Whole(whole));
        }
        let float = number.as_f64()?;
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        Some(if float.fract() == 0.0 && float.abs() < MAX_WHOLE {
            Self::Whole(float as i128)
        } else {
            Self::Fraction(float)
        })
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "beside a fraction it is compared as one"
    )]
    fn float(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Fraction(float) => float,
        }
    }

    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Whole(_)) || self.float().fract() == 0.0
    }

    /// Returns whether it is a whole multiple of `other`.
    pub(super) fn is_multiple_of(self, other: Self) -> bool {
        match (self, other) {
            (_, Self::Whole(0)) => false,
            (Self::Whole(this), Self::Whole(other)) => this.checked_rem(other) == Some(0),
            (this, other) => {
                let times = this.float() / other.float();
                let whole = times.round();
                // A fraction of the divisor is close to zero, but no multiple.
                let is_zero = whole == 0.0 && times != 0.0;
                times.is_finite() && !is_zero && (times - whole).abs() < 1e-9
            }
        }
    }

    /// Returns the next whole number above or below: the inclusive form of an exclusive bound.
    pub(super) fn next_whole(self, step: i128) -> Self {
        match self {
            Self::Whole(whole) => Self::Whole(whole.saturating_add(step)),
            Self::Fraction(_) => self.rounded(step),
        }
    }

    /// Rounds to a whole number, upwards or downwards.
    pub(super) fn rounded(self, step: i128) -> Self {
        let Self::Fraction(float) = self else {
            return self;
        };
        Self::Fraction(if step > 0 {
            float.ceil()
        } else {
            float.floor()
        })
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(this), Self::Whole(other)) => Some(this.cmp(other)),
            _ => self.float().partial_cmp(&other.float()),
        }
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => whole.fmt(f),
            Self::Fraction(float) => float.fmt(f),
        }
    }
}
