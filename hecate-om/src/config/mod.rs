//! Configuration. Flags override the environment, the environment overrides the file, and the file
//! overrides the defaults.
//!
//! The configuration is read once, and all errors are reported together.

mod dedupe;
mod effective;
mod file;
mod guard;
mod health;
mod host_port;
mod layers;
mod log;
mod log_filter;
mod own;
mod parse;
mod secret_source;
mod settings;
mod stations;
mod unknown;

pub(crate) use dedupe::{DEFAULT_DEDUPE_MAX_BYTES, DEFAULT_DEDUPE_MAX_KEYS};
pub(crate) use effective::effective_text;
pub use guard::Limits;
pub(crate) use guard::{AllowedRanges, GuardConfig, LimitKey, RateLimits};
pub(crate) use health::HealthAddress;
pub(crate) use layers::{Layers, LayersError, Origin, Reloaded, Sources};
pub(crate) use log::{LogConfig, LogFormat, log_config};
pub(crate) use log_filter::LogFilter;
pub(crate) use own::{OwnSetting, OwnVariables};
pub(crate) use parse::Reader;
pub(crate) use secret_source::SecretSource;
pub(crate) use settings::{SETTINGS, Setting};
#[cfg(feature = "dev-mesh")]
pub(crate) use stations::Seed;
pub(crate) use stations::{RealmConfig, Stations};

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hecate_om_manifest::OrgName;

use crate::boot_refusal::{self, BootRefusal, Reason};
use crate::certificate::{self, ClientCert};
use crate::clock::Clock;
use dedupe::read_dedupe;
use stations::{RealmName, is_any_station_setting_set, read_stations, refuse_stations_in_dev};

/// Default number of requests that a node remembers: enough for 1,719 calls/s with macula-rust's
/// default timeout.
pub(crate) const DEFAULT_HELD_REQUESTS: usize = 524_288;

/// The mesh that a service joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MeshMode {
    /// The development mesh on this machine.
    Dev,
    /// The stations of the realm. Boot is refused if none are configured.
    Required,
    /// The stations of the realm if they are configured, otherwise no mesh.
    Optional,
}

impl MeshMode {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}

/// Cryptographic profile of a realm and of all its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    PqHybrid,
    PqPure,
}

impl Profile {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PqHybrid => "pq_hybrid",
            Self::PqPure => "pq_pure",
        }
    }
}

/// Effective configuration of a service.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) mode: MeshMode,
    pub(crate) org: OrgName,
    /// `None` for [`MeshMode::Dev`], and for [`MeshMode::Optional`] if no stations are configured.
    pub(crate) stations: Option<Stations>,
    pub(crate) profile: Profile,
    /// Whether advertisements contain a key with which callers can seal requests.
    pub(crate) kem_advertise: bool,
    /// Folder of the development mesh on this machine.
    #[cfg(feature = "dev-mesh")]
    pub(crate) dev_mesh_dir: PathBuf,
    pub(crate) secrets_dir: PathBuf,
    pub(crate) state_dir: PathBuf,
    pub(crate) health_addr: IpAddr,
    pub(crate) health_port: u16,
    /// Path of the Unix socket, which replaces the port unless both are set.
    pub(crate) health_socket: Option<PathBuf>,
    pub(crate) health_client_cert: ClientCert,
    /// Whether there is a TCP listener.
    health_by_tcp: bool,
    pub(crate) service_name: String,
    pub(crate) box_name: String,
    pub(crate) drain_max: Duration,
    pub(crate) guard: GuardConfig,
    pub(crate) claim_retry: Duration,
    /// Number of requests that the node remembers, so that no request runs twice.
    pub(crate) held_requests: usize,
    /// Bounds of the answers kept for calls with keys.
    pub(crate) dedupe_max_keys: usize,
    pub(crate) dedupe_max_bytes: u64,
    /// Clock of the service. Not a setting; replaced only in tests.
    pub(crate) clock: Clock,
}

/// Defaults that the service defines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) name: &'static str,
    pub(crate) health_port: u16,
}

