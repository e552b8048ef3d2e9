//! The reasons why a service refuses to boot, each with a stable name.

use std::fmt;

/// Reason of a refused boot. The reason's name is stable, so operators can search for it and
/// scripts can match it. Reasons that also exist in hecate-om (Erlang) have the same name here,
/// without the prefix `mcl_om_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason(&'static str);

impl Reason {
    // Reasons of hecate-om (Erlang).

    /// The org is not a valid segment of a procedure name.
    pub(crate) const ORG_NOT_CONFIGURED: Self = Self("org_not_configured");
    /// The mesh is required, but settings are missing. The error lists all of them.
    pub(crate) const MESH_UNCONFIGURED: Self = Self("mesh_unconfigured");
    /// `HECATE_MESH` has an unknown value.
    pub(crate) const MESH_SETTING_UNKNOWN: Self = Self("mesh_setting_unknown");
    /// The realm's id is not 64 hex digits. The value is not printed, because it may be a secret.
    pub(crate) const REALM_MALFORMED: Self = Self("realm_malformed");
    /// A station is configured, but the realm's id is not.
    pub(crate) const REALM_UNCONFIGURED: Self = Self("realm_unconfigured");
    /// A station is configured, but the realm's key, which verifies its records, is not.
    pub(crate) const REALM_KEY_UNCONFIGURED: Self = Self("realm_key_unconfigured");
    /// The realm's key is not hex.
    pub(crate) const REALM_KEY_NOT_HEX: Self = Self("realm_key_not_hex");
    /// A station has no node id.
    pub(crate) const SEEDS_WITHOUT_NODE_IDS: Self = Self("seeds_without_node_ids");
    /// A node id has no station.
    pub(crate) const NODE_IDS_WITHOUT_SEEDS: Self = Self("node_ids_without_seeds");
    /// The node key exists but cannot be used. The key is not changed.
    pub(crate) const IDENTITY_KEY_UNLOADABLE: Self = Self("identity_key_unloadable");
    /// There is no node key, and a new key cannot be saved.
    pub(crate) const IDENTITY_KEY_UNSAVEABLE: Self = Self("identity_key_unsaveable");
    /// A capability has the name of a built-in capability.
    pub(crate) const CAPABILITY_NAME_RESERVED: Self = Self("capability_name_reserved");
    /// A capability accepts only sealed requests, but the service advertises no key for them.
    pub(crate) const CONFIDENTIAL_WITHOUT_KEM: Self =
        Self("confidential_required_without_kem_advertise");
    /// `HECATE_KEM_ADVERTISE` has an unknown value.
    pub(crate) const KEM_ADVERTISE_NOT_A_SWITCH: Self = Self("kem_advertise_not_a_switch");
    /// The limits of capabilities and deployment contradict each other.
    pub(crate) const GUARD_BAD_LIMITS: Self = Self("guard_bad_limits");

    // Reasons that hecate-om (Erlang) does not have.

