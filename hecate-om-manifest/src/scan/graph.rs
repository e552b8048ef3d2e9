//! The package and its path dependencies.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::package::{CargoTarget, Package};
use super::report::Problem;

/// The runtime. It is not scanned, because it has no handlers of its own.
pub(super) const FRAMEWORK: &str = "hecate-om";

/// A direct or indirect path dependency.
#[derive(Debug)]
pub(super) struct DependencyPackage {
    /// The package.
    pub(super) package: Package,
    /// The library, the only crate that is linked.
    pub(super) library: CargoTarget,
    /// The features that all dependents together enable.
    pub(super) features: BTreeSet<String>,
    /// The name of the library in the scanned package; `None` for an indirect dependency.
    pub(super) extern_name: Option<String>,
    /// The folders of its path dependencies.
    pub(super) needs: BTreeSet<PathBuf>,
}

/// The scanned package with its path dependencies.
#[derive(Debug)]
pub(super) struct Graph {
    /// The scanned package.
    pub(super) root: Package,
    /// Enabled features of the package.
    pub(super) features: BTreeSet<String>,
    /// Whether these are its default features.
    pub(super) default_features: bool,
    /// The folders of its path dependencies.
    pub(super) needs: BTreeSet<PathBuf>,
    /// Direct and indirect path dependencies, sorted by folder.
    pub(super) members: Vec<DependencyPackage>,
    /// Problems with a `Cargo.toml` that could not be read.
    pub(super) unread: Vec<Problem>,
}

impl Graph {
    /// Reads the `Cargo.toml` in `dir` and those of its path dependencies; adds each to `read`.
    pub(super) fn load(
        dir: &Path,
        environment: &Environment,
        read: &mut BTreeSet<PathBuf>,
    ) -> Result<Self, Problem> {
        let root = Package::load(dir, read)?;
        let enabled = root.built_with(environment);
        let mut asked = root.path_dependencies(environment, &enabled);
        let direct: BTreeMap<PathBuf, Option<String>> = asked
            .iter()
            .map(|dependency| (dependency.dir.clone(), dependency.renamed.clone()))
            .collect();
        let mut members = BTreeMap::<PathBuf, DependencyPackage>::new();
        let mut unread = BTreeMap::<PathBuf, Problem>::new();
        // A package is read again if its features grow. That ends, because features only grow.
        while let Some(dependency) = asked.pop() {
            let member = match members.entry(dependency.dir) {
                Entry::Occupied(known) => {
                    let member = known.into_mut();
                    if dependency.features.is_subset(&member.features) {
                        continue;
                    }
                    member
                }
                Entry::Vacant(new) => {
                    let package = match Package::load(new.key(), read) {
                        Ok(package) => package,
                        Err(problem) => {
                            unread.insert(new.key().clone(), problem);
                            continue;
                        }
                    };
                    let Some(library) = package.library() else {
                        continue;
                    };
                    if package.name() == FRAMEWORK {
                        continue;
                    }
                    let direct = direct.get(new.key());
                    let extern_name = direct
                        .map(|renamed| renamed.clone().unwrap_or_else(|| library.name.clone()));
                    let features = BTreeSet::new();
                    new.insert(DependencyPackage {
                        package,
                        library,
                        features,
                        extern_name,
                        needs: BTreeSet::new(),
                    })
                }
            };
            member.features.extend(dependency.features);
            let enabled = member.package.with_features(&member.features);
            let needed = member.package.path_dependencies(environment, &enabled);
            member
                .needs
                .extend(needed.iter().map(|dependency| dependency.dir.clone()));
            asked.extend(needed);
            member.features.extend(enabled.features);
        }
        let members = members.into_values().collect();
        let default_features = enabled.are_the_same_as(&root.with_default_features());
        Ok(Self {
            root,
            features: enabled.features,
            default_features,
            needs: direct.into_keys().collect(),
            members,
            unread: unread.into_values().collect(),
        })
    }
}