/// All errors in the configuration.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(pub(crate) Vec<BootRefusal>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        boot_refusal::write_all(f, &self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the layers.
    ///
    /// # Errors
    ///
    /// All errors in the layers.
    pub(crate) fn read(layers: &Layers, defaults: Defaults) -> Result<Self, ConfigError> {
        Self::read_for(layers, defaults, RealmName::Used)
    }

    /// Reads the layers, replacing each invalid value by its default; `None` if the service's name
    /// is not a valid org.
    fn in_effect(layers: &Layers, defaults: Defaults) -> Option<Self> {
        Self::assemble(&mut Reader::new(layers), defaults, RealmName::Used)
    }

    /// Reads the layers for a client, which serves no capabilities.
    ///
    /// # Errors
    ///
    /// All errors in the layers.
    pub(crate) fn read_of_client(layers: &Layers) -> Result<Self, ConfigError> {
        let defaults = Defaults {
            name: "hecate-om",
            health_port: 0,
        };
        Self::read_for(layers, defaults, RealmName::Unused)
    }

    fn read_for(
        layers: &Layers,
        defaults: Defaults,
        realm_name: RealmName,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(layers);
        let config = Self::assemble(&mut reader, defaults, realm_name);
        reader.finish(config)
    }

    /// Reads every setting. `reader` collects the errors.
    fn assemble(
        reader: &mut Reader<'_>,
        defaults: Defaults,
        realm_name: RealmName,
    ) -> Option<Self> {
        let layers = reader.layers();
        reader.refuse_unexpanded();
        let mode = read_mode(reader, layers);
        let dev = mode == MeshMode::Dev;
        let stations = match mode {
            MeshMode::Dev => {
                refuse_stations_in_dev(reader, layers);
                None
            }
            MeshMode::Required => read_stations(reader, true, realm_name),
            MeshMode::Optional => read_stations(reader, false, realm_name),
        };
        let profile = reader
            .choice(
                "HECATE_PROFILE",
                &[
                    ("pq_hybrid", Profile::PqHybrid),
                    ("pq_pure", Profile::PqPure),
                ],
            )
            .unwrap_or(if dev {
                Profile::PqPure
            } else {
                Profile::PqHybrid
            });
        let kem_advertise = reader
            .choice(
                "HECATE_KEM_ADVERTISE",
                &[("enabled", true), ("disabled", false)],
            )
            .unwrap_or(false);
        let dev_home = dev_home(layers);
        let org = match layers.value("HECATE_ORG") {
            Some(_) => reader.parsed(
                "HECATE_ORG",
                "an org; write lower-case letters and digits, and after the first character also `.`, `_` and `-`",
            ),
            None => reader.parsed_default("HECATE_ORG", defaults.name),
        };
        let org = org.or_else(|| defaults.name.parse().ok());
        let secrets_dir = reader.path("HECATE_SECRETS_DIR");
        let state_dir = reader.path("HECATE_STATE_DIR").unwrap_or_else(|| {
            if dev {
                dev_home.join(defaults.name)
            } else {
                Path::new("/var/lib").join(defaults.name)
            }
        });
        let health = HealthAddress::read(reader);
        let health_client_cert = reader.choice(
            "HECATE_HEALTH_CLIENT_CERT",
            &[
                ("off", ClientCert::Off),
                ("optional", ClientCert::Optional),
                ("required", ClientCert::Required),
            ],
        );
        let drain_max = reader.duration("HECATE_DRAIN_MAX");
        let guard = GuardConfig::read(reader);
        let claim_retry = read_claim_retry(reader);
        let held_requests = read_held_requests(reader);
        let (dedupe_max_keys, dedupe_max_bytes) = read_dedupe(reader);
        // The log is already configured; this call reports errors in the settings of the log.
        log::read(reader);
        let service_name = reader.text("HECATE_SERVICE_NAME");
        let box_name = reader.text("HECATE_BOX");
        org.map(|org| Self {
            mode,
            org,
            stations,
            profile,
            kem_advertise,
            #[cfg(feature = "dev-mesh")]
            dev_mesh_dir: dev_home.join("dev-mesh"),
            secrets_dir: secrets_dir.unwrap_or_else(|| {
                if dev {
                    state_dir.clone()
                } else {
                    PathBuf::from("/etc/hecate/secrets")
                }
            }),
            state_dir,
            health_addr: health.addr.unwrap_or(if dev {
                IpAddr::V4(Ipv4Addr::LOCALHOST)
            } else {
                IpAddr::V6(Ipv6Addr::UNSPECIFIED)
            }),
            health_port: health.port.unwrap_or(defaults.health_port),
            health_by_tcp: health.has_tcp(),
            health_socket: health.socket,
            health_client_cert: health_client_cert.unwrap_or(ClientCert::Off),
            service_name: service_name.unwrap_or_else(|| defaults.name.to_owned()),
            box_name: box_name.unwrap_or_default(),
            drain_max: drain_max.unwrap_or(Duration::from_secs(30)),
            guard,
            claim_retry,
            held_requests,
            dedupe_max_keys,
            dedupe_max_bytes,
            clock: Clock::default(),
        })
    }
}

