//! The text of the effective configuration: each setting with its value and origin.

use super::{
    Config, Defaults, Layers, LogConfig, LogFormat, OwnSetting, SETTINGS, SecretSource, Setting,
    log_config,
};

/// Column of the origins, unless the value is too long.
const ORIGIN_COLUMN: usize = 48;

/// Returns one line for each setting, `VARIABLE=value  # origin`, in the order of [`SETTINGS`],
/// followed by the variables and the settings of the service. Errors are not reported: an unset
/// setting is shown with its default even if other settings are invalid.
pub(crate) fn effective_text(layers: &Layers, defaults: Defaults) -> String {
    let config = Config::in_effect(layers, defaults);
    let log = log_config(layers);
    let mut text = String::new();
    let mut line = |variable: &str, value: &str, origin: &str| {
        let reloaded = if layers.is_reloaded(variable) {
            " (reload)"
        } else {
            ""
        };
        let assignment = format!("{variable}={value}");
        text.push_str(&format!(
            "{assignment:ORIGIN_COLUMN$}  # {origin}{reloaded}\n"
        ));
    };
    let set = |variable: &str| layers.value(variable).zip(layers.origin(variable));
    for setting in SETTINGS {
        let variable = setting.variable;
        let (value, origin) = match set(variable) {
            Some((value, origin)) => (redacted(variable, value), origin.to_string()),
            None => default_of(setting, config.as_ref(), &log),
        };
        line(variable, &value, &origin);
    }
    for setting in layers.own_settings() {
        let (value, origin) = own_value(layers, setting);
        line(&setting.variable, &value, &origin);
    }
    for variable in layers.env() {
        match set(variable) {
            // Any variable of the service may be a secret.
            Some((value, origin)) => line(variable, &masked(value), &origin.to_string()),
            None => line(variable, "", "not set"),
        }
    }
    for unknown in layers.unknown_variables() {
        text.push_str(&format!("# {unknown}\n"));
    }
    text
}

/// Returns the value of a setting of the service, and the origin of that value.
fn own_value(layers: &Layers, setting: &OwnSetting) -> (String, String) {
    let variable = &*setting.variable;
    if setting.is_secret {
        match SecretSource::find(layers, variable) {
            Ok(Some(source)) => return ("<not shown>".into(), source.to_string()),
            Ok(None) => {}
            Err(problem) => return (String::new(), problem),
        }
    }
    match (layers.value(variable), layers.origin(variable)) {
        (Some(value), Some(origin)) => ((setting.shown)(value), origin.to_string()),
        _ => match setting.default {
            Some(default) => (default.into(), "default".into()),
            None if setting.is_required => (String::new(), "not set, and required".into()),
            None => (String::new(), "not set".into()),
        },
    }
}

/// Returns the default value of a setting that is not set, and the origin of that value.
fn default_of(setting: &Setting, config: Option<&Config>, log: &LogConfig) -> (String, String) {
    let value = config.and_then(|config| value_in(setting.variable, config, log));
    match (value, setting.default) {
        (Some(value), _) => (value, "default".into()),
        (None, "") => (String::new(), "not set".into()),
        (None, default) => (String::new(), format!("not set: {default}")),
    }
}

/// Returns the value of a setting in the configuration, if the setting has a single value with a
/// text form.
fn value_in(variable: &str, config: &Config, log: &LogConfig) -> Option<String> {
    Some(match variable {
        "HECATE_MESH" => config.mode.name().to_owned(),
        "HECATE_ORG" => config.org.to_string(),
        "HECATE_REALM_NAME" => config.stations.as_ref()?.realm.name.clone(),
        "HECATE_SECRETS_DIR" => config.secrets_dir.display().to_string(),
        "HECATE_STATE_DIR" => config.state_dir.display().to_string(),
        "HECATE_HEALTH_ADDR" => config.health_tcp()?.ip().to_string(),
        "HECATE_HEALTH_PORT" => config.health_tcp()?.port().to_string(),
        "HECATE_SERVICE_NAME" => config.service_name.clone(),
        "HECATE_BOX" => config.box_name.clone(),
        "HECATE_PROFILE" => config.profile.name().to_owned(),
        "HECATE_HEALTH_CLIENT_CERT" => config.health_client_cert.name().to_owned(),
        "HECATE_KEM_ADVERTISE" => {
            if config.kem_advertise {
                "enabled".into()
            } else {
                "disabled".into()
            }
        }
        "HECATE_CLAIM_RETRY" => format!("{:?}", config.claim_retry),
        "HECATE_HELD_REQUESTS" => config.held_requests.to_string(),
        "HECATE_DEDUPE_MAX_KEYS" => config.dedupe_max_keys.to_string(),
        "HECATE_DEDUPE_MAX_BYTES" => config.dedupe_max_bytes.to_string(),
        "HECATE_DRAIN_MAX" => format!("{:?}", config.drain_max),
        "HECATE_GUARD_LIMITS" => config.guard.rate_limits().to_setting(),
        "HECATE_LOG" => log.filter.to_string(),
        "HECATE_LOG_FORMAT" => match log.format {
            LogFormat::Text => "text".into(),
            LogFormat::Json => "json".into(),
        },
        _ => return None,
    })
}

