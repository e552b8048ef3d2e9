//! The settings of the runtime, with their meanings and defaults.

/// A setting. Its flag is the variable in kebab case without `HECATE_`: the flag of
/// `HECATE_HEALTH_PORT` is `--health-port`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Environment variable, which is also the name of the setting in a file.
    pub(crate) variable: &'static str,
    /// Description in one line.
    pub(crate) meaning: &'static str,
    /// Description of the default.
    pub(crate) default: &'static str,
}

impl Setting {
    /// Returns the flag without the dashes.
    pub(crate) fn flag(&self) -> String {
        Self::flag_of(self.variable)
    }

    /// Returns the flag for a variable with this name.
    pub(super) fn flag_of(variable: &str) -> String {
        variable
            .strip_prefix("HECATE_")
            .unwrap_or(variable)
            .to_ascii_lowercase()
            .replace('_', "-")
    }
}

const fn setting(variable: &'static str, meaning: &'static str, default: &'static str) -> Setting {
    Setting {
        variable,
        meaning,
        default,
    }
}

/// Settings of the runtime that a reload changes.
pub(super) const RELOADED: [&str; 2] = ["HECATE_GUARD_LIMITS", "HECATE_LOG"];

/// All settings of the runtime, in the order of `--help`. No setting is a secret: secrets are files
/// in `HECATE_SECRETS_DIR`, and the key of the realm is a public key.
pub(crate) const SETTINGS: &[Setting] = &[
    setting(
        "HECATE_MESH",
        "`dev`, `required` or `optional`",
        "`dev` if no station is set, else `required`",
    ),
    setting(
        "HECATE_ORG",
        "the namespace of the service's procedures",
        "the service's name",
    ),
    setting("HECATE_REALM", "the realm's id, 64 hex digits", ""),
    setting("HECATE_REALM_KEY", "the realm's public key, hex", ""),
    setting(
        "HECATE_REALM_NAME",
        "the realm's name; its SHA-256 is the id",
        "io.macula",
    ),
    setting(
        "MACULA_STATION_SEEDS",
        "stations, `host[:port],…`; an IPv6 address in brackets",
        "",
    ),
    setting(
        "MACULA_STATION_NODE_IDS",
        "node ids of these stations, 64 hex digits each, in the same order",
        "",
    ),
    setting(
        "HECATE_SECRETS_DIR",
        "the folder of `identity.key` and the service certificate's files",
        "/etc/hecate/secrets; in dev the state directory",
    ),
    setting(
        "HECATE_STATE_DIR",
        "the folder for the service's state",
        "/var/lib/<name>; in dev $XDG_STATE_HOME/hecate/<name>",
    ),
    setting(
        "HECATE_HEALTH_ADDR",
        "the address of the health listener",
        "all interfaces; in dev loopback; none if only a socket is set",
    ),
    setting(
        "HECATE_HEALTH_PORT",
        "TCP port of the health listener; 0 for any free port",
        "the manifest's; none if a socket is set",
    ),
    setting(
        "HECATE_HEALTH_SOCKET",
        "a Unix socket, accessible for its owner, which replaces the TCP port unless both are set",
        "",
    ),
    setting(
        "HECATE_HEALTH_CLIENT_CERT",
        "whether the listener's TLS requests client certificates of the realm: `off`, `optional` or `required`",
        "off",
    ),
    setting(
        "HECATE_SERVICE_NAME",
        "the service's name in the claim to the realm",
        "the service's name",
    ),
    setting(
        "HECATE_BOX",
        "the machine's name in the claim to the realm",
        "empty",
    ),
    setting(
        "HECATE_PROFILE",
        "`pq_hybrid` or `pq_pure`",
        "pq_hybrid; in dev pq_pure",
    ),
    setting(
        "HECATE_KEM_ADVERTISE",
        "whether callers can seal their requests to this node: `enabled` or `disabled`",
        "disabled",
    ),
    setting(
        "HECATE_CLAIM_RETRY",
        "the time until a claim that the realm has not granted is repeated, at least `1s`",
        "60s",
    ),
    setting(
        "HECATE_HELD_REQUESTS",
        "how many requests the node remembers at once, each until its deadline plus 5 min, at most half of them of one caller; 1024 to 16777216",
        "524288",
    ),
    setting(
        "HECATE_DEDUPE_MAX_KEYS",
        "maximum number of keys whose answers are kept for repeated requests; 1 to 16777216",
        "65536",
    ),
    setting(
        "HECATE_DEDUPE_MAX_BYTES",
        "maximum number of bytes of the answers that are kept for repeated requests; at least 1048576",
        "67108864",
    ),
    setting(
        "HECATE_DRAIN_MAX",
        "the maximum duration of a drain, for example `30s`; the process exits at most one second later",
        "30s",
    ),
    setting(
        "HECATE_GUARD_LIMITS",
        "limits of capabilities that do not set their own, for example `per_caller_max=300,window_ms=10000`",
        "max_bytes=65536,window_ms=10000,per_caller_max=600,global_max=6000,max_distinct_callers=1024",
    ),
    setting(
        "HECATE_GUARD_ENVELOPE",
        "the ranges within which `set_limits` may change limits, for example `per_caller_max=100..1200,…`",
        "no limit can be changed",
    ),
    setting(
        "HECATE_GUARDIAN",
        "the permission of limits administrators, which a realm member's token must grant for `set_limits`",
        "`set_limits` is not served",
    ),
    setting(
        "HECATE_LOG",
        "what is logged: a level, or `target=level,…`",
        "info",
    ),
    setting(
        "HECATE_LOG_FORMAT",
        "`text` or `json`",
        "text on a terminal, else json",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_the_variables_in_kebab_case() {
        let flags: Vec<String> = SETTINGS.iter().map(Setting::flag).collect();
        assert!(flags.contains(&"health-port".to_owned()));
        assert!(flags.contains(&"macula-station-seeds".to_owned()));
    }
}
