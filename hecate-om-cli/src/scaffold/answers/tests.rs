use clap::Parser;

use super::*;

fn check(line: &[&str]) -> Result<Answers, Vec<String>> {
    let words = ["hecate-om", "scaffold"].iter().chain(line);
    match crate::args::Args::parse_from(words).command {
        crate::args::Command::Scaffold(scaffold) => Answers::check(scaffold),
        other => panic!("{other:?}"),
    }
}

const ENOUGH: [&str; 4] = ["--name", "hecate-newservice", "--description", "Does X"];

fn errors(line: &[&str]) -> Vec<String> {
    check(&[&ENOUGH[..], line].concat()).unwrap_err()
}

#[test]
fn a_name_and_a_description_are_enough() {
    let answers = check(&ENOUGH).unwrap();
    assert_eq!(answers.path, PathBuf::from("hecate-newservice"));
    assert_eq!(answers.registry, "ghcr.io");
    assert_eq!(answers.license, "Apache-2.0");
    assert_eq!(answers.health_port, 8470);
    for image in [&answers.images.builder, &answers.images.runtime] {
        assert_eq!(validate::check_pinned("default", image), Ok(()));
    }
}

#[test]
fn every_condition_of_the_settings_is_known() {
    let settings = settings();
    let conditions = settings["conditional"].as_table().unwrap();
    for (condition, _) in conditions {
        let name = condition.trim_start_matches('!');
        assert!(["slices", "bare"].contains(&name), "{condition}");
    }
    let excluded = |flags: &[&str]| {
        check(&[&ENOUGH[..], flags].concat())
            .unwrap()
            .excluded_paths()
    };
    assert_eq!(excluded(&[]), ["apps"]);
    assert_eq!(excluded(&["--slices"]), ["src/count_words.rs"]);
    for flags in [&["--bare"][..], &["--bare", "--slices"]] {
        let excluded = excluded(flags);
        for path in ["apps", "src/count_words.rs"] {
            assert!(
                excluded.iter().any(|excluded_path| excluded_path == path),
                "{flags:?}"
            );
        }
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let errors = check(&[
        "--name",
        "New",
        "--org",
        "Me",
        "--registry",
        "a b",
        "--license",
        "GPL",
        "--health-port",
        "0",
        "--builder-image",
        "rust",
        "--framework",
        "here",
    ]);
    let errors = errors.unwrap_err();
    let expected = [
        "service name",
        "--description",
        "org `Me`",
        "registry",
        "licence",
        "health port",
        "--runtime-image",
        "framework",
    ];
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn half_a_pair_of_images_is_refused() {
    let digest = "0".repeat(64);
    let image = format!("debian:12@sha256:{digest}");
    assert!(errors(&["--runtime-image", &image])[0].contains("--builder-image"));
    let pair = ["--builder-image", &image, "--runtime-image", &image];
    assert!(check(&[&ENOUGH[..], &pair].concat()).is_ok());
    let floating = ["--builder-image", "rust:1", "--runtime-image", &image];
    assert!(errors(&floating)[0].contains("no digest"));
}

#[test]
fn a_description_is_one_line_without_escapes() {
    for text in [
        "",
        " ",
        " a",
        "a ",
        "a  b",
        "a\u{a0}b",
        "a\nb",
        "a\\b",
        "a\u{1b}b",
        "a\u{202e}b",
    ] {
        let errors = check(&["--name", "a", "--description", text]).unwrap_err();
        assert!(errors[0].contains("description"), "{text:?}: {errors:?}");
    }
    for text in ["a", r#"Does "100 %" for $5 {{ x }} `y`: it's <b>é</b> #1"#] {
        assert!(
            check(&["--name", "a", "--description", text]).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn registries_are_hosts() {
    for text in [
        "ghcr.io",
        "quay.io",
        "localhost:5000",
        "10.0.0.1:80",
        "a-b.c",
    ] {
        assert_eq!(validate::registry(text), Ok(()), "{text}");
    }
    for text in [
        "",
        "a/b",
        "https://a",
        "a:",
        "a:0",
        "a:99999",
        "-a",
        "A",
        "a..b",
    ] {
        assert!(validate::registry(text).is_err(), "{text}");
    }
}
