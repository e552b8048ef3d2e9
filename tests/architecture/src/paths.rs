//! Resolution of paths.

use std::collections::BTreeMap;

use crate::Module;
use crate::modules::Source;

/// Maximum number of re-exports that are followed from a path, which may form a circle.
const MAX_REEXPORTS: usize = 16;

/// Returns the module that defines the item of a path; `None` if it is in another crate.
pub(crate) fn definition(
    known: &BTreeMap<Module, &Source>,
    module: &Source,
    path: &[String],
) -> Option<Module> {
    let mut path = absolute(known, module, path)?;
    for _ in 0..MAX_REEXPORTS {
        let length = (0..=path.len())
            .rev()
            .find(|n| known.contains_key(&path[..*n]))?;
        let (at, rest) = path.split_at(length);
        let source = known[at];
        let Some(target) = rest.first().and_then(|name| source.uses.get(name)) else {
            return Some(at.to_vec());
        };
        // A re-export from another crate counts as defined in this module.
        let Some(target) = absolute(known, source, target) else {
            return Some(at.to_vec());
        };
        path = [&target[..], &rest[1..]].concat();
    }
    None
}

/// Returns the path from the crate's root; `None` if it leads to another crate.
fn absolute(known: &BTreeMap<Module, &Source>, module: &Source, path: &[String]) -> Option<Module> {
    let mut base = module.path.clone();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        name => {
            let mut child = base.clone();
            child.push(name.to_owned());
            if !known.contains_key(&child) {
                // A name imported by `use`. Anything else is in another crate or in this module.
                let used = module.uses.get(name).filter(|target| target[0] != name)?;
                let target = absolute(known, module, used)?;
                return Some([&target[..], &rest[1..]].concat());
            }
        }
    }
    Some([&base[..], rest].concat())
}
