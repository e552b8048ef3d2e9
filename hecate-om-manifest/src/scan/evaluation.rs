//! What the sources come to, and what is wrong with it that no single attribute can know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hecate_om_grammar::Access;
use hecate_om_grammar::attributes::ServiceArgs;
use hecate_om_grammar::names::{MAX_PROCEDURE_BYTES, ServiceName, procedure};

use super::files::Files;
use super::found::{CrateHandlers, Link, Part};
use super::handlers::{Handlers, certain_first, uncertain};
use super::items;
use super::package::Package;
use super::report::{Location, Problem};
use super::scan_result::ScanResult;
use super::{Program, Scan, Service};
use crate::model::{Capability, IdentitySpec};

/// Turns what was read into what the service is.
pub(super) fn evaluate(result: ScanResult, files: Files) -> Scan {
    let ScanResult {
        package,
        dependencies,
        services,
        handlers: found,
        conditions,
        calls,
        actions,
        errors,
        unread,
        mistaken,
        may_have_service,
        default_features,
        warnings: probable,
        crates,
        programs,
    } = result;
    let complete = unread.is_empty() && !mistaken;
    let mut errors = seen_from(&package.dir, errors);
    // A package may hold services in its examples or tests only.
    let certain = complete && !may_have_service && programs.is_empty();
    let service = the_service(&package, services, certain, &mut errors);
    // Where an attribute has a mistake, what is declared is not known for certain.
    if let Some(service) = service.as_ref().filter(|_| !mistaken) {
        let undeclared = actions
            .iter()
            .filter_map(|action| action.undeclared(&service.args.actions));
        errors.extend(seen_from(&package.dir, undeclared.collect()));
    }
    let access = service
        .as_ref()
        .and_then(|service| service.args.access.clone());
    let access = access.map(|access| access.value);
    let service = service.map(|service| describe(&package, service, &mut errors));
    let name = service.as_ref().map_or("", |service| &service.name);
    let (links, mut warnings) = links(&found);
    warnings.extend(seen_from(&package.dir, unread).into_iter().map(stays));
    warnings.extend(seen_from(&package.dir, probable));
    let said = Said {
        service: name,
        access: access.as_ref(),
        dir: &package.dir,
    };
    let in_service = || found.iter().filter(|one| one.part != Part::Tests);
    let capabilities = said.gather(in_service(), &mut errors);
    let handlers = Handlers::gather(in_service(), &package.dir, &mut errors);
    // What is declared twice there is linked twice, and the test says so.
    let of_tests = || found.iter().filter(|one| one.part != Part::Service);
    let in_tests = said.gather(of_tests(), &mut Vec::new());
    let handlers_in_tests = Handlers::gather(of_tests(), &package.dir, &mut Vec::new());
    let programs = programs.into_iter().map(|(kind, name, result)| {
        let scan = evaluate(result, Files::default());
        for problem in &scan.errors {
            // What the programs share is wrong once.
            if !errors.contains(problem) {
                errors.push(problem.clone());
            }
        }
        Program { kind, name, scan }
    });
    let programs = programs.collect();
    Scan {
        package: package.name().to_owned(),
        dependencies,
        service,
        capabilities,
        in_tests,
        handlers,
        handlers_in_tests,
        uncertain: uncertain(&found),
        conditions: conditions.into_iter().collect(),
        calls,
        links,
        errors,
        warnings,
        read: files.read,
        missing: files.missing,
        complete,
        default_features,
        crates,
        programs,
    }
}

/// The one service; that there is none is only certain when everything could be read.
fn the_service(
    package: &Package,
    services: Vec<(items::Service, Location)>,
    complete: bool,
    errors: &mut Vec<Problem>,
) -> Option<items::Service> {
    let mut services = services.into_iter();
    let Some((service, first)) = services.next() else {
        if complete {
            errors.push(Problem::new(format!(
                "`{}` has no service: its build script calls `hecate_om_manifest::emit()`, but no \
                 struct in its library or binaries has `#[hecate_service]`; annotate one, or take \
                 the call out of the build script",
                package.name()
            )));
        }
        return None;
    };
    let first = first.seen_from(&package.dir);
    for (_, location) in services {
        errors.push(Problem::at(
            location.seen_from(&package.dir),
            format!(
                "a second `#[hecate_service]`: the first is at {first}, and a package is one \
                 service, with one manifest; move one of them to a package of its own"
            ),
        ));
    }
    Some(service)
}

