//! Handlers that the linker put into this binary, and their comparison with its manifest.

mod capabilities;
mod causes;
mod descriptor;
mod difference;
mod handler_scope;
mod handlers;

pub(crate) use capabilities::{linked, reserved};
pub(crate) use descriptor::descriptor;
pub(crate) use difference::{difference, without_foreign};
pub(crate) use handler_scope::HandlerScope;
pub(crate) use handlers::Handlers;

use crate::capability::Capability;
use crate::schedule::Schedule;
use crate::subscription::FactHandler;

/// Every capability that was linked into this binary, in no order. Public because the registration in a
/// service's crates names it; read through the registry only.
#[linkme::distributed_slice]
pub static CAPABILITIES: [Capability];

/// Every subscription that was linked, likewise.
#[linkme::distributed_slice]
pub static FACT_HANDLERS: [FactHandler];

/// Every schedule that was linked, likewise.
#[linkme::distributed_slice]
pub static SCHEDULES: [Schedule];
