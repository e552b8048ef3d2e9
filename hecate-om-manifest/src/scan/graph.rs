//! The package and the path dependencies compiled into it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::package::{Package, Target};
use super::report::Problem;

/// The framework itself, which registers nothing: its source is not the author's to scan, and its
/// own path dependencies are left alone with it.
pub(super) const FRAMEWORK: &str = "hecate-om";

/// A path dependency, reached directly or through others.
#[derive(Debug)]
pub(super) struct Member {
    /// Its `Cargo.toml`.
    pub(super) package: Package,
    /// Its library, the one crate of it that is linked in.
    pub(super) library: Target,
    /// The features it is compiled with: what all who depend on it ask, together.
    pub(super) features: BTreeSet<String>,
    /// What the scanned package calls its library; none when only others depend on it.
    pub(super) extern_name: Option<String>,
    /// The folders of its own path dependencies.
    pub(super) needs: BTreeSet<PathBuf>,
}

/// The scanned package with everything on disk that is linked into it.
#[derive(Debug)]
pub(super) struct Graph {
    /// The package whose build script runs.
    pub(super) root: Package,
    /// The features it is built with.
    pub(super) features: BTreeSet<String>,
    /// Whether those are its default features.
    pub(super) default_features: bool,
    /// The folders of its own path dependencies.
    pub(super) needs: BTreeSet<PathBuf>,
    /// Its path dependencies, and theirs, sorted by folder.
    pub(super) members: Vec<Member>,
    /// Those whose `Cargo.toml` could not be read, though Cargo has.
    pub(super) unread: Vec<Problem>,
}

impl Graph {
    /// Reads the `Cargo.toml` in `dir` and those it leads to; each is added to `read`.
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
            .map(|one| (one.dir.clone(), one.renamed.clone()))
            .collect();
        let mut members = BTreeMap::<PathBuf, Member>::new();
        let mut unread = BTreeMap::<PathBuf, Problem>::new();
        // Features only ever grow, so following a package again after its grew comes to an end.
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
                    new.insert(Member {
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
                .extend(needed.iter().map(|one| one.dir.clone()));
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
