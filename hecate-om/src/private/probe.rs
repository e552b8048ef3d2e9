//! How a service is made: by its `Service` impl, else by `Default`, else not at all, with one clear error.
//!
//! The three traits are implemented at different depths of reference, and a method call on `&&&Probe` takes the
//! first that fits: so nobody has to say which it is.

use std::marker::PhantomData;

use crate::service::Service;
use crate::service::{Contract, Lifecycle};

/// Asks how an `S` is made.
#[derive(Debug)]
pub struct Probe<S>(PhantomData<S>);

impl<S> Probe<S> {
    /// The probe of `S`.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "only the expansion makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// First: the author wrote `impl Service`.
pub trait FromService<S> {
    /// How the service is made, stopped and asked.
    fn lifecycle(&self) -> Lifecycle<S>;
}

impl<S: Service> FromService<S> for &&Probe<S> {
    fn lifecycle(&self) -> Lifecycle<S> {
        Lifecycle::of_service()
    }
}

/// Second: the struct is `Default`.
pub trait FromDefault<S> {
    /// How the service is made, stopped and asked.
    fn lifecycle(&self) -> Lifecycle<S>;
}

impl<S: Default + Contract> FromDefault<S> for &Probe<S> {
    fn lifecycle(&self) -> Lifecycle<S> {
        Lifecycle::of_default()
    }
}

/// Neither: the bound fails, and says both ways out. It is the method's, because one of the impl would only
/// make the compiler say that there is no such method.
pub trait FromNeither<S> {
    /// How the service is made, stopped and asked.
    fn lifecycle(&self) -> Lifecycle<S>
    where
        S: Constructible;
}

impl<S> FromNeither<S> for Probe<S> {
    fn lifecycle(&self) -> Lifecycle<S>
    where
        S: Constructible,
    {
        S::lifecycle()
    }
}

/// What a service must be; nothing implements it, so that the compiler's only answer is its text.
#[diagnostic::on_unimplemented(
    message = "the service `{Self}` cannot be started: it neither implements `Service` nor is `Default`",
    label = "nothing says how to make `{Self}`",
    note = "write `impl hecate_om::Service for {Self}` with its `start`, where it has something to open",
    note = "or add `#[derive(Default)]`, where it has nothing"
)]
pub trait Constructible: Sized {
    /// How the service is made, stopped and asked.
    fn lifecycle() -> Lifecycle<Self>;
}
