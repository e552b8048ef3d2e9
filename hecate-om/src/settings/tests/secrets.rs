use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;

/// Writes a file that only its owner can read.
fn file(dir: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    path
}

fn environment(variable: &'static str, path: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("RAG_CORPUS", "/".to_owned()),
        (variable, path.display().to_string()),
    ]
}

fn with(environment: &[(&str, String)]) -> Vec<String> {
    let environment: Vec<(&str, &str)> = environment.iter().map(|(k, v)| (*k, &**v)).collect();
    match read_rag(&environment) {
        Ok(settings) => vec![settings.api_key.unwrap().expose().clone()],
        Err(error) => error.0.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_secret_comes_from_its_file_a_credential_or_its_variable() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "RAG_API_KEY", "hunter2\r\n");
    assert_eq!(with(&environment("RAG_API_KEY_FILE", &path)), ["hunter2"]);
    assert_eq!(
        with(&environment("CREDENTIALS_DIRECTORY", dir.path())),
        ["hunter2"]
    );
    let variable = [("RAG_CORPUS", "/"), ("RAG_API_KEY", "hunter3")];
    let settings = read_rag(&variable).unwrap();
    assert_eq!(settings.api_key.unwrap().expose(), "hunter3");
    // Another credential of the unit.
    let other = tempfile::tempdir().unwrap();
    file(&other, "OTHER", "x");
    let settings = read_rag(&[
        ("RAG_CORPUS", "/"),
        ("CREDENTIALS_DIRECTORY", &other.path().display().to_string()),
    ]);
    assert!(settings.unwrap().api_key.is_none());
}

#[test]
fn a_configuration_file_with_a_secret_is_refused_if_others_can_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "rag.env", "RAG_CORPUS=/\nRAG_API_KEY=hunter2\n");
    let read = || read::<RagSettings>(&merged(&[], &[], Some(&path)), "hecate-rag");
    assert!(read().is_ok());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let text = read().unwrap_err().to_string();
    assert!(
        text.contains("rag.env:2): the file has mode 0644"),
        "{text}"
    );
}

#[test]
fn a_secret_with_two_sources_is_refused_and_both_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "RAG_API_KEY", "hunter2");
    let mut all = environment("RAG_API_KEY_FILE", &path);
    all.push(("RAG_API_KEY", "hunter3".into()));
    let file = path.display();
    let text = format!("file {file} (RAG_API_KEY_FILE, environment) and by environment");
    assert_eq!(
        with(&all),
        [format!(
            "secret_unreadable: RAG_API_KEY: set more than once: by {text}; remove all but one"
        )]
    );
    all[2] = ("CREDENTIALS_DIRECTORY", dir.path().display().to_string());
    assert!(with(&all)[0].contains(&format!("credential {file}")));
}

#[test]
fn a_file_that_cannot_be_used_is_refused_without_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let open = file(&dir, "open", "hunter2");
    let refused = |path: &Path| with(&environment("RAG_API_KEY_FILE", path)).join("");
    for mode in [0o404, 0o420, 0o444, 0o777] {
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(mode)).unwrap();
        let text = refused(&open);
        let advice = format!("has mode {mode:04o}, so other users can access it; run `chmod 0400 ");
        assert!(
            text.contains(&advice) && !text.contains("hunter2"),
            "{text}"
        );
    }
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o440)).unwrap();
    assert_eq!(refused(&open), "hunter2");
    assert!(refused(&file(&dir, "empty", " \n")).contains("the file is empty"));
    assert!(refused(&file(&dir, "bytes", b"\xff")).contains("not Unicode text"));
    assert!(refused(&dir.path().join("missing")).contains("cannot be read: No such file"));
    assert!(refused(dir.path()).contains("not a regular file"));
    assert!(refused(Path::new("relative")).contains("is not absolute"));
}

#[derive(Debug, Settings)]
#[settings(crate = crate, prefix = "PIN_")]
struct PinSettings {
    /// The PIN.
    pin: Secret<u16>,
}

fn read_pin(environment: &[(&str, &str)]) -> Result<ReadSettings<PinSettings>, ConfigError> {
    let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    let own = own_variables::<PinSettings>("hecate-pin", Vec::new());
    let layers = Layers::merge(environment, &BTreeMap::new(), None, own).unwrap();
    read(&layers, "hecate-pin")
}

