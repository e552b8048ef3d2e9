mod collisions;
mod secrets;

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::Settings;
use crate::config::{ConfigError, Layers};

/// Settings with one field of each form.
#[derive(Debug, Settings)]
#[settings(crate = crate)]
struct RagSettings {
    /// Folder of the documents.
    corpus: PathBuf,
    /// Passages in an answer.
    #[settings(default = 10)]
    top_k: u32,
    #[settings(default = "1m 30s")]
    patience: Duration,
    #[settings(default = "64 KiB")]
    chunk: ByteSize,
    languages: Option<Vec<String>>,
    #[settings(default = "bm25")]
    ranking: Ranking,
    model: Option<Url>,
    #[settings(default = -0.5)]
    boost: f64,
    r#type: Option<NonZeroU16>,
    /// The key of the embedding provider.
    api_key: Option<Secret<String>>,
    #[settings(nested)]
    index: IndexSettings,
}

#[derive(Debug, PartialEq, Settings)]
#[settings(crate = crate)]
enum Ranking {
    Bm25,
    HybridSearch,
}

#[derive(Debug, Settings)]
#[settings(crate = crate)]
struct IndexSettings {
    #[settings(default = 2)]
    n_threads: u8,
    path: Option<PathBuf>,
}

pub(super) fn own() -> OwnVariables {
    own_variables::<RagSettings>("hecate-rag", Vec::new())
}

pub(super) fn layers(environment: &[(&str, &str)]) -> Layers {
    merged(environment, &[], None)
}

fn merged(environment: &[(&str, &str)], flags: &[(&str, &str)], file: Option<&Path>) -> Layers {
    let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    let flags = flags.iter();
    let flags: BTreeMap<String, String> = flags
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Layers::merge(environment, &flags, file, own()).unwrap()
}

fn read_rag(environment: &[(&str, &str)]) -> Result<RagSettings, ConfigError> {
    let read = read(&layers(environment), "hecate-rag")?;
    Ok(Arc::into_inner(read.settings).unwrap())
}

