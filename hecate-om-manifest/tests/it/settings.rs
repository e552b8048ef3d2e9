//! Settings of a service in its manifest.

use expect_test::expect;
use hecate_om_manifest::Setting;

use crate::fixture::{CARGO_TOML, Tree, errors};

/// Returns a service with these settings, whose `src/main.rs` goes on with `main`.
fn with_settings(attribute: &str, main: &str, files: &[(&str, &str)]) -> Tree {
    let tree = Tree::new(files);
    let service = format!(
        "use hecate_om::*; #[hecate_service(name = \"hecate-rag\", {attribute})]\nstruct Demo;\n{main}"
    );
    tree.write("src/main.rs", &service);
    tree
}

fn variables(settings: &[Setting]) -> Vec<&str> {
    settings.iter().map(|setting| &*setting.variable).collect()
}

#[test]
fn the_fields_of_the_settings_are_listed_in_order() {
    let tree = with_settings(
        "settings = config::RagSettings",
        "mod config;",
        &[(
            "src/config.rs",
            "/// Settings.
            #[derive(Debug, hecate_om::Settings)]
            pub struct RagSettings {
                /// Folder of the
                /// documents.
                corpus: std::path::PathBuf,
                #[settings(default = 10, reload)] top_k: u32,
                #[settings(default = \"bm25\")] ranking: Ranking,
                api_key: Option<Secret<String>>,
                #[cfg(windows)] drive: String,
                #[settings(nested)] index: IndexSettings,
            }
            #[derive(Settings)] struct IndexSettings { n_threads: Option<u8> }
            #[derive(Settings)] enum Ranking { Bm25, HybridSearch }",
        )],
    );
    let scan = tree.scan();
    assert_eq!(errors(&scan), "");
    let settings = scan.service.unwrap().settings;
    let json = serde_json::to_string_pretty(&settings).unwrap();
    expect![[r#"
        [
          {
            "variable": "RAG_CORPUS",
            "flag": "--corpus",
            "type": "std::path::PathBuf",
            "required": true,
            "doc": "Folder of the documents."
          },
          {
            "variable": "RAG_TOP_K",
            "flag": "--top-k",
            "type": "u32",
            "default": "10",
            "reload": true
          },
          {
            "variable": "RAG_RANKING",
            "flag": "--ranking",
            "type": "Ranking",
            "values": [
              "bm25",
              "hybrid_search"
            ],
            "default": "bm25"
          },
          {
            "variable": "RAG_API_KEY",
            "type": "String",
            "secret": true
          },
          {
            "variable": "RAG_INDEX__N_THREADS",
            "flag": "--index.n-threads",
            "type": "u8"
          }
        ]"#]]
    .assert_eq(&json);
}

#[test]
fn the_prefix_is_that_of_the_struct_and_the_struct_may_be_in_a_dependency() {
    let tree = with_settings(
        "settings = config::Config",
        "",
        &[
            (
                "Cargo.toml",
                &format!("{CARGO_TOML}[dependencies]\nconfig = {{ path = \"config\" }}\n"),
            ),
            (
                "config/Cargo.toml",
                &CARGO_TOML.replace("\"demo\"", "\"config\""),
            ),
            (
                "config/src/lib.rs",
                "#[derive(hecate_om::Settings)] #[settings(prefix = \"X_\")] pub struct Config { a: u8 }",
            ),
        ],
    );
    let scan = tree.scan();
    assert_eq!(errors(&scan), "");
    assert_eq!(variables(&scan.service.unwrap().settings), ["X_A"]);
}

#[test]
fn a_struct_that_is_not_found_or_not_certain_fails_the_build() {
    let tree = with_settings("settings = Missing", "", &[]);
    expect![[r#"
        no struct `Missing` with `#[derive(Settings)]` was found: name the struct itself, not an alias, and define it in a source file of the package or of a path dependency
    "#]].assert_eq(&errors(&tree.scan()));
    let twice = "mod a { #[derive(Settings)] struct Twice { a: u8 } }
        mod b { #[derive(Settings)] struct Twice { b: u8 } }";
    let tree = with_settings("settings = a::Twice", twice, &[]);
    expect![[r#"
        src/main.rs:4:44: a second struct `Twice` with `#[derive(Settings)]`, so the settings for the manifest are not certain: rename one of the two
    "#]].assert_eq(&errors(&tree.scan()));
    // The macro reports the mistake.
    let mistake = "#[derive(Settings)] struct Wrong(u8);";
    let tree = with_settings("settings = Wrong", mistake, &[]);
    assert_eq!(errors(&tree.scan()), "");
}

#[test]
fn a_struct_in_one_module_of_the_library_and_the_binary_is_one() {
    let module = "#[derive(hecate_om::Settings)] pub struct Config { a: u8 }";
    let tree = with_settings(
        "settings = config::Config",
        "mod config;",
        &[("src/config.rs", module), ("src/lib.rs", "pub mod config;")],
    );
    let scan = tree.scan();
    assert_eq!(errors(&scan), "");
    assert_eq!(variables(&scan.service.unwrap().settings), ["RAG_A"]);
}
