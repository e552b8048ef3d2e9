//! What a written path stands for.

use std::collections::BTreeMap;

use crate::Module;
use crate::modules::Source;

/// Re-exports that are followed from one path, so that two which name each other come to an end.
const HOPS: usize = 16;

/// Returns the module that defines what a path in a module names; `None` if the path leaves the crate.
pub(crate) fn definition(
    known: &BTreeMap<Module, &Source>,
    module: &Source,
    path: &[String],
) -> Option<Module> {
    let mut path = absolute(known, module, path)?;
    for _ in 0..HOPS {
        let length = (0..=path.len())
            .rev()
            .find(|n| known.contains_key(&path[..*n]))?;
        let (at, rest) = path.split_at(length);
        let source = known[at];
        let Some(target) = rest.first().and_then(|name| source.uses.get(name)) else {
            return Some(at.to_vec());
        };
        // What it re-exports may come from another crate: then it counts as this module's own.
        let Some(target) = absolute(known, source, target) else {
            return Some(at.to_vec());
        };
        path = [&target[..], &rest[1..]].concat();
    }
    None
}

/// Path from the crate's root; `None` if the path leaves the crate.
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
                // A name that `use` brought in; anything else is another crate's, or the module's own.
                let used = module.uses.get(name).filter(|target| target[0] != name)?;
                let target = absolute(known, module, used)?;
                return Some([&target[..], &rest[1..]].concat());
            }
        }
    }
    Some([&base[..], rest].concat())
}