#[test]
fn a_setting_without_a_value_has_its_default() {
    let settings = read_rag(&[("RAG_CORPUS", "/srv/docs")]).unwrap();
    assert_eq!(settings.corpus, Path::new("/srv/docs"));
    assert_eq!(settings.top_k, 10);
    assert_eq!(settings.patience, Duration::from_secs(90));
    assert_eq!(settings.chunk.bytes(), 65_536);
    assert_eq!(settings.languages, None);
    assert_eq!(settings.ranking, Ranking::Bm25);
    assert!((settings.boost + 0.5).abs() < f64::EPSILON);
    assert_eq!((settings.model, settings.r#type), (None, None));
    assert!(settings.api_key.is_none());
    assert_eq!((settings.index.n_threads, settings.index.path), (2, None));
}

#[test]
fn a_setting_is_parsed_by_its_type() {
    let settings = read_rag(&[
        ("RAG_CORPUS", "docs"),
        ("RAG_TOP_K", "7"),
        ("RAG_PATIENCE", "500ms"),
        ("RAG_CHUNK", "2MiB"),
        ("RAG_LANGUAGES", "en, nl,,"),
        ("RAG_RANKING", "hybrid_search"),
        ("RAG_MODEL", "https://models.example/v1"),
        ("RAG_BOOST", "2"),
        ("RAG_TYPE", "3"),
        ("RAG_INDEX__N_THREADS", "8"),
        ("RAG_INDEX__PATH", "/srv/index"),
    ])
    .unwrap();
    assert_eq!(settings.top_k, 7);
    assert_eq!(settings.patience, Duration::from_millis(500));
    assert_eq!(settings.chunk.bytes(), 2 << 20);
    assert_eq!(settings.languages.unwrap(), ["en", "nl"]);
    assert_eq!(settings.ranking, Ranking::HybridSearch);
    assert_eq!(settings.model.unwrap().host(), "models.example");
    assert_eq!(settings.r#type, NonZeroU16::new(3));
    assert_eq!(settings.index.n_threads, 8);
    assert_eq!(settings.index.path.unwrap(), Path::new("/srv/index"));
}

#[test]
fn flags_override_the_environment_which_overrides_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rag.env");
    // The wrong value of the file is overridden.
    let text = "RAG_CORPUS=/file\nRAG_TOP_K=many\nRAG_INDEX__N_THREADS=3\nRAG_TYPE=1\n";
    std::fs::write(&file, text).unwrap();
    let environment = [("RAG_TOP_K", "4"), ("RAG_INDEX__N_THREADS", "4")];
    let flags = [("RAG_INDEX__N_THREADS", "5")];
    let layers = merged(&environment, &flags, Some(&file));
    let read: ReadSettings<RagSettings> = read(&layers, "hecate-rag").unwrap();
    assert_eq!(read.settings.corpus, Path::new("/file"));
    assert_eq!(read.settings.top_k, 4);
    assert_eq!(read.settings.index.n_threads, 5);
    assert_eq!(read.settings.r#type, NonZeroU16::new(1));
}

#[test]
fn all_mistakes_are_reported_at_once_with_variable_and_origin() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rag.env");
    std::fs::write(&file, "RAG_TOP_K=ten\n").unwrap();
    let environment = [
        ("RAG_PATIENCE", "30"),
        ("RAG_RANKING", "bm52"),
        ("RAG_LANGUAGES", "x-${LANG}"),
        ("RAG_MODEL", "models.example"),
        ("RAG_BOOST", "NaN"),
        ("RAG_TYPE", "0"),
        ("RAG_INDEX__N_THREADS", "256"),
    ];
    let layers = merged(&environment, &[("RAG_CHUNK", "1 kilo")], Some(&file));
    let error = read::<RagSettings>(&layers, "hecate-rag").unwrap_err();
    let mistakes: Vec<String> = error.0.iter().map(ToString::to_string).collect();
    let file = file.display();
    assert_eq!(
        mistakes,
        [
            "setting_missing: RAG_CORPUS: not set; set RAG_CORPUS to a path: Folder of the documents".to_owned(),
            format!("setting_malformed: RAG_TOP_K ({file}:1): `ten` is not a whole number from 0 to 4294967295"),
            "setting_malformed: RAG_PATIENCE (environment): `30` is not a duration with its unit, for example `500ms`, \
             `30s` or `2m`"
                .into(),
            "setting_malformed: RAG_CHUNK (flag): `1 kilo` is not a number of bytes, or of `KiB`, `MiB`, `GiB` or `TiB`, \
             for example `64 KiB`"
                .into(),
            "setting_malformed: RAG_LANGUAGES (environment): the value contains an unexpanded `${…}`; set that variable, \
             or write the value itself"
                .into(),
            "setting_malformed: RAG_RANKING (environment): `bm52` is not one of `bm25`, `hybrid_search`; did you mean \
             `bm25`?"
                .into(),
            "setting_malformed: RAG_MODEL (environment): `models.example` is not a URL with its scheme and host, for \
             example `https://models.example/v1`"
                .into(),
            "setting_malformed: RAG_BOOST (environment): `NaN` is not a number, for example `0.5`".into(),
            "setting_malformed: RAG_TYPE (environment): `0` is not a whole number from 1 to 65535".into(),
            "setting_malformed: RAG_INDEX__N_THREADS (environment): `256` is not a whole number from 0 to 255".into(),
        ]
    );
}

#[test]
fn the_item_of_a_list_that_is_wrong_is_named() {
    let problem = Vec::<u8>::parse("1, 2, x").unwrap_err();
    assert_eq!(problem, "`x` is not a whole number from 0 to 255");
    assert_eq!(Vec::<u8>::parse("1,2").unwrap(), [1, 2]);
}

#[test]
fn an_unknown_name_suggests_the_setting() {
    let unknown = |name: &str| layers(&[]).unknown_variable(name).unwrap();
    for (name, near) in [
        ("RAG_TOPK", "RAG_TOP_K"),
        ("RAG_INDEX_N_THREADS", "RAG_INDEX__N_THREADS"),
        ("corpus", "RAG_CORPUS"),
        ("HECATE_TOP_K", "RAG_TOP_K"),
        ("RAG_HEALTH_PORT", "HECATE_HEALTH_PORT"),
    ] {
        let text = unknown(name);
        assert!(text.contains(&format!("did you mean {near}?")), "{text}");
    }
    let all = layers(&[("RAG_TOPK", "7"), ("RAG_TOP_K", "7"), ("OTHER", "1")]).unknown_variables();
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].starts_with("unknown setting RAG_TOPK; "), "{all:?}");
}

