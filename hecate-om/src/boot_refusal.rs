//! Why a service refuses to boot: the one list of reasons, each by a stable name.

use std::fmt;

/// The reason of a refused boot, by a name that does not change: what an operator searches for and a script matches
/// on. Where upstream refuses for the same reason the name is upstream's, without its `mcl_om_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason(&'static str);

impl Reason {
    // Upstream's.

    /// The org is no segment of a procedure's name.
    pub(crate) const ORG_NOT_CONFIGURED: Self = Self("org_not_configured");
    /// The mesh is required, and a setting it cannot do without is not set: all such are listed at once.
    pub(crate) const MESH_UNCONFIGURED: Self = Self("mesh_unconfigured");
    /// `HECATE_MESH` is no mode.
    pub(crate) const MESH_SETTING_UNKNOWN: Self = Self("mesh_setting_unknown");
    /// The realm's id is not 64 hex digits. The value is not printed: it may be a secret in the wrong variable.
    pub(crate) const REALM_MALFORMED: Self = Self("realm_malformed");
    /// A station is configured and the realm's id is not.
    pub(crate) const REALM_UNCONFIGURED: Self = Self("realm_unconfigured");
    /// A station is configured and the realm's key, which its records are verified against, is not.
    pub(crate) const REALM_KEY_UNCONFIGURED: Self = Self("realm_key_unconfigured");
    /// The realm's key is not hex.
    pub(crate) const REALM_KEY_NOT_HEX: Self = Self("realm_key_not_hex");
    /// A station has no node id to be pinned by.
    pub(crate) const SEEDS_WITHOUT_NODE_IDS: Self = Self("seeds_without_node_ids");
    /// A node id belongs to no station.
    pub(crate) const NODE_IDS_WITHOUT_SEEDS: Self = Self("node_ids_without_seeds");
    /// The node key is there and cannot be used. It is left as it is.
    pub(crate) const IDENTITY_KEY_UNLOADABLE: Self = Self("identity_key_unloadable");
    /// There is no node key, and none can be kept.
    pub(crate) const IDENTITY_KEY_UNSAVEABLE: Self = Self("identity_key_unsaveable");
    /// A capability has a name that the runtime answers itself.
    pub(crate) const CAPABILITY_NAME_RESERVED: Self = Self("capability_name_reserved");
    /// A capability takes only sealed requests, and the service may not advertise the key they are sealed to.
    pub(crate) const CONFIDENTIAL_WITHOUT_KEM: Self =
        Self("confidential_required_without_kem_advertise");
    /// `HECATE_KEM_ADVERTISE` is no switch.
    pub(crate) const KEM_ADVERTISE_NOT_A_SWITCH: Self = Self("kem_advertise_not_a_switch");
    /// The limits of the guard, as capabilities and deployment set them together, contradict each other.
    pub(crate) const GUARD_BAD_LIMITS: Self = Self("guard_bad_limits");

    // Ours: what upstream does not look at, or has no name for.

