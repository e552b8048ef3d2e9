//! Modules that import each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Import, Module};

/// Returns the groups of sibling modules that import each other in a circle, sorted.
///
/// The imports of a module include those of its submodules. Imports between a module and its own
/// submodules do not count.
pub fn circles(imports: &[Import]) -> Vec<BTreeSet<Module>> {
    let mut folders: BTreeMap<Module, BTreeMap<Module, BTreeSet<Module>>> = BTreeMap::new();
    for Import { from, to, .. } in imports {
        let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        // One module is an ancestor of the other.
        if common == from.len() || common == to.len() {
            continue;
        }
        let folder = folders.entry(from[..common].to_vec()).or_default();
        let sibling = folder.entry(from[..=common].to_vec()).or_default();
        sibling.insert(to[..=common].to_vec());
    }
    let mut circles = Vec::new();
    for edges in folders.values() {
        let reached: BTreeMap<_, _> = edges.keys().map(|m| (m, reach(edges, m))).collect();
        let mut seen = BTreeSet::new();
        for (module, to) in &reached {
            if seen.contains(*module) || !to.contains(*module) {
                continue;
            }
            let back = |other: &&Module| reached.get(*other).is_some_and(|r| r.contains(*module));
            let circle: BTreeSet<_> = to.iter().filter(back).cloned().collect();
            seen.extend(circle.iter().cloned());
            circles.push(circle);
        }
    }
    circles.sort();
    circles
}

/// Returns the modules that a module imports, directly or indirectly.
fn reach(edges: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for next in edges.get(module).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    reached
}
