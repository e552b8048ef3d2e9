//! The build script's one call.

mod compose;
mod handler_list;
mod packed;
mod place;
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

/// Scans the package and writes its `manifest.json`; to be called from `build.rs`:
///
/// ```no_run
/// hecate_om_manifest::emit();
/// ```
///
/// The manifest goes to `OUT_DIR`, where `#[hecate_service]` takes it into the binary, and, when
/// its bytes differ, beside `Cargo.toml`, for people and tools. What people wrote there by hand and
/// the source does not say is kept: `display_name`, `image`, `depends_on`, `volumes`,
/// `min_*_version`, a `description`, `license` or `repository` that neither service nor package has,
/// the `status` of a capability, capabilities with a `status` that no source declares yet, and fields
/// of their own. Nothing is written beside `Cargo.toml` by a build with other features than the default ones, where the
/// folder is read-only, in a
/// documentation build of docs.rs, in a package that Cargo checked out or unpacked, or while part of
/// the source cannot be read.
///
/// The unit tests of the service's crate have a manifest of their own, which lists what is linked into
/// those, and so has each example, integration test and benchmark with a service.
///
/// Mistakes that no attribute alone can know, such as two capabilities of one name, are reported to
/// Cargo as errors of the build, with file and line. See [`crate::scan`] for what is read.
pub fn emit() {
    let (Some(package), Some(out)) = (env::var_os("CARGO_MANIFEST_DIR"), env::var_os("OUT_DIR"))
    else {
        return error("`hecate_om_manifest::emit()` is for build scripts: call it from `build.rs`");
    };
    // A variable that is not text is none of Cargo's.
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
    // A library added to the package, or a binary, changes what is read.
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
    // Deleting it must bring it back; but a file that is not there would wake the build script
    // for ever where it cannot be written.
    if beside.exists() {
        rerun_if_changed(&beside);
    }
}

/// The manifest beside `Cargo.toml`, as people may have edited it.
fn existing(beside: &Path) -> Result<Option<Manifest>, String> {
    let text = match fs::read_to_string(beside) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read `{}`: {error}", beside.display())),
    };
    Manifest::parse(&text).map(Some).map_err(|error| {
        format!(
            "`{}`: {error}; fix it, or delete it to have it rewritten",
            beside.display()
        )
    })
}

fn write(scan: &Scan, existing: Option<&Manifest>, beside: &Path, out: &Path) {
    let manifest = out.join("manifest.json");
    let test_manifest = out.join("test_manifest.json");
    let manifests = out.join("hecate_om_manifests.rs");
    let link = out.join("hecate_om_link.rs");
    // Set in any case: a macro that misses them would add an error of its own.
    for (variable, path) in [
        ("HECATE_OM_MANIFESTS", &manifests),
        ("HECATE_OM_LINK", &link),
    ] {
        println!("cargo::rustc-env={variable}={}", path.display());
    }
    let handlers = handler_list::handler_list(scan);
    println!("cargo::rustc-env={}={handlers}", handler_key::VARIABLE);

    let sound = scan.complete && scan.errors.is_empty() && scan.service.is_some();
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
        if let Err(why) = place::put(path, text, out, None) {
            error(format!("cannot write `{}`: {why}", path.display()));
        }
    }
    // docs.rs builds from a copy too.
    let copy = packed::is_packed(beside)
        || env::var_os("DOCS_RS").is_some()
        || place::is_in_cargo_home(beside);
    // Of the features, the defaults: builds with others would write it back and forth.
    if sound && !copy && scan.default_features {
        match place::put(beside, &text, out, Some(place::started(out))) {
            Err(why) if !place::is_read_only(&why) => {
                println!("cargo::warning=cannot write `{}`: {why}", beside.display());
            }
            _ => {}
        }
    }
}

/// The text for a binary, with what only the binary can decide.
fn for_binary(manifest: Manifest, scan: &Scan) -> String {
    let marked = manifest.with_conditions(&scan.conditions);
    marked.with_uncertain(&scan.uncertain).render()
}

fn error(problem: impl Display) {
    // Cargo takes one line; an error in a `Cargo.toml` has several.
    let problem = problem.to_string().replace('\n', " ");
    println!("cargo::error={problem}");
}

fn rerun_if_changed(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
