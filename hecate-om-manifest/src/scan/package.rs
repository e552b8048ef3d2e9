//! A package as described by its `Cargo.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_toml::{
    AbstractFilesystem, Dependency, DepsSet, Filesystem, Inheritable, Product, Value,
};

use super::environment::Environment;
use super::features::EnabledFeatures;
use super::report::Problem;

/// A package on disk.
#[derive(Debug, Clone)]
pub(super) struct Package {
    /// The folder, absolute and without symbolic links, which identifies the package.
    pub(super) dir: PathBuf,
    cargo: cargo_toml::Manifest,
}

/// A library, a binary or another target of Cargo.
#[derive(Debug)]
pub(super) struct CargoTarget {
    /// The name.
    pub(super) name: String,
    /// The root file.
    pub(super) root: PathBuf,
}

/// Kind of a target that is not part of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    /// An example.
    Example,
    /// An integration test or a benchmark.
    Test,
}

impl TargetKind {
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Example => "an example",
            Self::Test => "a test or a benchmark",
        }
    }
}

impl CargoTarget {
    /// Returns the name of the crate.
    pub(super) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// A dependency whose source is on disk.
#[derive(Debug)]
pub(super) struct PathDependency {
    /// The folder, absolute and without symbolic links.
    pub(super) dir: PathBuf,
    /// The new name in the depending package, if renamed.
    pub(super) renamed: Option<String>,
    /// The features that the depending package enables.
    pub(super) features: BTreeSet<String>,
}

impl Package {
    /// Reads the `Cargo.toml` in `dir`, and that of the workspace if it inherits from it; adds both
    /// to `read`.
    pub(super) fn load(dir: &Path, read: &mut BTreeSet<PathBuf>) -> Result<Self, Problem> {
        let file = dir.join("Cargo.toml");
        let refuse =
            |what: String| Problem::new(format!("cannot read `{}`: {what}", file.display()));
        let text = fs::read_to_string(&file).map_err(|error| refuse(error.to_string()))?;
        let dir = dir
            .canonicalize()
            .map_err(|error| refuse(error.to_string()))?;
        let file = dir.join("Cargo.toml");
        read.insert(file.clone());
        let parsed = cargo_toml::Manifest::from_str(&text);
        let mut cargo = parsed.map_err(|error| refuse(error.to_string()))?;
        let inherits = cargo.workspace.is_none() && cargo.needs_workspace_inheritance();
        let completed = if inherits {
            let stated = cargo
                .package
                .as_ref()
                .and_then(|package| package.workspace.as_deref());
            Filesystem::new(&dir)
                .parse_root_workspace(stated)
                .and_then(|(workspace, root)| {
                    // The folder with `workspace = "…"`, otherwise the file.
                    let root = if root.is_dir() {
                        root.join("Cargo.toml")
                    } else {
                        root
                    };
                    let done =
                        cargo.complete_from_path_and_workspace(&file, Some((&workspace, &root)));
                    read.insert(root);
                    done
                })
        } else {
            cargo.complete_from_path(&file)
        };
        completed.map_err(|error| refuse(error.to_string()))?;
        if let Ok(written) = text.parse().map(Value::Table) {
            restore_defaults(&mut cargo, &written);
        }
        if cargo.package.is_none() {
            return Err(refuse("it has no `[package]`".to_owned()));
        }
        Ok(Self { dir, cargo })
    }

    /// Returns whether the package was unpacked from a registry, or by `cargo package`.
    pub(super) fn is_packed(&self) -> bool {
        self.dir.join("Cargo.toml.orig").exists()
    }

    /// Returns the package's name.
    pub(super) fn name(&self) -> &str {
        self.cargo.package().name()
    }

    /// Returns the package's version.
    pub(super) fn version(&self) -> String {
        self.cargo.package().version().to_string()
    }