fn describe(package: &Package, found: items::Service, errors: &mut Vec<Problem>) -> Service {
    let items::Service { args, doc } = found;
    let name = match args.name {
        Some(name) => name.value.to_string(),
        None => {
            if let Err(why) = package.name().parse::<ServiceName>() {
                errors.push(Problem::new(format!(
                    "the package's name does not do as the service's: {why}; name the service by \
                     `#[hecate_service(name = \"…\")]`"
                )));
            }
            package.name().to_owned()
        }
    };
    Service {
        version: args
            .version
            .map_or_else(|| package.version(), |version| version.value),
        description: args
            .description
            .map(|text| text.value)
            .or(doc)
            .or_else(|| package.description()),
        license: package.license(),
        repository: package.repository(),
        health_port: args
            .health_port
            .map_or(ServiceArgs::DEFAULT_HEALTH_PORT, |port| port.value),
        identity_spec: IdentitySpec {
            scope: args.scope.map_or_else(|| name.clone(), |scope| scope.value),
            actions: args.actions,
            resources: args.resources,
            ttl_days: args
                .ttl_days
                .map_or(ServiceArgs::DEFAULT_TTL_DAYS, |days| days.value),
        },
        name,
    }
}

/// The crates to name, and the ones that cannot be.
fn links(crates: &[CrateHandlers]) -> (Vec<String>, Vec<Problem>) {
    let mut links = BTreeSet::new();
    let mut warnings = Vec::new();
    for crate_handlers in crates {
        match &crate_handlers.link {
            Link::Given => {}
            Link::Named(name) => {
                links.insert(name.clone());
            }
            Link::Indirect => warnings.push(Problem::new(format!(
                "`{0}` holds capabilities, subscriptions or schedules but is only a dependency of a dependency, so the linker \
                 may leave them out: add `{0}` to `[dependencies]`",
                crate_handlers.package
            ))),
        }
    }
    (links.into_iter().collect(), warnings)
}

/// What is said once for all capabilities.
struct Said<'a> {
    service: &'a str,
    access: Option<&'a Access>,
    dir: &'a Path,
}

impl Said<'_> {
    /// The capabilities of all crates, complete and sorted.
    fn gather<'h>(
        &self,
        crates: impl Iterator<Item = &'h CrateHandlers>,
        errors: &mut Vec<Problem>,
    ) -> Vec<Capability> {
        let mut capabilities = Vec::new();
        let mut seen = BTreeMap::<(&str, u32), (Location, bool)>::new();
        let crates: Vec<&CrateHandlers> = crates.collect();
        for (crate_handlers, declared) in certain_first(&crates, |one| &one.capabilities) {
            let capability = &declared.item;
            let location = declared.location.clone().seen_from(self.dir);
            let key = (&*capability.name, capability.version);
            if let Some((first, certain)) = seen.get(&key) {
                // One that may be another crate's attribute fails no build.
                if *certain && declared.certain {
                    errors.push(duplicate(capability, first, location));
                }
                continue;
            }
            let procedure = procedure(self.service, &capability.name, capability.version);
            if declared.certain && procedure.len() > MAX_PROCEDURE_BYTES {
                errors.push(too_long(&procedure, location.clone()));
            }
            seen.insert(key, (location, declared.certain));
            capabilities.push(Capability {
                procedure: Some(procedure),
                package: Some(crate_handlers.package.clone()),
                library: crate_handlers.library.clone(),
                access: capability.access.clone().or_else(|| self.access.cloned()),
                ..capability.clone()
            });
        }
        capabilities.sort_by(Capability::by_name_and_version);
        capabilities
    }
}

/// Each problem once, told from the package at `dir`: a module may be in several crates.
fn seen_from(dir: &Path, problems: Vec<Problem>) -> Vec<Problem> {
    let mut told: Vec<Problem> = Vec::new();
    for problem in problems {
        let location = problem.location.map(|location| location.seen_from(dir));
        let problem = Problem {
            location,
            ..problem
        };
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    told
}

/// What could not be read, and what follows from that.
fn stays(mut unread: Problem) -> Problem {
    unread
        .message
        .push_str("; until it can, `manifest.json` beside `Cargo.toml` stays as it is");
    unread
}

fn too_long(procedure: &str, location: Location) -> Problem {
    Problem::at(
        location,
        format!(
            "the procedure `{procedure}` is {} bytes long, and the wire carries at most \
             {MAX_PROCEDURE_BYTES}: shorten this name or the service's",
            procedure.len()
        ),
    )
}

fn duplicate(capability: &Capability, first: &Location, second: Location) -> Problem {
    let Capability { name, version, .. } = capability;
    let message = if *first == second {
        format!(
            "the capability `{name}` version {version} is compiled twice, into the library and into \
             the binary: declare its module in one of them, and `use` it from the other"
        )
    } else {
        format!(
            "the capability `{name}` version {version} is declared twice, first at {first}: callers \
             could not tell them apart; give this one another name or version"
        )
    };
    Problem::at(second, message)
}
