use std::collections::BTreeMap;

use super::*;

pub(super) const ECHO: Defaults = Defaults {
    name: "hecate-echo",
    health_port: 8470,
};

pub(super) fn layers(environment: &[(&str, &str)]) -> Layers {
    let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    Layers::merge(environment, &BTreeMap::new(), None, OwnVariables::default()).unwrap()
}

pub(super) fn wrong(environment: &[(&str, &str)]) -> Vec<String> {
    let error = Config::read(&layers(environment), ECHO).unwrap_err();
    error.0.into_iter().map(|refusal| refusal.text).collect()
}

/// Returns valid settings of a station and the realm `io.macula`.
fn stations() -> Vec<(&'static str, String)> {
    use sha2::{Digest, Sha256};
    vec![
        ("HECATE_REALM", hex::encode(Sha256::digest(b"io.macula"))),
        ("HECATE_REALM_KEY", "00ff".into()),
        ("MACULA_STATION_SEEDS", "station.example".into()),
        ("MACULA_STATION_NODE_IDS", "11".repeat(32)),
    ]
}

/// Returns the names of the refusals.
fn names(read: Result<Config, ConfigError>) -> Vec<&'static str> {
    let refusals = read.unwrap_err().0;
    refusals
        .iter()
        .map(|refusal| refusal.reason.name())
        .collect()
}

