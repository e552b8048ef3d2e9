//! A development station for the [macula](https://macula.io) mesh. The station speaks wire 1.0 over
//! post-quantum QUIC, in the process of a test or in a process of its own. With it, a service on a
//! machine without a macula station runs as it later runs on a real mesh.
//!
//! A [`Station`] relays calls, publications and streams between its clients, stores their signed
//! records, and serves a development realm that admits every org unless
//! [`StationConfig::claim_policy`] decides otherwise. The programs of one machine share a station
//! through [`dev_mesh`].
//!
//! ```no_run
//! use hecate_om_station::{Profile, Station, StationConfig};
//!
//! # async fn run() -> Result<(), hecate_om_station::StationError> {
//! let station = Station::start(StationConfig::ephemeral(Profile::PqPure)).await?;
//! println!("dial {} as {:02x?}", station.addr(), station.node_id());
//! station.close().await;
//! # Ok(())
//! # }
//! ```

mod clock;
mod config;
mod credentials;
pub mod dev_mesh;
mod dht;
mod endpoint;
mod error;
mod frames;
mod issuer;
mod link;
mod maintenance;
mod name;
mod policy;
mod procedures;
mod provider_error;
mod realm;
mod relay;
mod routing;
mod session;
mod state;
mod station;
mod storage;

pub use config::{DEFAULT_REALM_NAME, Shared, StationConfig};
pub use error::StationError;
pub use issuer::{Issuer, MAX_TOKEN_LIFE};
pub use macula_rust::profile::Profile;
pub use name::QualifiedName;
pub use policy::{
    ClaimDecision, ClaimPolicy, FramePolicy, LinkPolicy, Registration, RegistrationKind,
    RegistrationPolicy, RegistrationRefusal, TokenDecision, TokenGrant, TokenPolicy, TokenRequest,
};
pub use realm::RealmIdentity;
pub use station::{Counts, LinkView, Station};