#[test]
fn a_setting_has_the_name_of_its_field_as_variable_and_flag() {
    let settings = own().settings;
    let names: Vec<(&str, Option<&str>)> = settings
        .iter()
        .map(|setting| (&*setting.variable, setting.flag.as_deref()))
        .collect();
    assert_eq!(names[1], ("RAG_TOP_K", Some("top-k")));
    assert_eq!(names[8], ("RAG_TYPE", Some("type")));
    assert_eq!(names[9], ("RAG_API_KEY", None));
    let nested = ("RAG_INDEX__N_THREADS", Some("index.n-threads"));
    assert_eq!(names[10], nested);
    assert!(settings[0].is_required && !settings[1].is_required && !settings[4].is_required);
    assert_eq!(settings[1].meaning, "Passages in an answer.");
}

#[test]
fn a_wrong_default_is_found_by_the_generated_test_and_refuses_boot() {
    #[derive(Debug, Settings)]
    #[settings(crate = crate, prefix = "WRONG_")]
    #[allow(dead_code, reason = "only read")]
    struct Wrong {
        #[settings(default = 300)]
        small: u8,
    }
    let problem = "`300` is not a whole number from 0 to 255";
    let wrong = wrong_defaults::<Wrong>("hecate-rag");
    assert_eq!(wrong, [format!("the default of WRONG_SMALL: {problem}")]);
    let error = read::<Wrong>(&layers(&[]), "hecate-rag").unwrap_err();
    let text = format!("setting_malformed: WRONG_SMALL: the default: {problem}");
    assert_eq!(error.to_string(), text);
    assert_eq!(wrong_defaults::<RagSettings>("hecate-rag"), [""; 0]);
}

#[test]
fn a_size_is_shown_with_the_largest_unit_that_divides_it() {
    for (bytes, text) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (3 << 29, "1536 MiB"),
        (1 << 40, "1 TiB"),
    ] {
        let size = ByteSize::from_bytes(bytes);
        assert_eq!(size.to_string(), text);
        assert_eq!(ByteSize::parse(text), Ok(size));
    }
    for text in ["", "KiB", "-1", "1.5 KiB", "1 KB", "99999999 TiB"] {
        assert!(ByteSize::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_user_and_password_in_a_url_are_not_shown() {
    let url = Url::parse("postgres://ada:hunter2@db.example:5432/a@b").unwrap();
    assert_eq!(
        (url.scheme(), url.host(), url.port()),
        ("postgres", "db.example", Some(5432))
    );
    let shown = "postgres://…@db.example:5432/a@b";
    assert_eq!(format!("{url:?}"), format!("Url({shown})"));
    assert_eq!(Url::shown(url.as_str()), shown);
    let problem = Url::parse("ada:hunter2@db.example /x").unwrap_err();
    assert!(!problem.contains("hunter2"), "{problem}");
    assert_eq!(Url::parse("http://[::1]:80").unwrap().host(), "::1");
}
