use std::time::Duration;

use super::super::Config;
use super::super::tests::{ECHO, wrong};
use super::*;

fn carrier() -> OwnVariables {
    OwnVariables {
        env: vec!["CARRIER_URL"],
        ..OwnVariables::default()
    }
}

/// Returns the layers from the text of a file and an environment.
fn gathered(file: &str, environment: &[(&str, &str)]) -> Layers {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("service.env");
    std::fs::write(&path, file).unwrap();
    let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    Layers::merge(environment, &BTreeMap::new(), Some(&path), carrier()).unwrap()
}

#[test]
fn a_byte_order_mark_and_quotes_are_removed() {
    let file = "\u{feff}HECATE_MESH=\"optional\"\nHECATE_BOX='box 1' # of the first row\n";
    let layers = gathered(file, &[]);
    assert_eq!(layers.value("HECATE_MESH"), Some("optional"));
    assert_eq!(layers.value("HECATE_BOX"), Some("box 1"));
    // Values as Podman passes them from an environment file.
    let environment = [
        ("\u{feff}HECATE_MESH", "\"optional\""),
        ("HECATE_ORG", "'acme'"),
        ("HECATE_BOX", "\""),
    ];
    let layers = gathered("", &environment);
    assert_eq!(layers.value("HECATE_MESH"), Some("optional"));
    assert_eq!(layers.value("HECATE_ORG"), Some("acme"));
    assert_eq!(layers.value("HECATE_BOX"), Some("\""));
}

#[test]
fn a_partly_unexpanded_value_is_refused_with_its_origin() {
    for value in ["${A}-${B}", "x-${HECATE_NO_SUCH}", "${A:-box}"] {
        let all = wrong(&[("HECATE_MESH", "optional"), ("HECATE_BOX", value)]);
        assert_eq!(all.len(), 1, "{value}: {all:?}");
        assert!(all[0].starts_with("HECATE_BOX (environment): "), "{all:?}");
        let layers = gathered(&format!("HECATE_MESH=optional\nHECATE_BOX={value}\n"), &[]);
        let error = Config::read(&layers, ECHO).unwrap_err().to_string();
        assert!(
            error.contains("HECATE_BOX (") && error.contains(":2): "),
            "{error}"
        );
    }
}

#[test]
fn a_file_can_refer_to_earlier_lines_and_a_single_unset_variable_is_not_set() {
    let layers = gathered(
        "HECATE_MESH=optional\nHECATE_ORG=acme\nHECATE_BOX=${HECATE_ORG}-1\nHECATE_SERVICE_NAME=${HECATE_NO_SUCH}\n",
        &[],
    );
    assert_eq!(layers.value("HECATE_BOX"), Some("acme-1"));
    assert_eq!(layers.value("HECATE_SERVICE_NAME"), None);
}

#[test]
fn flags_override_the_environment_which_overrides_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("service.env");
    std::fs::write(
        &file,
        "# a comment\nHECATE_MESH=optional\nHECATE_ORG='from-file'\nHECATE_BOX=\"box 1\"\nHECATE_DRAIN_MAX=5s\n",
    )
    .unwrap();
    let environment = [
        ("HECATE_ORG".into(), "from-env".into()),
        ("HECATE_DRAIN_MAX".into(), "6s".into()),
    ];
    let flags = BTreeMap::from([("HECATE_DRAIN_MAX".to_owned(), "7s".to_owned())]);
    let layers = Layers::merge(environment, &flags, Some(&file), OwnVariables::default()).unwrap();
    let config = Config::read(&layers, ECHO).unwrap();
    assert_eq!(config.org.as_str(), "from-env");
    assert_eq!(config.box_name, "box 1");
    assert_eq!(config.drain_max, Duration::from_secs(7));
    assert_eq!(
        layers.origin("HECATE_BOX").unwrap().to_string(),
        format!("{}:4", file.display())
    );
}

#[test]
fn each_invalid_line_is_reported_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("service.env");
    std::fs::write(&file, "HECATE_ORG=a\nHECATE_PROT=1\nnothing\n").unwrap();
    let error =
        Layers::merge([], &BTreeMap::new(), Some(&file), OwnVariables::default()).unwrap_err();
    let shown = file.display();
    assert_eq!(
        error.to_string(),
        format!(
            "2 problems\n  setting_unknown: `{shown}` line 2: unknown setting HECATE_PROT; `--help` lists \
             all settings\n  config_line_malformed: `{shown}` line 3 does not parse; write `VARIABLE=value`, and a value with \
             quotes, `\\` or ` #` in single quotes"
        )
    );
}

#[test]
fn a_variable_of_the_service_is_read_from_the_file_and_the_environment() {
    let file = "CARRIER_URL=http://file\n";
    let layers = gathered(file, &[]);
    assert_eq!(layers.value("CARRIER_URL"), Some("http://file"));
    let layers = gathered(file, &[("CARRIER_URL", "http://environment")]);
    assert_eq!(layers.value("CARRIER_URL"), Some("http://environment"));
    assert_eq!(layers.origin("CARRIER_URL"), Some(&Origin::Environment));
    assert_eq!(
        gathered("", &[("CARRIER_URL", "${X}")]).value("CARRIER_URL"),
        None
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("service.env");
    std::fs::write(&path, "CARIER_URL=x\n").unwrap();
    let error = Layers::merge([], &BTreeMap::new(), Some(&path), carrier());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("did you mean CARRIER_URL?"), "{error}");
    assert!(error.contains("`env = [\"CARIER_URL\"]`"), "{error}");
}

#[test]
fn a_file_that_is_not_a_regular_file_is_refused() {
    let error = Layers::merge(
        [],
        &BTreeMap::new(),
        Some(Path::new("/dev/zero")),
        OwnVariables::default(),
    );
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with(
            "config_file_unreadable: the configuration file `/dev/zero` cannot be read: it is not a regular file; "
        ),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_unicode_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = OsString::from_vec(vec![b'/', 0xff]);
    let environment = [("HECATE_SECRETS_DIR".into(), value)];
    let error =
        Layers::merge(environment, &BTreeMap::new(), None, OwnVariables::default()).unwrap_err();
    assert!(error.to_string().starts_with(
        "setting_malformed: HECATE_SECRETS_DIR (environment): the value is not Unicode"
    ));
}