    /// The configuration file cannot be read.
    pub(crate) const CONFIG_FILE_UNREADABLE: Self = Self("config_file_unreadable");
    /// A line of the configuration file is not `VARIABLE=value`.
    pub(crate) const CONFIG_LINE_MALFORMED: Self = Self("config_line_malformed");
    /// The configuration file has an unknown setting.
    pub(crate) const SETTING_UNKNOWN: Self = Self("setting_unknown");
    /// A setting's value has the wrong form, and no more specific reason applies.
    pub(crate) const SETTING_MALFORMED: Self = Self("setting_malformed");
    /// A setting of the service is required and not set.
    pub(crate) const SETTING_MISSING: Self = Self("setting_missing");
    /// A secret has several sources, or its file or value cannot be used.
    pub(crate) const SECRET_UNREADABLE: Self = Self("secret_unreadable");
    /// The development mesh is requested together with stations, or in a binary built without it.
    pub(crate) const DEV_MESH_REFUSED: Self = Self("dev_mesh_refused");
    /// A station is not `host[:port]`.
    pub(crate) const SEED_MALFORMED: Self = Self("seed_malformed");
    /// A node id is not 64 hex digits.
    pub(crate) const NODE_ID_MALFORMED: Self = Self("node_id_malformed");
    /// The realm's name does not hash to its id.
    pub(crate) const REALM_NAME_MISMATCH: Self = Self("realm_name_mismatch");
    /// The realm's key is hex, but not a public key of the profile.
    pub(crate) const REALM_KEY_MALFORMED: Self = Self("realm_key_malformed");
    /// The setting that names the issuer of a capability's tokens is unset or not a node id.
    pub(crate) const ISSUER_UNCONFIGURED: Self = Self("issuer_unconfigured");
    /// A payload type has alternatives that look the same on the wire.
    pub(crate) const PAYLOAD_AMBIGUOUS: Self = Self("payload_ambiguous");
    /// The manifest in the binary does not parse.
    pub(crate) const MANIFEST_MALFORMED: Self = Self("manifest_malformed");
    /// The linked handlers differ from the manifest.
    pub(crate) const MANIFEST_DRIFT: Self = Self("manifest_drift");
    /// The node key belongs to another profile. The key is not changed.
    pub(crate) const IDENTITY_KEY_WRONG_PROFILE: Self = Self("identity_key_wrong_profile");
    /// Another process uses the node key.
    pub(crate) const IDENTITY_KEY_IN_USE: Self = Self("identity_key_in_use");
    /// A file that the service certificate needs is missing.
    pub(crate) const CERTIFICATE_INCOMPLETE: Self = Self("certificate_incomplete");
    /// A file of the service certificate cannot be read or has the wrong form.
    pub(crate) const CERTIFICATE_UNLOADABLE: Self = Self("certificate_unloadable");
    /// Other users can read the certificate's private key.
    pub(crate) const CERTIFICATE_KEY_OPEN: Self = Self("certificate_key_open");
    /// The private key belongs to another certificate.
    pub(crate) const CERTIFICATE_KEY_MISMATCH: Self = Self("certificate_key_mismatch");
    /// The service certificate is not yet valid, or has expired.
    pub(crate) const CERTIFICATE_OUT_OF_TIME: Self = Self("certificate_out_of_time");
    /// The service certificate belongs to another service.
    pub(crate) const CERTIFICATE_NAME_MISMATCH: Self = Self("certificate_name_mismatch");
    /// The service certificate does not verify against the realm's CA.
    pub(crate) const CERTIFICATE_UNVERIFIED: Self = Self("certificate_unverified");
    /// The health listener cannot bind its Unix socket.
    pub(crate) const HEALTH_SOCKET_UNAVAILABLE: Self = Self("health_socket_unavailable");
    /// The health listener cannot bind its address.
    pub(crate) const HEALTH_PORT_UNAVAILABLE: Self = Self("health_port_unavailable");
    /// The author's `start` returned an error or panicked.
    pub(crate) const START_FAILED: Self = Self("start_failed");
    /// A handler borrows a value that `start` did not provide.
    pub(crate) const STATE_NOT_PROVIDED: Self = Self("state_not_provided");
    /// The development mesh can be neither joined nor started.
    #[cfg(feature = "dev-mesh")]
    pub(crate) const DEV_MESH_UNAVAILABLE: Self = Self("dev_mesh_unavailable");
    /// Any other reason.
    pub(crate) const BOOT_FAILED: Self = Self("boot_failed");

    pub(crate) const fn name(self) -> &'static str {
        self.0
    }

    /// Returns the reason for a malformed value of `variable`.
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

/// A reason, with the remedy for operators.
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

/// Writes a single refusal inline, or each of several refusals on a separate line.
pub(crate) fn write_all(f: &mut fmt::Formatter<'_>, all: &[BootRefusal]) -> fmt::Result {
    match all {
        [refusal] => write!(f, "{refusal}"),
        many => {
            write!(f, "{} problems", many.len())?;
            many.iter()
                .try_for_each(|refusal| write!(f, "\n  {refusal}"))
        }
    }
}

/// Returns the names of the reasons, for the log's field `refusal`.
pub(crate) fn names(all: &[BootRefusal]) -> String {
    let names: Vec<&str> = all.iter().map(|refusal| refusal.reason.name()).collect();
    names.join(",")
}