#[test]
fn a_malformed_secret_is_refused_without_its_value() {
    let text = read_pin(&[("PIN_PIN", "hunter2")]).unwrap_err().to_string();
    assert_eq!(
        text,
        "secret_unreadable: PIN_PIN (environment): the value, which is not shown, is not a whole number from 0 to 65535"
    );
    let text = read_pin(&[]).unwrap_err().to_string();
    assert_eq!(
        text,
        "setting_missing: PIN_PIN: not set; set PIN_PIN_FILE to the path of a file with a whole number from 0 to 65535: \
         The PIN"
    );
}

#[tokio::test]
async fn a_changed_file_is_seen_by_watchers_and_a_bad_one_keeps_the_old_value() {
    let dir = tempfile::tempdir().unwrap();
    // Kubernetes swaps a link to a folder.
    let swap = |folder: &str, text: &str| {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
        file(&dir, &format!("{folder}/pin"), text);
        std::os::unix::fs::symlink(folder, dir.path().join("new")).unwrap();
        std::fs::rename(dir.path().join("new"), dir.path().join("data")).unwrap();
    };
    swap("1", "1\n");
    let path = dir.path().join("data/pin").display().to_string();
    let ReadSettings {
        settings,
        mut secrets,
    } = read_pin(&[("PIN_PIN_FILE", &path)]).unwrap();
    let pin = settings.pin.clone();
    let mut watch = pin.watch();
    let watched = &mut secrets[0].watched;
    for (folder, text) in [("2", ""), ("3", "not a pin")] {
        swap(folder, text);
        assert!(watched.check());
        assert!(!watched.problem.is_empty() && !watched.problem.contains("not a pin"));
        assert_eq!(*pin.latest().expose(), 1);
    }
    std::fs::remove_file(dir.path().join("data/pin")).unwrap();
    assert!(watched.check());
    assert_eq!(*pin.latest().expose(), 1);

    swap("4", "4");
    assert!(watched.check() && watched.problem.is_empty());
    assert_eq!(*watch.changed().await.expose(), 4);
    assert_eq!((*pin.expose(), *pin.latest().expose()), (1, 4));
    // A watch of a copy from before the change reports the change.
    assert_eq!(*pin.watch().changed().await.expose(), 4);

    drop((settings, pin, watch));
    swap("5", "5");
    assert!(!watched.check(), "nobody uses the secret");
}

#[test]
fn neither_the_secret_nor_the_layers_show_its_value() {
    let layers = layers(&[("RAG_CORPUS", "/"), ("RAG_API_KEY", "hunter2")]);
    let read: ReadSettings<RagSettings> = read(&layers, "hecate-rag").unwrap();
    let shown = format!("{layers:?} {read:?} {:?}", read.settings);
    assert!(shown.contains("api_key: Some(Secret(…))"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_effective_configuration_shows_values_and_origins_but_no_secret() {
    let defaults = crate::config::Defaults {
        name: "hecate-rag",
        health_port: 8470,
    };
    let environment = [
        ("HECATE_MESH", "optional"),
        ("RAG_TOP_K", "7"),
        ("RAG_API_KEY", "hunter2"),
        ("RAG_MODEL", "https://ada:hunter2@models.example"),
        ("RAG_TOPK", "7"),
    ];
    let text = crate::config::effective_text(&layers(&environment), defaults);
    let line = |variable: &str| {
        let start = format!("{variable}=");
        let line = text.lines().find(|line| line.starts_with(&start));
        line.unwrap_or_else(|| panic!("{text}"))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("RAG_CORPUS"), "RAG_CORPUS= # not set, and required");
    assert_eq!(line("RAG_TOP_K"), "RAG_TOP_K=7 # environment");
    assert_eq!(line("RAG_CHUNK"), "RAG_CHUNK=64 KiB # default");
    assert_eq!(line("RAG_LANGUAGES"), "RAG_LANGUAGES= # not set");
    assert_eq!(
        line("RAG_API_KEY"),
        "RAG_API_KEY=<not shown> # environment (reload)"
    );
    assert_eq!(
        line("RAG_MODEL"),
        "RAG_MODEL=https://…@models.example # environment"
    );
    assert_eq!(
        line("RAG_INDEX__N_THREADS"),
        "RAG_INDEX__N_THREADS=2 # default"
    );
    assert!(
        text.contains("# unknown setting RAG_TOPK; did you mean RAG_TOP_K?"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}
