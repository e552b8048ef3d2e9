//! Packages unpacked from a registry, or by `cargo package` for verification.

use std::path::Path;

use crate::model::{Capability, Manifest};
use crate::scan::Scan;

/// Returns whether the package is such a copy: Cargo adds a `Cargo.toml.orig` to it.
pub(super) fn is_packed(manifest: &Path) -> bool {
    manifest.with_file_name("Cargo.toml.orig").exists()
}

/// Adds the handlers of other crates from the packed manifest.
///
/// Packing turns path dependencies into registry dependencies, whose sources the scanner does not
/// read. The packed manifest was written before that.
pub(super) fn adopt(scan: &mut Scan, packed: &Manifest) {
    for (package, org) in &packed.calls {
        let called = scan.calls.entry(package.clone());
        called.or_insert_with(|| org.clone());
    }
    for capability in &packed.capabilities {
        let Some(package) = &capability.package else {
            continue;
        };
        let known = |other: &Capability| other.by_name_and_version(capability).is_eq();
        if *package == scan.package || scan.capabilities.iter().any(known) {
            continue;
        }
        link(scan, package, capability.library.as_ref());
        scan.capabilities.push(capability.clone());
        scan.in_tests.push(capability.clone());
    }
    for capabilities in [&mut scan.capabilities, &mut scan.in_tests] {
        capabilities.sort_by(Capability::by_name_and_version);
    }
    for subscription in &packed.subscriptions {
        if let Some(package) = subscription.package.as_ref() {
            link(scan, package, subscription.library.as_ref());
        }
    }
    for publication in &packed.publications {
        if let Some(package) = publication.package.as_ref() {
            link(scan, package, publication.library.as_ref());
        }
    }
    for schedule in &packed.schedules {
        if let Some(package) = schedule.package.as_ref() {
            link(scan, package, schedule.library.as_ref());
        }
    }
    for handlers in [&mut scan.handlers, &mut scan.handlers_in_tests] {
        handlers.adopt(packed, &scan.package);
    }
    // The struct may be in a crate that is now a registry dependency.
    if let Some(service) = &mut scan.service
        && service.settings.is_empty()
    {
        service.settings.clone_from(&packed.settings);
    }
    scan.links.sort();
    scan.links.dedup();
}

/// Has the linker keep another crate, where it is a direct dependency.
fn link(scan: &mut Scan, package: &str, library: Option<&String>) {
    if package != scan.package
        && let Some(renamed) = scan.dependencies.get(package)
    {
        let name = renamed.clone().or_else(|| library.cloned());
        scan.links
            .push(name.unwrap_or_else(|| package.replace('-', "_")));
    }
}
