//! The handlers linked into this binary, and their comparison with its manifest.

mod capabilities;
mod causes;
mod descriptor;
mod difference;
mod handler_scope;
mod handlers;
mod settings;

pub(crate) use capabilities::{linked, reserved};
pub(crate) use descriptor::descriptor;
pub(crate) use difference::{difference, without_foreign};
pub(crate) use handler_scope::HandlerScope;
pub(crate) use handlers::Handlers;
pub(crate) use settings::settings_difference;

use crate::capability::Capability;
use crate::publication::Publication;
use crate::schedule::Schedule;
use crate::subscription::FactHandler;

/// Every linked capability, in no particular order. Public because the expansions of the macros
/// refer to it.
#[linkme::distributed_slice]
pub static CAPABILITIES: [Capability];

/// Every linked subscription, in no particular order.
#[linkme::distributed_slice]
pub static FACT_HANDLERS: [FactHandler];

/// Every linked type of published facts, in no particular order.
#[linkme::distributed_slice]
pub static PUBLICATIONS: [Publication];

/// Every linked schedule, in no particular order.
#[linkme::distributed_slice]
pub static SCHEDULES: [Schedule];
