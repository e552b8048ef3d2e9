//! The health that a service reports.

use std::borrow::Cow;

/// Health of a service, as `/health` and `<org>/info` report it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// The service is well: `/health` answers 200.
    Ok,
    /// The service works with restrictions, for this reason: `/health` answers 503, but the
    /// liveness probe still answers 200.
    Degraded(Cow<'static, str>),
    /// The service cannot serve, for this reason: `/health` answers 503.
    Down(Cow<'static, str>),
}

impl Health {
    /// Creates [`Health::Degraded`] with a reason.
    pub fn degraded(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Degraded(reason.into())
    }

    /// Creates [`Health::Down`] with a reason.
    pub fn down(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Down(reason.into())
    }

    /// Returns the name on the wire and in `/health`: `ok`, `degraded` or `down`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded(_) => "degraded",
            Self::Down(_) => "down",
        }
    }

    /// Returns the reason, unless the service is well.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Ok => None,
            Self::Degraded(reason) | Self::Down(reason) => Some(reason),
        }
    }
}
