//! The templates, which are in the binary.

/// A template and where what it renders to belongs; the path is a template, too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template {
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) form: Form,
}

/// Which repositories a file is part of; `cargo-generate.toml` says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Any,
    Plain,
    Slices,
}

/// How `cargo generate` renders them, with their defaults.
pub(super) const SETTINGS: &str = include_str!("../../templates/service/cargo-generate.toml");

/// A file `<path>`, or `<path>.liquid` where Cargo or Git would take the template for one of their own.
macro_rules! template {
    ($form:ident, $path:literal) => {
        template!($form, $path, $path)
    };
    ($form:ident, $path:literal, $file:literal) => {
        Template {
            path: $path,
            text: include_str!(concat!("../../templates/service/", $file)),
            form: Form::$form,
        }
    };
}

/// The files of a service, by path.
pub(super) const SERVICE: &[Template] = &[
    template!(Any, ".containerignore"),
    template!(Any, ".dockerignore"),
    template!(Any, ".github/workflows/build-push.yml"),
    template!(Any, ".github/workflows/ci.yml"),
    template!(Any, ".gitignore", ".gitignore.liquid"),
    template!(Any, "CHANGELOG.md"),
    template!(Any, "Cargo.toml", "Cargo.toml.liquid"),
    template!(Any, "Containerfile"),
    template!(Any, "LICENSE"),
    template!(Any, "README.md"),
    template!(
        Slices,
        "apps/project_notes/Cargo.toml",
        "apps/project_notes/Cargo.toml.liquid"
    ),
    template!(Slices, "apps/project_notes/src/lib.rs"),
    template!(
        Slices,
        "apps/query_notes/Cargo.toml",
        "apps/query_notes/Cargo.toml.liquid"
    ),
    template!(Slices, "apps/query_notes/src/lib.rs"),
    template!(
        Slices,
        "apps/take_note/Cargo.toml",
        "apps/take_note/Cargo.toml.liquid"
    ),
    template!(Slices, "apps/take_note/src/lib.rs"),
    template!(Any, "build.rs"),
    template!(Any, "compose.yml"),
    template!(Any, "deny.toml"),
    template!(Any, "manifest.json"),
    template!(Any, "quadlet/{{project-name}}-dev.container"),
    template!(Any, "quadlet/{{project-name}}.container"),
    template!(Any, "renovate.json"),
    template!(Any, "rust-toolchain.toml"),
    template!(Plain, "src/count_words.rs"),
    template!(Any, "src/lib.rs"),
    template!(Any, "src/main.rs"),
    template!(Any, "tests/contract.rs"),
];

/// The package of a slice, before its dependencies.
pub(super) const SLICE_PACKAGE: &str = include_str!("../../templates/slice/Cargo.toml.liquid");
/// The source of a command.
pub(super) const SLICE_CMD: &str = include_str!("../../templates/slice/cmd.rs");
/// The source of a projection.
pub(super) const SLICE_PRJ: &str = include_str!("../../templates/slice/prj.rs");
/// The source of a query.
pub(super) const SLICE_QRY: &str = include_str!("../../templates/slice/qry.rs");

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
    fn every_file_of_the_template_is_in_the_binary() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/service");
        let mut there = BTreeSet::new();
        walk(&root, &mut there, &root);
        assert!(there.remove("cargo-generate.toml"));
        let here: BTreeSet<String> = SERVICE.iter().map(|t| t.path.to_owned()).collect();
        assert_eq!(here, there);
    }

    #[test]
    fn cargo_generate_leaves_out_the_same_files() {
        let settings: toml_edit::DocumentMut = SETTINGS.parse().unwrap();
        let left_out = |condition: &str| -> Vec<String> {
            let list = settings["conditional"][condition]["ignore"].as_array();
            let paths = list.unwrap().iter().map(|path| path.as_str().unwrap());
            paths.map(str::to_owned).collect()
        };
        for template in SERVICE {
            let of = |condition: &str| {
                let ignored = left_out(condition);
                ignored.iter().any(|path| {
                    template.path == path || template.path.starts_with(&format!("{path}/"))
                })
            };
            let form = match (of("slices"), of("!slices")) {
                (false, false) => Form::Any,
                (true, false) => Form::Plain,
                (false, true) => Form::Slices,
                (true, true) => panic!("{} is in neither", template.path),
            };
            assert_eq!(form, template.form, "{}", template.path);
        }
    }
}
