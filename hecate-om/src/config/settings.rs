//! Every setting: its variable, what it means, and its default in words.

/// One setting. Its flag is the variable in kebab case without `HECATE_`: `HECATE_HEALTH_PORT` is
/// `--health-port`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// The environment variable, which is its name in a file, too.
    pub(crate) variable: &'static str,
    /// What it means, in a line.
    pub(crate) meaning: &'static str,
    /// The default, in words.
    pub(crate) default: &'static str,
}

impl Setting {
    /// The flag, without the dashes.
    pub(crate) fn flag(&self) -> String {
        Self::flag_of(self.variable)
    }

    /// The flag that a variable of this name would have.
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

/// All settings of the runtime, in the order in which a service needs them. None is a secret: secrets are files in
/// `HECATE_SECRETS_DIR`, and the realm's key is its public one.
pub(crate) const SETTINGS: &[Setting] = &[
    setting(
        "HECATE_MESH",
        "`dev`, `required` or `optional`",
        "`dev` where no station is set, else `required`",
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
        "their node ids, 64 hex digits each, in the same order",
        "",
    ),
    setting(
        "HECATE_SECRETS_DIR",
        "the folder of `identity.key` and of the service certificate's files",
        "/etc/hecate/secrets; in dev the state directory",
    ),
    setting(
        "HECATE_STATE_DIR",
        "the folder for what the service keeps",
        "/var/lib/<name>; in dev $XDG_STATE_HOME/hecate/<name>",
    ),
    setting(
        "HECATE_HEALTH_ADDR",
        "the address of the health listener",
        "all interfaces; in dev loopback; none where a socket is set and no port",
    ),
    setting(
        "HECATE_HEALTH_PORT",
        "its TCP port; 0 takes any free one",
        "the manifest's; none where a socket is set",
    ),
    setting(
        "HECATE_HEALTH_SOCKET",
        "a Unix socket for its owner, in place of the TCP port, or beside one that is set",
        "",
    ),
    setting(
        "HECATE_HEALTH_CLIENT_CERT",
        "whether the listener's TLS asks for a certificate of the realm: `off`, `optional` or `required`",
        "off",
    ),
    setting(
        "HECATE_SERVICE_NAME",
        "the name that the realm's claim shows",
        "the service's name",
    ),
    setting(
        "HECATE_BOX",
        "the machine that the realm's claim shows",
        "empty",
    ),
    setting(
        "HECATE_PROFILE",
        "`pq_hybrid` or `pq_pure`",
        "pq_hybrid; in dev pq_pure",
    ),
    setting(
        "HECATE_KEM_ADVERTISE",
        "`enabled` or `disabled`: whether callers can seal their requests to this node",
        "disabled",
    ),
    setting(
        "HECATE_CLAIM_RETRY",
        "how long until a claim that the realm has not granted is made again, at least `1s`",
        "60s",
    ),
    setting(
        "HECATE_HELD_REQUESTS",
        "how many requests the node remembers at once, each until its deadline plus 5 min; one caller may have half of them; 1024 to 16777216",
        "524288",
    ),
    setting(
        "HECATE_DRAIN_MAX",
        "how long a drain may take, as in `30s`; the process exits at most one second later",
        "30s",
    ),
    setting(
        "HECATE_GUARD_LIMITS",
        "limits where a capability sets none, as in `per_caller_max=300,window_ms=10000`",
        "max_bytes=65536,window_ms=10000,per_caller_max=600,global_max=6000,max_distinct_callers=1024",
    ),
    setting(
        "HECATE_GUARD_ENVELOPE",
        "how far `set_limits` may move a limit, as in `per_caller_max=100..1200,…`",
        "none may be moved",
    ),
    setting(
        "HECATE_GUARDIAN",
        "the `can` that a realm member's token must grant for `set_limits`",
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
