//! One package as its `Cargo.toml` describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_toml::{
    AbstractFilesystem, Dependency, DepsSet, Filesystem, Inheritable, Product, Value,
};

use super::environment::Environment;
use super::features::Enabled;
use super::report::Problem;

/// A package on disk.
#[derive(Debug, Clone)]
pub(super) struct Package {
    /// Its folder, absolute and without symbolic links, so that it can stand for the package.
    pub(super) dir: PathBuf,
    cargo: cargo_toml::Manifest,
}

/// A library, a binary or another target: one crate.
#[derive(Debug)]
pub(super) struct Target {
    /// The name other crates know it by.
    pub(super) name: String,
    /// Its root file.
    pub(super) root: PathBuf,
}

/// What a target is that is no part of the service.
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

impl Target {
    /// The name that Cargo gives the crate.
    pub(super) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// A dependency whose source is on disk.
#[derive(Debug)]
pub(super) struct PathDependency {
    /// The folder it is in, absolute and without symbolic links.
    pub(super) dir: PathBuf,
    /// What the depending package calls it, where that is not its own name.
    pub(super) renamed: Option<String>,
    /// The features asked of it.
    pub(super) features: BTreeSet<String>,
}

impl Package {
    /// Reads the `Cargo.toml` in `dir` and, where it inherits, the workspace's; both are added to
    /// `read`.
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
                    // With `workspace = "…"` it answers the folder, otherwise the file.
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
            return Err(refuse("it describes no package".to_owned()));
        }
        Ok(Self { dir, cargo })
    }

    /// The package's name.
    pub(super) fn name(&self) -> &str {
        self.cargo.package().name()
    }

    /// The package's version.
    pub(super) fn version(&self) -> String {
        self.cargo.package().version().to_string()
    }

    /// `package.description`, on one line.
    pub(super) fn description(&self) -> Option<String> {
        let text = set(self.cargo.package().description.as_ref())?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// `package.license`.
    pub(super) fn license(&self) -> Option<String> {
        set(self.cargo.package().license.as_ref())
    }

    /// `package.repository`.
    pub(super) fn repository(&self) -> Option<String> {
        set(self.cargo.package().repository.as_ref())
    }

    /// `package.metadata.hecate-om.calls`.
    pub(super) fn calls(&self) -> Option<&Value> {
        let metadata = self.cargo.package().metadata.as_ref()?;
        metadata.get("hecate-om")?.get("calls")
    }

    /// The package's library, unless it is a procedural macro, which is never linked in.
    pub(super) fn library(&self) -> Option<Target> {
        let library = self
            .cargo
            .lib
            .as_ref()
            .filter(|library| !library.proc_macro)?;
        self.target(library)
    }

    /// The binaries that are built with `features`.
    pub(super) fn binaries(&self, features: &BTreeSet<String>) -> Vec<Target> {
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

    /// The binary that `cargo run` means: the only one, `default-run`, or the one named like the
    /// package.
    pub(super) fn main_binary(&self, features: &BTreeSet<String>) -> Option<Target> {
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

    /// The examples, tests and benchmarks that are built with `features`.
    pub(super) fn development_targets(
        &self,
        features: &BTreeSet<String>,
    ) -> Vec<(TargetKind, Target)> {
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

    /// The root files of all targets, built or not, and the build script.
    pub(super) fn roots(&self) -> BTreeSet<PathBuf> {
        let cargo = &self.cargo;
        let tables = [&cargo.bin, &cargo.example, &cargo.test, &cargo.bench];
        let products = tables.into_iter().flatten().chain(&cargo.lib);
        products
            .filter_map(|product| Some(self.dir.join(product.path.as_ref()?)))
            .collect()
    }

    fn target(&self, product: &Product) -> Option<Target> {
        let root = self.dir.join(product.path.as_ref()?);
        Some(Target {
            name: product.name.clone()?,
            root,
        })
    }

    /// What Cargo switched on in the package whose build script this is.
    pub(super) fn built_with(&self, environment: &Environment) -> Enabled {
        let optional = self
            .tables(environment)
            .filter(|(_, dependency)| dependency.optional());
        let names = self
            .cargo
            .features
            .keys()
            .chain(optional.map(|(key, _)| key));
        let on = names.filter(|name| environment.has_feature(name)).cloned();
        Enabled::follow(&self.cargo.features, on.collect::<Vec<_>>())
    }

    /// What the package switches on when asked for `features`.
    pub(super) fn with_features(&self, features: &BTreeSet<String>) -> Enabled {
        Enabled::follow(&self.cargo.features, features.iter().cloned())
    }

    /// What the package switches on where nobody asks for anything else.
    pub(super) fn with_default_features(&self) -> Enabled {
        Enabled::follow(&self.cargo.features, ["default".to_owned()])
    }

    /// The path dependencies that are compiled into the package: those for this target, the
    /// optional ones only where a feature switches them on, never those for tests or build scripts.
    pub(super) fn path_dependencies(
        &self,
        environment: &Environment,
        enabled: &Enabled,
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

    /// The package's direct dependencies by their own names, with the new names of those it renames.
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

    /// What the package calls its dependency on `package`, where it renames it; under another
    /// condition, it may call it something else.
    pub(super) fn names_of(&self, package: &str, environment: &Environment) -> BTreeSet<String> {
        self.tables(environment)
            .filter(|(_, dependency)| dependency.package() == Some(package))
            .map(|(key, _)| key.replace('-', "_"))
            .collect()
    }

    /// Whether the package depends on `package` under its own name.
    pub(super) fn has(&self, package: &str, environment: &Environment) -> bool {
        self.tables(environment)
            .any(|(key, dependency)| key == package && dependency.package().is_none())
    }

    /// The library's name, where it does not follow from the package's.
    pub(super) fn own_library_name(&self) -> Option<String> {
        let name = self.library()?.name;
        (name != self.name().replace('-', "_")).then_some(name)
    }

    /// Where a relative path in `Cargo.toml` leads. Cargo has been there already; should the folder
    /// be gone since, reading its `Cargo.toml` tells.
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

/// Sets default features as Cargo does where `cargo_toml` passes over what is written: `default_features`, the key of
/// before 2024, and `true` beside `workspace = true`, against the workspace.
fn restore_defaults(cargo: &mut cargo_toml::Manifest, written: &Value) {
    const OLD_KEY: &str = "default_features";
    let restore = |dependencies: &mut DepsSet, written: Option<&Value>| {
        for (key, dependency) in dependencies {
            // The workspace's, too, where it is inherited.
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
