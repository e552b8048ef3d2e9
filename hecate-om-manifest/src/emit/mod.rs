//! Functions for build scripts and tools.

mod compose;
mod generated_file;
mod handler_list;
mod packed;
mod preview;
mod programs;
mod watch;

use std::env;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hecate_om_grammar::handler_key;

use crate::model::Manifest;
use crate::scan::{self, Environment, Scan};

pub use preview::{PreviewError, preview};

/// Scans the package and writes its `manifest.json`. Call it from `build.rs`:
///
/// ```no_run
/// hecate_om_manifest::emit();
/// ```
///
/// Writes the manifest to `OUT_DIR`, from where `#[hecate_service]` includes it in the binary, and,
/// if it differs, to the folder of `Cargo.toml`, for people and tools. There it keeps what people
/// added: `display_name`, `image`, `depends_on`, `volumes`, `min_*_version`, a `description`,
/// `license` or `repository` that neither service nor package has, the `status` of a capability,
/// capabilities with a `status` that have no handler yet, and other fields. It does not write there
/// if the build has other features than the default ones, if the folder is read-only, in builds of
/// docs.rs, in a package that Cargo checked out or unpacked, or if part of the source could not be
/// read.
///
/// The unit tests of the service's crate, and each example, integration test and benchmark with a
/// service, get a manifest of their own with the handlers linked into them.
///
/// Mistakes that concern several attributes, such as two capabilities of one name, fail the build
/// with file and line. [`crate::scan`] describes what the scanner reads.
pub fn emit() {
    let (Some(package), Some(out)) = (env::var_os("CARGO_MANIFEST_DIR"), env::var_os("OUT_DIR"))
    else {
        return error(
            "`hecate_om_manifest::emit()` only works in a build script: call it from `build.rs`",
        );
    };
    // All variables of Cargo are valid UTF-8.
    let vars = env::vars_os();
    let vars = vars.filter_map(|(key, value)| key.into_string().ok().zip(value.into_string().ok()));
    run(
        &PathBuf::from(package),
        &PathBuf::from(out),
        &Environment::from_vars(vars),
    );
}

fn run(package: &Path, out: &Path, environment: &Environment) {
    let mut scan = match scan::scan(package, environment) {
        Ok(scan) => scan,
        Err(problem) => return error(problem),
    };
    scan.read.iter().for_each(|path| rerun_if_changed(path));
    watch::for_missing(&scan.missing, out)
        .iter()
        .for_each(|path| rerun_if_changed(path));
    // A new library or binary changes the scan.
    let sources = package.join("src");
    if sources.is_dir() {
        rerun_if_changed(&sources);
    }
    scan.warnings
        .iter()
        .for_each(|warning| println!("cargo::warning={warning}"));
    scan.errors.iter().for_each(error);

    let beside = package.join("manifest.json");
    match existing(&beside) {
        Ok(existing) => {
            if let Some(packed) = existing.as_ref().filter(|_| packed::is_packed(&beside)) {
                packed::adopt(&mut scan, packed);
            }
            write(&scan, existing.as_ref(), &beside, out);
        }
        Err(why) => error(why),
    }
    // If the file is deleted, it is written again. A missing file would run the build script every
    // time if it cannot be written.
    if beside.exists() {
        rerun_if_changed(&beside);
    }
}

/// Reads the manifest beside `Cargo.toml`, which people may have edited.
fn existing(beside: &Path) -> Result<Option<Manifest>, String> {
    let text = match fs::read_to_string(beside) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read `{}`: {error}", beside.display())),
    };
    Manifest::parse(&text).map(Some).map_err(|error| {
        format!(
            "`{}`: {error}; fix it, or delete it to generate it again",
            beside.display()
        )
    })
}

fn write(scan: &Scan, existing: Option<&Manifest>, beside: &Path, out: &Path) {
    let manifest = out.join("manifest.json");
    let test_manifest = out.join("test_manifest.json");
    let manifests = out.join("hecate_om_manifests.rs");
    let link = out.join("hecate_om_link.rs");
    // Always set, because the macros would report a missing variable as a second error.
    for (variable, path) in [
        ("HECATE_OM_MANIFESTS", &manifests),
        ("HECATE_OM_LINK", &link),
    ] {
        println!("cargo::rustc-env={variable}={}", path.display());
    }
    let handlers = handler_list::handler_list(scan);
    println!("cargo::rustc-env={}={handlers}", handler_key::VARIABLE);

    let valid = scan.complete && scan.errors.is_empty() && scan.service.is_some();
    let composed = compose::compose(scan, &scan.capabilities, &scan.handlers, existing);
    let text = composed.render();
    let of_binary = for_binary(composed, scan);
    let of_tests = compose::compose(scan, &scan.in_tests, &scan.handlers_in_tests, existing);
    let of_tests = for_binary(of_tests, scan);
    let links: String = scan
        .links
        .iter()
        .map(|name| format!("use ::{name} as _;\n"))
        .collect();
    let programs = programs::Programs::write(&scan.programs, out);
    let choice = programs.choice(&scan.crates, &manifest, &test_manifest);
    for (path, text) in [
        (&manifest, &of_binary),
        (&test_manifest, &of_tests),
        (&manifests, &choice),
        (&link, &links),
    ] {
        if let Err(why) = generated_file::write(path, text, out, None) {
            error(format!("cannot write `{}`: {why}", path.display()));
        }
    }
    // docs.rs also builds a copy.
    let copy = packed::is_packed(beside)
        || env::var_os("DOCS_RS").is_some()
        || generated_file::is_in_cargo_home(beside);
    // Builds with different features would overwrite each other's file.
    if valid && !copy && scan.default_features {
        match generated_file::write(beside, &text, out, Some(generated_file::started(out))) {
            Err(why) if !generated_file::is_read_only(&why) => {
                println!("cargo::warning=cannot write `{}`: {why}", beside.display());
            }
            _ => {}
        }
    }
}

/// Renders the manifest for a binary, with conditions and uncertain handlers.
fn for_binary(manifest: Manifest, scan: &Scan) -> String {
    let marked = manifest.with_conditions(&scan.conditions);
    marked.with_uncertain(&scan.uncertain).render()
}

fn error(problem: impl Display) {
    // Cargo accepts one line, but errors in a `Cargo.toml` have several.
    let problem = problem.to_string().replace('\n', " ");
    println!("cargo::error={problem}");
}

fn rerun_if_changed(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
