//! Links to the stations, and the identity and permissions that this node presents over the links.

pub(in crate::mesh) mod admission;
pub(in crate::mesh) mod authority;
pub(in crate::mesh) mod claims;
pub(in crate::mesh) mod clock;
mod connect;
#[cfg(feature = "dev-mesh")]
mod dev;
mod flush;
#[cfg(feature = "macula")]
mod handles;
mod identity;
mod link_stats;
mod profile;
mod relinks;
mod round_trip;
mod router;
mod sdk_counters;
mod shield;
mod state;
pub(in crate::mesh) mod station_links;
pub(in crate::mesh) mod ucan;
mod unconfirmed_facts;

pub(crate) use authority::Authority;
pub(in crate::mesh) use connect::report;
pub(crate) use connect::{LinkOptions, Links, PoolHandle, connect};
#[cfg(feature = "dev-mesh")]
pub(crate) use dev::{DevMesh, running};
#[cfg(feature = "macula")]
pub use handles::MeshHandles;
pub(crate) use identity::{Identity, NamedKeyError};
pub(crate) use profile::check_stations;
pub(in crate::mesh) use profile::macula_profile;
pub(in crate::mesh) use relinks::Relinks;
pub(in crate::mesh) use router::{Router, end_reason};
pub(crate) use sdk_counters::{refused_handshakes, unknown_on_the_wire};
pub(in crate::mesh) use shield::shielded;
pub(crate) use state::{Connection, MeshSetter};
pub(in crate::mesh) use state::{NotConnected, Uplink, UplinkReceiver};

/// Detail of a realm's refusal while the realm's operator has not admitted this node.
pub(in crate::mesh) const NODE_NOT_ADMITTED: &str = "not_admitted";
