//! Templates of a service and of a slice, in Liquid, embedded as text.
//!
//! `hecate-om scaffold` and `hecate-om slice add` render them.
//! `cargo generate --path templates/service` renders the same service from a checkout.

/// Template of one file.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Path of the rendered file in its repository, itself a template.
    pub path: &'static str,
    /// Content of the file.
    pub text: &'static str,
}

/// Settings of `cargo generate`: the placeholders with their defaults, and the files left out under
/// a condition.
pub const SETTINGS: &str = include_str!("../service/cargo-generate.toml");

/// Embeds the file `<path>`, or `<path>.liquid` if Cargo or Git would act on a file with the plain
/// name.
macro_rules! template {
    ($path:literal) => {
        template!($path, $path)
    };
    ($path:literal, $file:literal) => {
        Template {
            path: $path,
            text: include_str!(concat!("../service/", $file)),
        }
    };
}

/// Files of a service, in all its variants.
pub const SERVICE: &[Template] = &[
    template!(".containerignore"),
    template!(".dockerignore"),
    template!(".github/workflows/build-push.yml"),
    template!(".github/workflows/ci.yml"),
    template!(".gitignore", ".gitignore.liquid"),
    template!("CHANGELOG.md"),
    template!("Cargo.toml", "Cargo.toml.liquid"),
    template!("Containerfile"),
    template!("Containerfile.dockerignore"),
    template!("LICENSE"),
    template!("README.md"),
    template!(
        "apps/project_notes/Cargo.toml",
        "apps/project_notes/Cargo.toml.liquid"
    ),
    template!("apps/project_notes/src/lib.rs"),
    template!(
        "apps/query_notes/Cargo.toml",
        "apps/query_notes/Cargo.toml.liquid"
    ),
    template!("apps/query_notes/src/lib.rs"),
    template!(
        "apps/take_note/Cargo.toml",
        "apps/take_note/Cargo.toml.liquid"
    ),
    template!("apps/take_note/src/lib.rs"),
    template!("build.rs"),
    template!("compose.yml"),
    template!("deny.toml"),
    template!("manifest.json"),
    template!("quadlet/{{project-name}}-dev.container"),
    template!("quadlet/{{project-name}}.container"),
    template!("renovate.json"),
    template!("rust-toolchain.toml"),
    template!("src/count_words.rs"),
    template!("src/lib.rs"),
    template!("src/main.rs"),
    template!("tests/contract.rs"),
];

/// Files that only a separate repository gets: in an existing workspace, the workspace's own files
/// serve.
pub const REPOSITORY_ONLY: &[&str] = &[
    ".containerignore",
    ".dockerignore",
    ".github/workflows/build-push.yml",
    ".github/workflows/ci.yml",
    ".gitignore",
    "deny.toml",
    "renovate.json",
    "rust-toolchain.toml",
];

/// Files that only a member of an existing workspace gets. `cargo generate` leaves them out.
pub const MEMBER_ONLY: &[&str] = &["Containerfile.dockerignore"];

/// Templates of a slice.
pub mod slice {
    /// `Cargo.toml`, without dependencies.
    pub const PACKAGE: &str = include_str!("../slice/Cargo.toml.liquid");
    /// `src/lib.rs` of a command.
    pub const COMMAND: &str = include_str!("../slice/cmd.rs");
    /// `src/lib.rs` of a projection.
    pub const PROJECTION: &str = include_str!("../slice/prj.rs");
    /// `src/lib.rs` of a query.
    pub const QUERY: &str = include_str!("../slice/qry.rs");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn walk(dir: &Path, found: &mut BTreeSet<String>, root: &Path) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found, root);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.insert(name.trim_end_matches(".liquid").to_owned());
        }
    }

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("service");
        let mut there = BTreeSet::new();
        walk(&root, &mut there, &root);
        assert!(there.remove("cargo-generate.toml"));
        let here: BTreeSet<String> = SERVICE.iter().map(|t| t.path.to_owned()).collect();
        assert_eq!(here, there);
    }

    #[test]
    fn every_path_that_is_left_out_is_in_the_template() {
        let settings: toml_edit::DocumentMut = SETTINGS.parse().unwrap();
        let conditions = settings["conditional"].as_table().unwrap();
        let conditional = conditions
            .iter()
            .map(|(_, of)| of["ignore"].as_array().unwrap());
        let conditional =
            conditional.flat_map(|list| list.iter().map(|path| path.as_str().unwrap()));
        let fixed = REPOSITORY_ONLY.iter().chain(MEMBER_ONLY).copied();
        for path in conditional.chain(fixed) {
            let folder = format!("{path}/");
            let names =
                |template: &Template| template.path == path || template.path.starts_with(&folder);
            assert!(SERVICE.iter().any(names), "{path}");
        }
    }

    #[test]
    fn cargo_generate_leaves_out_the_files_of_workspace_members() {
        let settings: toml_edit::DocumentMut = SETTINGS.parse().unwrap();
        let ignored = settings["template"]["ignore"].as_array().unwrap();
        for path in MEMBER_ONLY {
            assert!(
                ignored.iter().any(|pattern| pattern.as_str() == Some(path)),
                "{path}"
            );
        }
    }
}
