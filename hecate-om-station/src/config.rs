//! Configuration of a station.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use macula_rust::profile::Profile;

use crate::dht::RecordStore;
use crate::policy::{
    ClaimDecision, ClaimPolicy, FramePolicy, LinkPolicy, RegistrationPolicy, TokenPolicy,
    grant_requested,
};
use crate::realm::{MAX_DELEGATION_LIFE, RealmIdentity};

/// Name of the development realm.
pub const DEFAULT_REALM_NAME: &str = "hecate.dev";

/// The realms and records that several stations of one mesh share. A node linked to one station
/// finds and calls procedures advertised at another.
#[derive(Debug, Clone)]
pub struct Shared {
    pub(crate) realms: Vec<RealmIdentity>,
    pub(crate) records: RecordStore,
}

/// Configuration of a [`Station`](crate::Station).
#[derive(Clone)]
#[non_exhaustive]
pub struct StationConfig {
    /// Directory for keys, port, admissions and records. `None` uses a temporary directory, which
    /// is removed when the station is dropped.
    pub directory: Option<PathBuf>,
    /// The crypto profile. It must be the profile that the directory was created with.
    pub profile: Profile,
    /// The address to listen on. Default: loopback, since the development realm admits every node.
    pub bind: IpAddr,
    /// The UDP port, saved in the directory. `None` uses the saved port, or a free port at the
    /// first start. `Some(0)` picks a free port.
    pub port: Option<u16>,
    /// The realm's name; its id is the name's SHA-256.
    pub realm_name: String,
    /// Names of further realms that the station serves, each with its own keys. The same policies
    /// apply to them.
    pub more_realms: Vec<String>,
    /// Realms and records shared with another station, from [`Station::shared`]. The other station
    /// serves the realms and this station serves none, so `realm_name`, `more_realms`,
    /// `claim_policy`, `token_policy` and `delegation_life` have no effect.
    ///
    /// [`Station::shared`]: crate::Station::shared
    pub shared: Option<Shared>,
    /// Decides which nodes may link. Default: all.
    pub link_policy: LinkPolicy,
    /// Decides which nodes may serve an org's procedures. Default: all.
    pub claim_policy: ClaimPolicy,
    /// Decides which permissions a node receives in a UCAN. Default: the requested permissions.
    pub token_policy: TokenPolicy,
    /// Lifetime of a node's delegation, which is renewed after a third of the lifetime. Default and
    /// maximum: 30 minutes. A shorter lifetime lets a test observe within seconds how a provider
    /// behaves when the realm stops signing.
    pub delegation_life: Duration,
    /// Decides which advertisements, withdrawals, subscriptions and unsubscriptions the station
    /// accepts. Default: all.
    pub registration_policy: RegistrationPolicy,
    /// Replaces the frames that the station sends, to test nodes on a station that misbehaves.
    /// Default: none; every frame is sent as it is.
    pub frame_policy: Option<FramePolicy>,
    /// A key file to copy into a directory that has no identity key. `None` generates a key, which
    /// uses up to a second of CPU time: too long for a test that starts a station.
    pub identity_key: Option<PathBuf>,
}

impl StationConfig {
    /// Creates the configuration of a station with its state in `directory`. It listens on
    /// loopback, serves the realm [`DEFAULT_REALM_NAME`] and admits every org.
    pub fn new(directory: impl AsRef<Path>, profile: Profile) -> Self {
        Self {
            directory: Some(directory.as_ref().to_path_buf()),
            ..Self::ephemeral(profile)
        }
    }

    /// Creates the configuration of a station like [`new`](Self::new), with its state in a
    /// temporary directory that is removed when the station is dropped.
    pub fn ephemeral(profile: Profile) -> Self {
        Self {
            directory: None,
            profile,
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: None,
            realm_name: DEFAULT_REALM_NAME.to_owned(),
            more_realms: Vec::new(),
            shared: None,
            link_policy: Arc::new(|_| true),
            claim_policy: Arc::new(|_, _| ClaimDecision::Grant),
            token_policy: grant_requested(),
            delegation_life: MAX_DELEGATION_LIFE,
            registration_policy: Arc::new(|_| Ok(())),
            frame_policy: None,
            identity_key: None,
        }
    }
}

impl fmt::Debug for StationConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StationConfig")
            .field("directory", &self.directory)
            .field("profile", &self.profile)
            .field("bind", &self.bind)
            .field("port", &self.port)
            .field("realm_name", &self.realm_name)
            .field("more_realms", &self.more_realms)
            .field("shared", &self.shared)
            .field("delegation_life", &self.delegation_life)
            .finish_non_exhaustive()
    }
}