impl Config {
    /// Returns the TCP address of the health listener; `None` if the listener has only a socket.
    pub(crate) fn health_tcp(&self) -> Option<SocketAddr> {
        self.health_by_tcp
            .then(|| SocketAddr::new(self.health_addr, self.health_port))
    }

    /// Returns the paths of the service certificate's files.
    pub(crate) fn certificate_files(&self) -> certificate::CertificateFiles {
        certificate::CertificateFiles::new(&self.secrets_dir)
    }

    /// Returns the principal that the certificate of `service` must name.
    pub(crate) fn principal(&self, service: &str) -> certificate::Principal {
        certificate::Principal {
            service: service.to_owned(),
            org: self.org.to_string(),
        }
    }
}

/// Returns the folder for the state of this user's services in development:
/// `$XDG_STATE_HOME/hecate`, as in the XDG base directory specification.
fn dev_home(layers: &Layers) -> PathBuf {
    let base = layers
        .environment_variable("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = || {
        layers
            .environment_variable("HOME")
            .map(|home| Path::new(&home).join(".local/state"))
    };
    base.or_else(home)
        .unwrap_or_else(std::env::temp_dir)
        .join("hecate")
}

/// Reads the interval for retrying a claim that the realm has not granted.
fn read_claim_retry(reader: &mut Reader<'_>) -> Duration {
    let retry = reader.duration("HECATE_CLAIM_RETRY");
    if retry.is_some_and(|retry| retry < Duration::from_secs(1)) {
        reader.report(
            "HECATE_CLAIM_RETRY",
            "a claim can be retried at most once a second; set `1s` or more",
        );
    }
    retry.unwrap_or(Duration::from_secs(60))
}

/// Reads the number of requests that the node remembers.
fn read_held_requests(reader: &mut Reader<'_>) -> usize {
    const VARIABLE: &str = "HECATE_HELD_REQUESTS";
    let range = 1_024..=16_777_216;
    let form = "a number of requests; write one from 1024 to 16777216";
    let held: Option<usize> = reader.parsed(VARIABLE, form);
    if let Some(held) = held
        && !range.contains(&held)
    {
        reader.report(VARIABLE, &format!("`{held}` is not {form}"));
    }
    held.unwrap_or(DEFAULT_HELD_REQUESTS)
}

fn read_mode(reader: &mut Reader<'_>, layers: &Layers) -> MeshMode {
    let default = if cfg!(feature = "dev-mesh") && !is_any_station_setting_set(layers) {
        MeshMode::Dev
    } else {
        MeshMode::Required
    };
    let mode = reader
        .choice(
            "HECATE_MESH",
            &[
                ("dev", MeshMode::Dev),
                ("required", MeshMode::Required),
                ("optional", MeshMode::Optional),
            ],
        )
        .unwrap_or(default);
    if mode == MeshMode::Dev && !cfg!(feature = "dev-mesh") {
        reader.report_as(
            Reason::DEV_MESH_REFUSED,
            "HECATE_MESH",
            "this binary was built without the feature `dev-mesh`, so it has no development mesh; set `required` \
             or `optional`",
        );
    }
    mode
}

#[cfg(test)]
mod tests;