/// Returns a value in a printable form. Settings are not secrets, but a secret may be set in the
/// wrong setting, most likely in a setting for keys and ids. Such a setting's value is hidden if it
/// is not hex.
fn redacted(variable: &str, value: &str) -> String {
    let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    match variable {
        "HECATE_REALM_KEY" if is_hex(value) => {
            let start: String = value.chars().take(8).collect();
            format!("{start}…<{} bytes>", value.len() / 2)
        }
        "HECATE_REALM" if is_hex(value) && value.len() == 64 => value.to_owned(),
        "MACULA_STATION_NODE_IDS" if value.split(',').all(|id| is_hex(id.trim())) => {
            value.to_owned()
        }
        "HECATE_REALM_KEY" | "HECATE_REALM" | "MACULA_STATION_NODE_IDS" => masked(value),
        _ => value.to_owned(),
    }
}

/// Returns a placeholder with the length of the value.
fn masked(value: &str) -> String {
    format!("<{} characters, not shown>", value.chars().count())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::config::OwnVariables;

    fn print(environment: &[(&str, &str)]) -> String {
        let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        let own = OwnVariables {
            env: vec!["CARRIER_URL", "CARRIER_TOKEN", "CARRIER_DB"],
            ..OwnVariables::default()
        };
        let layers = Layers::merge(environment, &BTreeMap::new(), None, own).unwrap();
        let defaults = Defaults {
            name: "hecate-echo",
            health_port: 8470,
        };
        effective_text(&layers, defaults)
    }

    #[track_caller]
    fn line<'a>(text: &'a str, variable: &str) -> &'a str {
        let start = format!("{variable}=");
        let mut found = text.lines().filter(|line| line.starts_with(&start));
        let line = found.next().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(found.next(), None);
        line
    }

    #[test]
    fn every_setting_has_one_line_with_its_value_and_origin() {
        let text = print(&[("HECATE_MESH", "optional"), ("HECATE_BOX", "box 1")]);
        for setting in SETTINGS {
            assert!(line(&text, setting.variable).contains("  # "), "{text}");
        }
        let box_line = line(&text, "HECATE_BOX");
        assert_eq!(box_line.find('#'), Some(ORIGIN_COLUMN + 2));
        assert!(box_line.starts_with("HECATE_BOX=box 1 "));
        assert!(box_line.ends_with("# environment"));
        let port = line(&text, "HECATE_HEALTH_PORT");
        assert!(port.starts_with("HECATE_HEALTH_PORT=8470 "), "{port}");
        assert!(port.ends_with("# default"), "{port}");
        assert!(line(&text, "HECATE_LOG").ends_with("# default (reload)"));
        assert!(line(&text, "HECATE_DRAIN_MAX").starts_with("HECATE_DRAIN_MAX=30s "));
        assert!(line(&text, "HECATE_REALM").ends_with("# not set"));
    }

    #[test]
    fn every_setting_with_a_default_has_a_value_when_not_set() {
        let station = "11".repeat(32);
        let id = hex::encode(Sha256::digest(b"io.macula"));
        let text = print(&[
            ("HECATE_REALM", &id),
            ("HECATE_REALM_KEY", "00ff"),
            ("MACULA_STATION_SEEDS", "station.example"),
            ("MACULA_STATION_NODE_IDS", &station),
        ]);
        // Settings without a default value; all others have one, possibly empty.
        let without_value = ["HECATE_GUARD_ENVELOPE", "HECATE_GUARDIAN"];
        for setting in SETTINGS
            .iter()
            .filter(|setting| !setting.default.is_empty())
        {
            let line = line(&text, setting.variable);
            if without_value.contains(&setting.variable) {
                assert!(
                    line.contains("=  ") && line.contains("# not set: "),
                    "{line}"
                )
            } else {
                let origin = line.trim_end_matches(" (reload)");
                assert!(origin.ends_with("  # default"), "{line}")
            }
            let empty = line.starts_with(&format!("{}= ", setting.variable));
            let may_be_empty =
                without_value.contains(&setting.variable) || setting.variable == "HECATE_BOX";
            assert_eq!(empty, may_be_empty, "{line}");
        }
        assert!(line(&text, "HECATE_CLAIM_RETRY").starts_with("HECATE_CLAIM_RETRY=60s "));
        let limits = line(&text, "HECATE_GUARD_LIMITS");
        assert!(
            limits.contains("=max_bytes=65536,window_ms=10000,"),
            "{limits}"
        );
    }

    #[test]
    fn with_only_a_socket_there_is_no_port() {
        let socket = ("HECATE_HEALTH_SOCKET", "/run/hecate/health.sock");
        let mode = ("HECATE_MESH", "optional");
        let text = print(&[mode, socket]);
        for variable in ["HECATE_HEALTH_PORT", "HECATE_HEALTH_ADDR"] {
            let line = line(&text, variable);
            assert!(line.starts_with(&format!("{variable}= ")), "{line}");
            assert!(line.contains("# not set: "), "{line}");
        }
        let text = print(&[mode, socket, ("HECATE_HEALTH_PORT", "8471")]);
        assert!(line(&text, "HECATE_HEALTH_ADDR").ends_with("# default"));
    }

    #[test]
    fn valid_values_are_printed_if_others_are_invalid() {
        let text = print(&[("HECATE_MESH", "perhaps"), ("HECATE_BOX", "b")]);
        assert!(line(&text, "HECATE_BOX").ends_with("# environment"));
        for text in [
            text,
            print(&[("HECATE_MESH", "required"), ("HECATE_ORG", "_")]),
        ] {
            let port = line(&text, "HECATE_HEALTH_PORT");
            assert!(port.starts_with("HECATE_HEALTH_PORT=8470 "), "{port}");
            assert!(port.ends_with("# default"), "{port}");
        }
    }

    #[test]
    fn a_variable_of_the_service_is_listed_without_its_value() {
        let text = print(&[("HECATE_MESH", "optional"), ("CARRIER_URL", "hunter2")]);
        let url = line(&text, "CARRIER_URL");
        let hidden = "CARRIER_URL=<7 characters, not shown> ";
        assert!(url.starts_with(hidden), "{url}");
        assert!(url.ends_with("# environment"), "{url}");
        assert!(line(&text, "CARRIER_DB").ends_with("# not set"));
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_realm_key_is_shortened_and_a_value_that_is_not_hex_is_hidden() {
        let text = print(&[("HECATE_REALM_KEY", &"ab".repeat(100))]);
        let key = line(&text, "HECATE_REALM_KEY");
        assert!(
            key.starts_with("HECATE_REALM_KEY=abababab…<100 bytes>"),
            "{key}"
        );
        for variable in [
            "HECATE_REALM_KEY",
            "HECATE_REALM",
            "MACULA_STATION_NODE_IDS",
        ] {
            let text = print(&[(variable, "hunter2")]);
            assert!(!text.contains("hunter2"), "{text}");
            assert!(
                line(&text, variable).contains("<7 characters, not shown>"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_variable_is_listed_without_its_value() {
        let text = print(&[("HECATE_HEALT_PORT", "hunter2"), ("HECATE_EMPTY", " ")]);
        assert!(
            text.contains("# unknown setting HECATE_HEALT_PORT; did you mean HECATE_HEALTH_PORT?"),
            "{text}"
        );
        assert!(!text.contains("hunter2") && !text.contains("HECATE_EMPTY"));
    }
}
