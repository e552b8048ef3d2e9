//! Preview of a manifest, for tools.

use std::path::Path;

use super::{compose, existing, packed};
use crate::scan::{self, Environment, Problem};

/// Error of generating the `manifest.json` of a package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// The source or the file has mistakes, or part of the source could not be read. Fix what the
    /// messages name.
    #[error("{}", lines(.0))]
    Unsound(Vec<String>),
    /// No struct has `#[hecate_service]`: annotate one.
    #[error("the package is not a service: no struct has `#[hecate_service]`")]
    NoService,
}

fn lines(all: &[String]) -> String {
    all.join("\n")
}

/// Returns the text that [`emit`](super::emit()) would write beside the `Cargo.toml` of the package
/// in `dir`. Writes nothing.
///
/// # Errors
///
/// If [`emit`](super::emit()) would fail the build, or would not update the file because part of
/// the source could not be read.
///
/// ```
/// use hecate_om_manifest::{preview, scan::Environment};
///
/// // Variables of Cargo for the build script of a package with default features.
/// let vars = [("CARGO_FEATURE_DEFAULT", "1"), ("CARGO_CFG_UNIX", "")];
/// let vars = vars.map(|(key, value)| (key.to_owned(), value.to_owned()));
/// let here = env!("CARGO_MANIFEST_DIR").as_ref();
/// assert!(preview(here, &Environment::from_vars(vars)).is_err(), "this crate is not a service");
/// ```
pub fn preview(dir: &Path, environment: &Environment) -> Result<String, PreviewError> {
    let mut scan =
        scan::scan(dir, environment).map_err(|why| PreviewError::Unsound(vec![why.to_string()]))?;
    let text = |all: &[Problem]| all.iter().map(Problem::to_string).collect::<Vec<_>>();
    if !scan.errors.is_empty() {
        return Err(PreviewError::Unsound(text(&scan.errors)));
    }
    if scan.service.is_none() {
        return Err(PreviewError::NoService);
    }
    if !scan.complete {
        let mut why = text(&scan.warnings);
        if why.is_empty() {
            why.push("an attribute has a mistake: build the service to see the error".into());
        }
        return Err(PreviewError::Unsound(why));
    }
    let beside = dir.join("manifest.json");
    let before = existing(&beside).map_err(|why| PreviewError::Unsound(vec![why]))?;
    if let Some(packed) = before.as_ref().filter(|_| packed::is_packed(&beside)) {
        packed::adopt(&mut scan, packed);
    }
    Ok(compose::compose(&scan, &scan.capabilities, &scan.handlers, before.as_ref()).render())
}
