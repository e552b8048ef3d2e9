//! Selection of how a service is created: by its `Service` impl, else by `Default`, else a compile
//! error.
//!
//! The three traits are implemented at different depths of reference, and a method call on
//! `&&&Probe` resolves to the first that applies (autoref specialization).

use std::marker::PhantomData;

use crate::service::Service;
use crate::service::{Contract, Lifecycle};

/// Selector of how an `S` is created.
#[derive(Debug)]
pub struct Probe<S>(PhantomData<S>);

impl<S> Probe<S> {
    /// Creates the probe of `S`.
    #[must_use]
    #[allow(
        clippy::new_without_default,
        reason = "only the expansion of an attribute creates a value"
    )]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// First choice: `S` implements `Service`.
pub trait FromService<S: Contract> {
    /// Returns the functions that start, stop and check the service.
    fn lifecycle(&self) -> Lifecycle<S>;
}

impl<S: Service + Contract> FromService<S> for &&Probe<S> {
    fn lifecycle(&self) -> Lifecycle<S> {
        Lifecycle::of_service()
    }
}

/// Second choice: `S` implements `Default`.
pub trait FromDefault<S: Contract> {
    /// Returns the functions that start, stop and check the service.
    fn lifecycle(&self) -> Lifecycle<S>;
}

impl<S: Default + Contract> FromDefault<S> for &Probe<S> {
    fn lifecycle(&self) -> Lifecycle<S> {
        Lifecycle::of_default()
    }
}

/// Otherwise: the bound fails with a message that names both remedies. The bound is on the method,
/// because with a bound on the impl the compiler would only report a missing method.
pub trait FromNeither<S: Contract> {
    /// Returns the functions that start, stop and check the service.
    fn lifecycle(&self) -> Lifecycle<S>
    where
        S: Constructible;
}

impl<S: Contract> FromNeither<S> for Probe<S> {
    fn lifecycle(&self) -> Lifecycle<S>
    where
        S: Constructible,
    {
        <S as Constructible>::lifecycle()
    }
}

/// Has the message of the compile error; no type implements it.
#[diagnostic::on_unimplemented(
    message = "the service `{Self}` cannot be started: it neither implements `Service` nor is `Default`",
    label = "boot cannot create `{Self}`",
    note = "write `impl hecate_om::Service for {Self}` with its `start`, if it opens anything",
    note = "or add `#[derive(Default)]`, if it does not"
)]
pub trait Constructible: Contract {
    /// Returns the functions that start, stop and check the service.
    fn lifecycle() -> Lifecycle<Self>;
}
