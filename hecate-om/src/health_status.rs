//! The author's verdict on a service.

use std::borrow::Cow;

/// What a service says of itself, as `/health` and `<org>/info` report it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// All is well: `/health` answers 200.
    Ok,
    /// Serving, but not as it should, and why: `/health` answers 503, the liveness probe does not.
    Degraded(Cow<'static, str>),
    /// Not able to serve, and why: `/health` answers 503.
    Down(Cow<'static, str>),
}

impl Health {
    /// Serving, but not as it should, for this reason.
    pub fn degraded(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Degraded(reason.into())
    }

    /// Not able to serve, for this reason.
    pub fn down(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Down(reason.into())
    }

    /// The verdict as the wire and the health body name it: `ok`, `degraded` or `down`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded(_) => "degraded",
            Self::Down(_) => "down",
        }
    }

    /// Why the service is not well; `None` when it is.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Ok => None,
            Self::Degraded(reason) | Self::Down(reason) => Some(reason),
        }
    }
}