fn with_stations(changes: &[(&'static str, &str)]) -> Result<Config, ConfigError> {
    let mut all = stations();
    for (name, value) in changes {
        all.retain(|(n, _)| n != name);
        all.push((name, (*value).to_owned()));
    }
    let environment: Vec<(&str, &str)> = all.iter().map(|(k, v)| (*k, v.as_str())).collect();
    Config::read(&layers(&environment), ECHO)
}

#[test]
fn required_with_nothing_set_reports_all_missing_settings_in_one_error() {
    assert_eq!(
        wrong(&[("HECATE_MESH", "required")]),
        [
            "not set: HECATE_REALM, HECATE_REALM_KEY, MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS; the mesh is \
             required (HECATE_MESH=required): set them, or set HECATE_MESH=optional to run without a mesh"
        ]
    );
}

#[test]
fn an_empty_list_of_stations_is_refused() {
    let none = [
        ("MACULA_STATION_SEEDS", ","),
        ("MACULA_STATION_NODE_IDS", " , "),
    ];
    for mode in ["required", "optional"] {
        let mut changes = vec![("HECATE_MESH", mode)];
        changes.extend(none);
        assert_eq!(
            with_stations(&changes).unwrap_err().to_string(),
            "seed_malformed: MACULA_STATION_SEEDS (environment): the value names no station; write `host` or \
             `host:port`, or unset it"
        );
    }
}

#[test]
fn a_partly_expanded_value_is_one_error() {
    for variable in ["HECATE_ORG", "HECATE_DRAIN_MAX", "HECATE_LOG"] {
        let all = wrong(&[("HECATE_MESH", "optional"), (variable, "x${A}-${B}")]);
        assert_eq!(all.len(), 1, "{all:?}");
    }
}

#[test]
fn empty_blank_and_unexpanded_values_are_not_set() {
    let all = wrong(&[
        ("HECATE_MESH", "required"),
        ("HECATE_REALM", ""),
        ("HECATE_REALM_KEY", "  "),
        ("MACULA_STATION_SEEDS", "${MACULA_STATION_SEEDS}"),
    ]);
    assert!(all[0].starts_with(
        "not set: HECATE_REALM, HECATE_REALM_KEY, MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS;"
    ));
    assert_eq!(all.len(), 1);
}

#[test]
fn optional_with_nothing_set_has_no_mesh() {
    let config = Config::read(&layers(&[("HECATE_MESH", "optional")]), ECHO).unwrap();
    assert_eq!(config.stations, None);
}

#[test]
fn a_station_needs_its_realm_even_if_the_mesh_is_optional() {
    let seeds = [
        ("HECATE_MESH", "optional"),
        ("MACULA_STATION_SEEDS", "a.example"),
    ];
    assert_eq!(
        names(Config::read(&layers(&seeds), ECHO)),
        [
            "realm_unconfigured",
            "realm_key_unconfigured",
            "seeds_without_node_ids"
        ]
    );
    assert!(wrong(&seeds)[0].starts_with("HECATE_REALM: not set"));
}

#[test]
fn with_stations_the_mesh_is_required_by_default() {
    let config = with_stations(&[]).unwrap();
    assert_eq!(config.mode, MeshMode::Required);
    assert_eq!(config.profile, Profile::PqHybrid);
    assert_eq!(config.secrets_dir, Path::new("/etc/hecate/secrets"));
    let seeds = config.stations.unwrap().seeds;
    assert_eq!(
        (seeds[0].host.as_str(), seeds[0].port),
        ("station.example", 4433)
    );
}

#[cfg(feature = "dev-mesh")]
#[test]
fn without_settings_the_service_uses_the_development_mesh_on_loopback() {
    let config = Config::read(&layers(&[("HOME", "/home/ada")]), ECHO).unwrap();
    assert_eq!(config.mode, MeshMode::Dev);
    assert_eq!(config.profile, Profile::PqPure);
    assert_eq!(config.org.as_str(), "hecate-echo");
    assert_eq!(config.health_addr, IpAddr::V4(Ipv4Addr::LOCALHOST));
    assert_eq!(
        config.secrets_dir,
        Path::new("/home/ada/.local/state/hecate/hecate-echo")
    );
}

#[cfg(feature = "dev-mesh")]
#[test]
fn dev_with_a_station_is_refused() {
    let error = with_stations(&[("HECATE_MESH", "dev")]).unwrap_err();
    assert!(
        error.0[0]
            .text
            .contains("but HECATE_REALM, HECATE_REALM_KEY"),
        "{error}"
    );
}

#[test]
fn each_error_has_the_name_of_hecate_om_in_erlang() {
    let id = "11".repeat(32);
    let two_ids = format!("{id},{id}");
    let half_id = "11".repeat(16);
    let rows: [(&str, &str, &[&str]); 14] = [
        ("HECATE_ORG", "_", &["org_not_configured"]),
        ("HECATE_ORG", "Not An Org", &["org_not_configured"]),
        ("HECATE_MESH", "sometimes", &["mesh_setting_unknown"]),
        ("HECATE_REALM", "", &["mesh_unconfigured"]),
        (
            "HECATE_REALM_KEY",
            "${HECATE_REALM_KEY}",
            &["mesh_unconfigured"],
        ),
        ("MACULA_STATION_SEEDS", " ", &["mesh_unconfigured"]),
        ("MACULA_STATION_NODE_IDS", "", &["mesh_unconfigured"]),
        ("HECATE_REALM", &half_id, &["realm_malformed"]),
        ("HECATE_REALM_KEY", "0g", &["realm_key_not_hex"]),
        ("HECATE_REALM_NAME", "org.other", &["realm_name_mismatch"]),
        ("MACULA_STATION_SEEDS", "a,b", &["seeds_without_node_ids"]),
        (
            "MACULA_STATION_NODE_IDS",
            &two_ids,
            &["node_ids_without_seeds"],
        ),
        ("MACULA_STATION_SEEDS", "::1", &["seed_malformed"]),
        ("MACULA_STATION_NODE_IDS", "zz", &["node_id_malformed"]),
    ];
    for (variable, value, expected) in rows {
        let read = with_stations(&[(variable, value)]);
        assert_eq!(names(read), expected, "{variable}={value}");
    }
}

#[test]
fn the_error_of_an_invalid_realm_or_key_does_not_contain_its_value() {
    for variable in [
        "HECATE_REALM",
        "HECATE_REALM_KEY",
        "MACULA_STATION_NODE_IDS",
    ] {
        let text = with_stations(&[(variable, "hunter2")])
            .unwrap_err()
            .to_string();
        assert!(text.contains("a value of 7 characters is not"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn seeds_are_hosts_ports_and_bracketed_addresses() {
    let id = "11".repeat(32);
    let config = with_stations(&[
        (
            "MACULA_STATION_SEEDS",
            "[::1]:5000, [2001:db8::1], b.example:99 ,,",
        ),
        ("MACULA_STATION_NODE_IDS", &format!("{id},{id},{id}")),
    ])
    .unwrap();
    let seeds: Vec<(String, u16)> = config
        .stations
        .unwrap()
        .seeds
        .into_iter()
        .map(|s| (s.host, s.port))
        .collect();
    assert_eq!(
        seeds,
        [
            ("::1".to_owned(), 5000),
            ("2001:db8::1".to_owned(), 4433),
            ("b.example".to_owned(), 99)
        ]
    );
}

#[test]
fn the_error_of_a_malformed_seed_describes_the_form() {
    for seed in [
        "::1",
        "[::1",
        "[::1]4433",
        "[nope]:1",
        "host:",
        "host:0",
        "host:70000",
        "ho st",
        ":4433",
    ] {
        let error = with_stations(&[("MACULA_STATION_SEEDS", seed)]).unwrap_err();
        assert_eq!(error.0.len(), 1, "{error}");
        assert!(
            error.0[0]
                .text
                .starts_with("MACULA_STATION_SEEDS (environment): "),
            "{error}"
        );
        assert!(error.0[0].text.contains("write `host`"), "{error}");
    }
}

#[test]
fn a_station_without_its_node_id_is_refused() {
    let error = with_stations(&[("MACULA_STATION_SEEDS", "a.example,b.example")]).unwrap_err();
    assert!(
        error.0[0].text.contains("1 node ids for 2 stations"),
        "{error}"
    );
}

#[test]
fn a_realm_name_that_does_not_match_the_id_is_refused() {
    let error = with_stations(&[("HECATE_REALM_NAME", "org.other")]).unwrap_err();
    assert!(
        error.0[0]
            .text
            .starts_with("HECATE_REALM_NAME (environment): `org.other`"),
        "{error}"
    );
}

#[test]
fn all_errors_are_reported_together() {
    let error = with_stations(&[
        ("HECATE_REALM", "zz"),
        ("HECATE_HEALTH_PORT", "84700"),
        ("HECATE_DRAIN_MAX", "soon"),
        ("HECATE_PROFILE", "rsa"),
        ("HECATE_ORG", "Not An Org"),
        ("HECATE_LOG", "info=debug=x"),
    ])
    .unwrap_err();
    assert_eq!(error.0.len(), 6, "{error}");
    let text = error.to_string();
    assert!(text.starts_with("6 problems\n  "), "{text}");
    assert!(text.contains("\n  realm_malformed: HECATE_REALM (environment): "));
}

#[test]
fn an_invalid_log_filter_is_refused_with_a_suggestion() {
    for (filter, part) in [("inof", "`inof`"), ("info,", "extra comma")] {
        let all = wrong(&[("HECATE_MESH", "optional"), ("HECATE_LOG", filter)]);
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].starts_with("HECATE_LOG (environment): "), "{all:?}");
        assert!(all[0].contains(part), "{all:?}");
    }
}

#[cfg(feature = "dev-mesh")]
#[test]
fn in_dev_the_secrets_are_in_the_state_folder() {
    let config = Config::read(&layers(&[("HECATE_STATE_DIR", "/srv/echo")]), ECHO).unwrap();
    assert_eq!(config.secrets_dir, Path::new("/srv/echo"));
}

#[test]
fn a_socket_replaces_the_port_unless_both_are_set() {
    let socket = ("HECATE_HEALTH_SOCKET", "/run/hecate/health.sock");
    let alone = [("HECATE_MESH", "optional"), socket];
    let config = Config::read(&layers(&alone), ECHO).unwrap();
    assert_eq!(config.health_tcp(), None);
    assert_eq!(config.health_socket.as_deref(), Some(Path::new(socket.1)));
    let both = [alone[0], socket, ("HECATE_HEALTH_PORT", "8471")];
    let config = Config::read(&layers(&both), ECHO).unwrap();
    assert_eq!(config.health_tcp().unwrap().port(), 8471);
    assert!(config.health_socket.is_some());
    let neither = Config::read(&layers(&alone[..1]), ECHO).unwrap();
    assert_eq!(neither.health_tcp().unwrap().port(), 8470);
}

#[test]
fn the_path_of_a_socket_is_absolute_and_short_enough() {
    let long = format!("/{}", "x".repeat(107));
    for (path, problem) in [("run/health.sock", "absolute"), (&long, "108 bytes")] {
        let all = wrong(&[("HECATE_MESH", "optional"), ("HECATE_HEALTH_SOCKET", path)]);
        assert!(all[0].starts_with("HECATE_HEALTH_SOCKET (environment): "));
        assert!(all[0].contains(problem), "{all:?}");
    }
}

#[test]
fn a_claim_is_retried_every_minute_by_default_and_at_most_once_a_second() {
    let retry = |value: &str| with_stations(&[("HECATE_CLAIM_RETRY", value)]);
    assert_eq!(retry("").unwrap().claim_retry, Duration::from_secs(60));
    assert_eq!(retry("1s").unwrap().claim_retry, Duration::from_secs(1));
    let error = retry("999ms").unwrap_err();
    assert!(error.to_string().contains("HECATE_CLAIM_RETRY"), "{error}");
}
