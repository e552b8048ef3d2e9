//! A development station for the [macula](https://macula.io) mesh: it speaks
//! wire 1.0 over post-quantum QUIC, in-process or on its own, so that a service
//! on a machine without a station runs on the same mesh it will run on later.
//!
//! A [`Station`] relays calls, publications and streams between its clients,
//! keeps their signed records, and serves a development realm that admits
//! every org through the claim a real realm answers. The programs of one machine
//! share one by [`dev_mesh`].
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

mod authority;
mod clock;
mod config;
mod credentials;
pub mod dev_mesh;
mod dht;
mod error;
mod hub;
mod issuer;
mod maintenance;
mod procedures;
mod realm;
mod relay;
mod session;
mod state;
mod station;
mod tls;
mod view;

pub use authority::{Authority, AuthorityGrant, AuthorityPolicy, AuthorityRequest};
pub use config::{
    Admission, AdmissionPolicy, DEFAULT_REALM_NAME, LinkPolicy, Registration, RegistrationKind,
    RegistrationPolicy, RegistrationRefusal, Shared, StationConfig,
};
pub use error::StationError;
pub use issuer::{Issuer, MAX_TOKEN_LIFE};
pub use macula_rust::profile::Profile;
pub use relay::Name;
pub use station::{RealmIdentity, Station};
pub use view::LinkView;
