//! Names of handlers in the list that the build script gives to the compiler: the handlers that the
//! scanner found, by crate. The attributes compare each handler with it.

/// The variable that holds the list.
pub const VARIABLE: &str = "HECATE_OM_HANDLERS";

/// Returns the key of a capability.
#[must_use]
pub fn capability(name: &str, version: u32) -> String {
    format!("capability {name} {version}")
}

/// Returns the key of a subscription.
#[must_use]
pub fn subscription(topic: &str) -> String {
    format!("subscription {topic}")
}

/// Returns the key of a schedule.
#[must_use]
pub fn schedule(name: &str) -> String {
    format!("schedule {name}")
}