    /// Returns `package.description` as one line.
    pub(super) fn description(&self) -> Option<String> {
        let text = set(self.cargo.package().description.as_ref())?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Returns `package.license`.
    pub(super) fn license(&self) -> Option<String> {
        set(self.cargo.package().license.as_ref())
    }

    /// Returns `package.repository`.
    pub(super) fn repository(&self) -> Option<String> {
        set(self.cargo.package().repository.as_ref())
    }

    /// Returns `package.metadata.hecate-om.calls`.
    pub(super) fn calls(&self) -> Option<&Value> {
        let metadata = self.cargo.package().metadata.as_ref()?;
        metadata.get("hecate-om")?.get("calls")
    }

    /// Returns the library, unless it is a procedural macro, which is never linked.
    pub(super) fn library(&self) -> Option<CargoTarget> {
        let library = self
            .cargo
            .lib
            .as_ref()
            .filter(|library| !library.proc_macro)?;
        self.target(library)
    }

    /// Returns the binaries that are built with `features`.
    pub(super) fn binaries(&self, features: &BTreeSet<String>) -> Vec<CargoTarget> {
        let built = |binary: &&Product| {
            binary
                .required_features
                .iter()
                .all(|f| features.contains(f))
        };
        self.cargo
            .bin
            .iter()
            .filter(built)
            .filter_map(|binary| self.target(binary))
            .collect()
    }

    /// Returns the binary that `cargo run` runs: the only one, `default-run`, or the one with the
    /// name of the package.
    pub(super) fn main_binary(&self, features: &BTreeSet<String>) -> Option<CargoTarget> {
        let mut binaries = self.binaries(features);
        if binaries.len() > 1 {
            let default = self
                .cargo
                .package()
                .default_run
                .as_deref()
                .unwrap_or(self.name());
            binaries.retain(|binary| binary.name == default);
        }
        binaries.pop()
    }

    /// Returns the examples, tests and benchmarks that are built with `features`.
    pub(super) fn development_targets(
        &self,
        features: &BTreeSet<String>,
    ) -> Vec<(TargetKind, CargoTarget)> {
        let tables = [
            (TargetKind::Example, &self.cargo.example),
            (TargetKind::Test, &self.cargo.test),
            (TargetKind::Test, &self.cargo.bench),
        ];
        let products = tables.into_iter().flat_map(|(kind, products)| {
            let built = products.iter().filter(|product| {
                let mut required = product.required_features.iter();
                required.all(|feature| features.contains(feature))
            });
            built.map(move |product| (kind, product))
        });
        products
            .filter_map(|(kind, product)| Some((kind, self.target(product)?)))
            .collect()
    }

    /// Returns the root files of all targets, built or not, and the build script.
    pub(super) fn roots(&self) -> BTreeSet<PathBuf> {
        let cargo = &self.cargo;
        let tables = [&cargo.bin, &cargo.example, &cargo.test, &cargo.bench];
        let products = tables.into_iter().flatten().chain(&cargo.lib);
        products
            .filter_map(|product| Some(self.dir.join(product.path.as_ref()?)))
            .collect()
    }

    fn target(&self, product: &Product) -> Option<CargoTarget> {
        let root = self.dir.join(product.path.as_ref()?);
        Some(CargoTarget {
            name: product.name.clone()?,
            root,
        })
    }

    /// Returns the features with which Cargo builds the package of this build script.
    pub(super) fn built_with(&self, environment: &Environment) -> EnabledFeatures {
        let optional = self
            .tables(environment)
            .filter(|(_, dependency)| dependency.optional());
        let names = self
            .cargo
            .features
            .keys()
            .chain(optional.map(|(key, _)| key));
        let on = names.filter(|name| environment.has_feature(name)).cloned();
        EnabledFeatures::resolve(&self.cargo.features, on.collect::<Vec<_>>())
    }

    /// Returns all features that follow from `features`.
    pub(super) fn with_features(&self, features: &BTreeSet<String>) -> EnabledFeatures {
        EnabledFeatures::resolve(&self.cargo.features, features.iter().cloned())
    }

    /// Returns the default features, and all that follow from them.
    pub(super) fn with_default_features(&self) -> EnabledFeatures {
        EnabledFeatures::resolve(&self.cargo.features, ["default".to_owned()])
    }

    /// Returns the path dependencies for this target, without those of tests and build scripts, and
    /// without optional ones that no feature enables.
    pub(super) fn path_dependencies(
        &self,
        environment: &Environment,
        enabled: &EnabledFeatures,
    ) -> Vec<PathDependency> {
        let on = self
            .tables(environment)
            .filter(|(key, dependency)| !dependency.optional() || enabled.optional.contains(*key));
        on.filter_map(|(key, dependency)| {
            let detail = dependency.detail()?;
            let mut features: BTreeSet<String> = detail.features.iter().cloned().collect();
            features.extend(
                enabled
                    .of_dependencies
                    .get(key)
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
            if detail.default_features {
                features.insert("default".to_owned());
            }
            Some(PathDependency {
                dir: self.folder(detail.path.as_ref()?),
                renamed: detail.package.as_ref().map(|_| key.replace('-', "_")),
                features,
            })
        })
        .collect()
    }

    /// Returns the direct dependencies by their own names, with their new names if renamed.
    pub(super) fn dependencies(
        &self,
        environment: &Environment,
    ) -> BTreeMap<String, Option<String>> {
        self.tables(environment)
            .map(|(key, dependency)| match dependency.package() {
                Some(package) => (package.to_owned(), Some(key.replace('-', "_"))),
                None => (key.clone(), None),
            })
            .collect()
    }

    /// Returns the new names of the dependency on `package`. It may have several under different
    /// conditions.
    pub(super) fn names_of(&self, package: &str, environment: &Environment) -> BTreeSet<String> {
        self.tables(environment)
            .filter(|(_, dependency)| dependency.package() == Some(package))
            .map(|(key, _)| key.replace('-', "_"))
            .collect()
    }

    /// Returns whether the package depends on `package` under its own name.
    pub(super) fn has(&self, package: &str, environment: &Environment) -> bool {
        self.tables(environment)
            .any(|(key, dependency)| key == package && dependency.package().is_none())
    }

    /// Returns the library's name, if it does not follow from the package's.
    pub(super) fn own_library_name(&self) -> Option<String> {
        let name = self.library()?.name;
        (name != self.name().replace('-', "_")).then_some(name)
    }

    /// Resolves a relative path of `Cargo.toml`. If the folder was removed, reading its
    /// `Cargo.toml` fails.
    fn folder(&self, path: &str) -> PathBuf {
        let folder = self.dir.join(path);
        folder.canonicalize().unwrap_or(folder)
    }

    fn tables(&self, environment: &Environment) -> impl Iterator<Item = (&String, &Dependency)> {
        let for_target = self
            .cargo
            .target
            .iter()
            .filter(|(key, _)| environment.is_target(key));
        let for_target = for_target.flat_map(|(_, table)| &table.dependencies);
        self.cargo.dependencies.iter().chain(for_target)
    }
}

fn set(field: Option<&Inheritable<String>>) -> Option<String> {
    let text = field?.get().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Sets default features as Cargo does in cases that `cargo_toml` ignores: the old key
/// `default_features`, and `true` beside `workspace = true`.
fn restore_defaults(cargo: &mut cargo_toml::Manifest, written: &Value) {
    const OLD_KEY: &str = "default_features";
    let restore = |dependencies: &mut DepsSet, written: Option<&Value>| {
        for (key, dependency) in dependencies {
            // Also that of the workspace, if inherited.
            if let Dependency::Detailed(detail) = dependency
                && detail.unstable.get(OLD_KEY).and_then(Value::as_bool) == Some(false)
            {
                detail.default_features = false;
            }
            let written = written.and_then(|table| table.get(key));
            let written = written.and_then(|own| own.get("default-features").or(own.get(OLD_KEY)));
            if written.and_then(Value::as_bool) == Some(true)
                && let Ok(detail) = dependency.try_detail_mut()
            {
                detail.default_features = true;
            }
        }
    };
    restore(&mut cargo.dependencies, written.get("dependencies"));
    for (target, tables) in &mut cargo.target {
        let written = written
            .get("target")
            .and_then(|targets| targets.get(target));
        let written = written.and_then(|tables| tables.get("dependencies"));
        restore(&mut tables.dependencies, written);
    }
}