    /// The configuration file cannot be read.
    pub(crate) const CONFIG_FILE_UNREADABLE: Self = Self("config_file_unreadable");
    /// A line of the configuration file is not `VARIABLE=value`.
    pub(crate) const CONFIG_LINE_MALFORMED: Self = Self("config_line_malformed");
    /// The configuration file names no setting of the runtime.
    pub(crate) const SETTING_UNKNOWN: Self = Self("setting_unknown");
    /// A setting's value is not of its form. Settings whose mistake has no name of its own have this.
    pub(crate) const SETTING_MALFORMED: Self = Self("setting_malformed");
    /// The development mesh is asked for together with stations, or of a binary that has none.
    pub(crate) const DEV_MESH_REFUSED: Self = Self("dev_mesh_refused");
    /// A station is not `host[:port]`.
    pub(crate) const SEED_MALFORMED: Self = Self("seed_malformed");
    /// A node id is not 64 hex digits.
    pub(crate) const NODE_ID_MALFORMED: Self = Self("node_id_malformed");
    /// The realm's name does not hash to its id.
    pub(crate) const REALM_NAME_MISMATCH: Self = Self("realm_name_mismatch");
    /// The realm's key is hex and no public key of the profile.
    pub(crate) const REALM_KEY_MALFORMED: Self = Self("realm_key_malformed");
    /// A capability accepts the tokens of an issuer that a setting names, and the setting is unset or not a node id.
    pub(crate) const ISSUER_UNCONFIGURED: Self = Self("issuer_unconfigured");
    /// A payload type has alternatives that look the same on the wire.
    pub(crate) const PAYLOAD_AMBIGUOUS: Self = Self("payload_ambiguous");
    /// The manifest in the binary does not parse.
    pub(crate) const MANIFEST_MALFORMED: Self = Self("manifest_malformed");
    /// What was linked is not what the manifest lists.
    pub(crate) const MANIFEST_DRIFT: Self = Self("manifest_drift");
    /// The node key is one of another profile. It is left as it is.
    pub(crate) const IDENTITY_KEY_WRONG_PROFILE: Self = Self("identity_key_wrong_profile");
    /// Another process runs with the node key.
    pub(crate) const IDENTITY_KEY_IN_USE: Self = Self("identity_key_in_use");
    /// A service certificate lacks what it is used with.
    pub(crate) const CERTIFICATE_INCOMPLETE: Self = Self("certificate_incomplete");
    /// A file of the service certificate cannot be read or is not of its form.
    pub(crate) const CERTIFICATE_UNLOADABLE: Self = Self("certificate_unloadable");
    /// The certificate's private key may be read by others.
    pub(crate) const CERTIFICATE_KEY_OPEN: Self = Self("certificate_key_open");
    /// The private key is another certificate's.
    pub(crate) const CERTIFICATE_KEY_MISMATCH: Self = Self("certificate_key_mismatch");
    /// The service certificate is not yet valid, or no longer.
    pub(crate) const CERTIFICATE_OUT_OF_TIME: Self = Self("certificate_out_of_time");
    /// The service certificate is another service's.
    pub(crate) const CERTIFICATE_NAME_MISMATCH: Self = Self("certificate_name_mismatch");
    /// The service certificate does not verify to the realm's CA.
    pub(crate) const CERTIFICATE_UNVERIFIED: Self = Self("certificate_unverified");
    /// The health listener's Unix socket cannot be had.
    pub(crate) const HEALTH_SOCKET_UNAVAILABLE: Self = Self("health_socket_unavailable");
    /// The health listener's address cannot be had.
    pub(crate) const HEALTH_PORT_UNAVAILABLE: Self = Self("health_port_unavailable");
    /// The author's `start` returned an error or panicked.
    pub(crate) const START_FAILED: Self = Self("start_failed");
    /// A handler borrows what `start` did not provide.
    pub(crate) const STATE_NOT_PROVIDED: Self = Self("state_not_provided");
    /// The development mesh can be neither joined nor begun.
    #[cfg(feature = "dev-mesh")]
    pub(crate) const DEV_MESH_UNAVAILABLE: Self = Self("dev_mesh_unavailable");
    /// What has no name of its own.
    pub(crate) const BOOT_FAILED: Self = Self("boot_failed");

    pub(crate) const fn name(self) -> &'static str {
        self.0
    }

    /// The reason that a mistake in the value of `variable` is.
    pub(crate) fn of_setting(variable: &str) -> Self {
        match variable {
            "HECATE_MESH" => Self::MESH_SETTING_UNKNOWN,
            "HECATE_ORG" => Self::ORG_NOT_CONFIGURED,
            "HECATE_KEM_ADVERTISE" => Self::KEM_ADVERTISE_NOT_A_SWITCH,
            "HECATE_REALM" => Self::REALM_MALFORMED,
            "HECATE_REALM_KEY" => Self::REALM_KEY_NOT_HEX,
            "HECATE_REALM_NAME" => Self::REALM_NAME_MISMATCH,
            "MACULA_STATION_SEEDS" => Self::SEED_MALFORMED,
            "MACULA_STATION_NODE_IDS" => Self::NODE_ID_MALFORMED,
            _ => Self::SETTING_MALFORMED,
        }
    }
}

/// One reason, and what an operator can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BootRefusal {
    pub(crate) reason: Reason,
    pub(crate) text: String,
}

impl BootRefusal {
    pub(crate) fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self {
            reason,
            text: text.into(),
        }
    }
}

impl fmt::Display for BootRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.name(), self.text)
    }
}

/// Several, each in a line of its own; one in the line that it stands in.
pub(crate) fn write_all(f: &mut fmt::Formatter<'_>, all: &[BootRefusal]) -> fmt::Result {
    match all {
        [one] => write!(f, "{one}"),
        many => {
            write!(f, "{} things are wrong", many.len())?;
            many.iter().try_for_each(|one| write!(f, "\n  {one}"))
        }
    }
}

/// Their names, for the log's field `refusal`.
pub(crate) fn names(all: &[BootRefusal]) -> String {
    let names: Vec<&str> = all.iter().map(|one| one.reason.name()).collect();
    names.join(",")
}
