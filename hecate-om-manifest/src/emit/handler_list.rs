//! The list of handlers for the macros: `<crate>|<handler>|<handler>;<crate>|…`. Crates that are
//! not in it are not checked.

use std::collections::{BTreeMap, BTreeSet};

use hecate_om_grammar::handler_key;

use crate::scan::Scan;

/// Lists the handlers in the crates of the package; empty if part of the source could not be read.
pub(super) fn handler_list(scan: &Scan) -> String {
    let mut crates: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let complete = |scan: &Scan| scan.complete && scan.errors.is_empty();
    if complete(scan) {
        for name in &scan.crates {
            crates.entry(name).or_default().extend(own_handlers(scan));
        }
        for program in &scan.programs {
            if complete(&program.scan) {
                let handlers = crates.entry(&program.name).or_default();
                handlers.extend(own_handlers(&program.scan));
            }
        }
    }
    let sections = crates.into_iter().map(|(name, handlers)| {
        let parts: Vec<String> = std::iter::once(name.to_owned()).chain(handlers).collect();
        parts.join("|")
    });
    sections.collect::<Vec<_>>().join(";")
}

/// Returns the handlers of the package itself.
fn own_handlers(scan: &Scan) -> impl Iterator<Item = String> + '_ {
    let is_own = |package: &Option<String>| package.as_deref() == Some(&scan.package);
    let capabilities = scan.capabilities.iter();
    let capabilities = capabilities.filter(move |capability| is_own(&capability.package));
    let subscriptions = scan.handlers.subscriptions.iter();
    let subscriptions = subscriptions.filter(move |subscription| is_own(&subscription.package));
    let publications = scan.handlers.publications.iter();
    let publications = publications.filter(move |publication| is_own(&publication.package));
    let schedules = scan.handlers.schedules.iter();
    let schedules = schedules.filter(move |schedule| is_own(&schedule.package));
    capabilities
        .map(|capability| handler_key::capability(&capability.name, capability.version))
        .chain(subscriptions.map(|subscription| handler_key::subscription(&subscription.topic)))
        .chain(publications.map(|publication| handler_key::publication(&publication.topic)))
        .chain(schedules.map(|schedule| handler_key::schedule(&schedule.name)))
}
