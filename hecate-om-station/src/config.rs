//! What a station is started with.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use macula_rust::profile::Profile;

use crate::RealmIdentity;
use crate::authority::{self, AuthorityPolicy};
use crate::dht::RecordStore;

/// The name of the development realm.
pub const DEFAULT_REALM_NAME: &str = "hecate.dev";

/// What the realm answers a node that claims an org.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// The node may serve procedures of the org: the realm publishes the org's
    /// directory and the node's delegation, and keeps both live.
    Grant,
    /// The claim waits for a person, as a real realm's often does: the caller
    /// hears `not_admitted` and is expected to ask again.
    Pending,
    /// The claim is refused, with this text for the caller.
    Refuse(String),
}

/// Decides a claim of an org (its name) by a node (its node id).
pub type AdmissionPolicy = Arc<dyn Fn(&str, &[u8; 32]) -> Admission + Send + Sync>;

/// Decides whether a node (its node id) may link.
pub type LinkPolicy = Arc<dyn Fn(&[u8; 32]) -> bool + Send + Sync>;

/// What a node asks its station to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration<'a> {
    /// What is asked.
    pub kind: RegistrationKind,
    /// The realm's id.
    pub realm: &'a [u8; 32],
    /// The procedure, or the topic.
    pub name: &'a str,
    /// The node that asks.
    pub node: &'a [u8; 32],
}

/// A frame that a station answers with a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationKind {
    /// A procedure is advertised, for the first time or again.
    Advertise,
    /// A procedure is withdrawn. One that is refused stays served.
    Unadvertise,
    /// A topic is subscribed to.
    Subscribe,
    /// A topic is unsubscribed from. If this is refused, the subscription stays.
    Unsubscribe,
}

/// Why a station does not take a registration, of the wire's closed set
/// (wire 1.0 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationRefusal {
    /// As many nodes as the station allows serve the procedure already.
    TooManyProviders,
    /// The node serves as many procedures as the station allows one.
    AdvertiserQuota,
    /// The name is over the wire's 512 bytes.
    NameTooLong,
    /// The record does not verify.
    RecordRefused,
    /// The realm's authorization of the node does not hold.
    NotAuthorized,
    /// Any other reason.
    Refused,
}

impl RegistrationRefusal {
    /// The reason, as an acknowledgement names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooManyProviders => "too_many_providers",
            Self::AdvertiserQuota => "advertiser_quota",
            Self::NameTooLong => "name_too_long",
            Self::RecordRefused => "record_refused",
            Self::NotAuthorized => "not_authorized",
            Self::Refused => "refused",
        }
    }
}

/// Decides whether a station takes a registration, once everything else about
/// it holds. It is asked at each renewal of an advertisement, too.
pub type RegistrationPolicy =
    Arc<dyn Fn(&Registration<'_>) -> Result<(), RegistrationRefusal> + Send + Sync>;

/// What stations share, as those of one real realm do: its identity and their
/// records. A node linked to one finds what is advertised at another, and calls
/// it there.
#[derive(Debug, Clone)]
pub struct Shared {
    pub(crate) realms: Vec<RealmIdentity>,
    pub(crate) records: RecordStore,
}

/// The longest a delegation may live (wire 1.0 §5.1).
pub(crate) const MAX_DELEGATION_LIFE: Duration = Duration::from_secs(30 * 60);

/// What a [`Station`](crate::Station) is started with.
#[derive(Clone)]
#[non_exhaustive]
pub struct StationConfig {
    /// Where keys, port and admissions are kept. `None` keeps them in a
    /// temporary directory that goes with the station.
    pub directory: Option<PathBuf>,
    /// The crypto profile. A directory keeps the profile it was made with.
    pub profile: Profile,
    /// The address to listen on. Loopback unless set: the development realm
    /// admits whoever asks.
    pub bind: IpAddr,
    /// The UDP port; `None` for the one kept, or a free one at the first
    /// start; `Some(0)` for a free one now. It is kept from then on.
    pub port: Option<u16>,
    /// The realm's name; its id is the name's SHA-256.
    pub realm_name: String,
    /// Names of further realms that the station serves, each with keys of its
    /// own, by the same decisions.
    pub more_realms: Vec<String>,
    /// What this station shares with another, from [`Station::shared`]: the
    /// records, and the realms, which the other station serves. This one then
    /// serves none, so that the names above, `admission`, `authority` and
    /// `delegation_life` have no effect.
    ///
    /// [`Station::shared`]: crate::Station::shared
    pub shared: Option<Shared>,
    /// Decides which nodes may link. All unless set.
    pub admit: LinkPolicy,
    /// Decides who may serve an org's procedures. Grants everyone unless set.
    pub admission: AdmissionPolicy,
    /// Decides what a node that asks for a UCAN may do. Grants every action
    /// that is asked for unless set.
    pub authority: AuthorityPolicy,
    /// How long a node's delegation lives; it is signed anew at a third of
    /// it. Thirty minutes unless set, the wire's longest; a shorter one shows
    /// within seconds how a provider bears a realm that stops signing.
    pub delegation_life: Duration,
    /// Decides which advertisements, withdrawals, subscriptions and ends of
    /// subscriptions the station takes. All unless set.
    pub registration: RegistrationPolicy,
    /// A key file that a directory without an identity key is given a copy
    /// of. `None` makes a key, whose puzzle takes up to a second of a core:
    /// too long for a test that starts a station.
    pub identity_key: Option<PathBuf>,
}

impl StationConfig {
    /// A station kept in `directory`, on loopback, for the realm
    /// [`DEFAULT_REALM_NAME`], admitting every org.
    pub fn new(directory: impl AsRef<Path>, profile: Profile) -> Self {
        Self {
            directory: Some(directory.as_ref().to_path_buf()),
            ..Self::ephemeral(profile)
        }
    }

    /// A station that leaves nothing behind: its keys live in a temporary
    /// directory, removed when it is dropped.
    pub fn ephemeral(profile: Profile) -> Self {
        Self {
            directory: None,
            profile,
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: None,
            realm_name: DEFAULT_REALM_NAME.to_owned(),
            more_realms: Vec::new(),
            shared: None,
            admit: Arc::new(|_| true),
            admission: Arc::new(|_, _| Admission::Grant),
            authority: authority::all_that_is_asked(),
            delegation_life: MAX_DELEGATION_LIFE,
            registration: Arc::new(|_| Ok(())),
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
