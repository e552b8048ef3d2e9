//! The services of a workspace, as cargo describes it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::output::Failure;

/// A workspace with the services to run.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) target: PathBuf,
    pub(super) services: Vec<Package>,
}

/// A package with a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) binary: String,
    pub(super) folder: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<DescribedPackage>,
    target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
struct DescribedPackage {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Workspace {
    /// Finds the named services, or all services below the current folder.
    pub(super) fn read(names: &[String]) -> Result<Self, Failure> {
        let here = std::env::current_dir()?;
        Self::select(metadata()?, names, &here)
    }

    fn select(metadata: Metadata, names: &[String], here: &Path) -> Result<Self, Failure> {
        let all: Vec<Package> = metadata.packages.into_iter().filter_map(service).collect();
        let listed = |services: &[Package]| {
            let names = services.iter().map(|service| service.name.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        if let Some(missing) = names
            .iter()
            .find(|name| all.iter().all(|of| of.name != **name))
        {
            return Err(Failure::malformed(format!(
                "no package `{missing}` of this workspace is a service; services: {}",
                listed(&all)
            )));
        }
        let is_wanted = |service: &Package| {
            if names.is_empty() {
                service.folder.starts_with(here)
            } else {
                names.contains(&service.name)
            }
        };
        let (services, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_wanted);
        if services.is_empty() {
            let elsewhere = match others.as_slice() {
                [] => "create one with `hecate-om scaffold`".to_owned(),
                others => format!("services of the workspace: {}", listed(others)),
            };
            return Err(Failure::malformed(format!(
                "there is no service below this folder; {elsewhere}"
            )));
        }
        Ok(Self {
            target: metadata.target_directory,
            services,
        })
    }
}

/// Returns the folder of what cargo builds.
pub(super) fn target() -> Result<PathBuf, Failure> {
    Ok(metadata()?.target_directory)
}

/// Describes the workspace of the current folder, without its dependencies.
fn metadata() -> Result<Metadata, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .map_err(|error| Failure::new("failed", format!("cargo cannot be run: {error}")))?;
    if !output.status.success() {
        let text = "cargo does not find a workspace here; the reason is above";
        return Err(Failure::malformed(text));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        Failure::new(
            "failed",
            format!("the output of `cargo metadata` cannot be read: {error}"),
        )
    })
}

/// Returns the package if it is a service: it depends on the runtime, its build script on the
/// manifest, and it has a binary.
fn service(package: DescribedPackage) -> Option<Package> {
    let depends = |on: &str, kind: Option<&str>| {
        let mut dependencies = package.dependencies.iter();
        dependencies.any(|dependency| dependency.name == on && dependency.kind.as_deref() == kind)
    };
    let is_service = depends("hecate-om", None) && depends("hecate-om-manifest", Some("build"));
    let mut targets = package.targets.iter();
    let binary = targets.find(|target| target.kind.iter().any(|kind| kind == "bin"))?;
    is_service.then(|| Package {
        binary: binary.name.clone(),
        folder: package
            .manifest_path
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default(),
        name: package.name,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata() -> Metadata {
        let package = |name: &str, dependencies: serde_json::Value, kind: &str| {
            json!({
                "name": name, "manifest_path": format!("/w/{name}/Cargo.toml"), "dependencies": dependencies,
                "targets": [{"name": format!("{name}-bin"), "kind": [kind]}],
            })
        };
        let runtime = json!({"name": "hecate-om", "kind": null});
        let build = json!({"name": "hecate-om-manifest", "kind": "build"});
        let packages = json!([
            package("shop", json!([runtime, build]), "bin"),
            package("notes", json!([build, runtime]), "bin"),
            package("slice", json!([runtime, build]), "lib"),
            package("tool", json!([runtime]), "bin"),
        ]);
        serde_json::from_value(json!({"packages": packages, "target_directory": "/w/target"}))
            .unwrap()
    }

    fn names(here: &str, names: &[&str]) -> Result<Vec<String>, String> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let selected = Workspace::select(metadata(), &names, Path::new(here));
        let selected = selected.map_err(|failure| failure.message().to_owned())?;
        Ok(selected
            .services
            .into_iter()
            .map(|service| service.name)
            .collect())
    }

    #[test]
    fn services_below_the_folder_or_with_the_names_are_run() {
        assert_eq!(names("/w", &[]), Ok(vec!["shop".into(), "notes".into()]));
        assert_eq!(names("/w/shop", &[]), Ok(vec!["shop".into()]));
        assert_eq!(names("/elsewhere", &["notes"]), Ok(vec!["notes".into()]));
    }

    #[test]
    fn a_folder_without_services_is_an_error_that_names_them() {
        let error = names("/w/tool", &[]).unwrap_err();
        assert!(
            error.ends_with("services of the workspace: shop, notes"),
            "{error}"
        );
        let error = names("/w", &["slice"]).unwrap_err();
        assert!(
            error.contains("no package `slice`") && error.ends_with("shop, notes"),
            "{error}"
        );
    }
}
