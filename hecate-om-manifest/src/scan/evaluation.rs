//! Evaluation of a scan: the service, its handlers, and problems that concern several attributes.

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

/// Evaluates the sources of a service.
pub(super) fn evaluate(result: ScanResult, files: Files) -> Scan {
    let ScanResult {
        package,
        dependencies,
        services,
        handlers: found,
        facts: _,
        conditions,
        calls,
        settings,
        permissions,
        errors,
        unread,
        mistaken,
        may_have_settings,
        may_have_service,
        default_features,
        warnings: probable,
        crates,
        programs,
    } = result;
    let complete = unread.is_empty() && !mistaken;
    let mut errors = unique_relative_to(&package.dir, errors);
    // A package may have services in its examples or tests only.
    let certain = complete && !may_have_service && programs.is_empty();
    let service = the_service(&package, services, certain, &mut errors);
    // If an attribute has a mistake, the declared permissions are not certain.
    if let Some(service) = service.as_ref().filter(|_| !mistaken) {
        let undeclared = permissions
            .iter()
            .filter_map(|permission| permission.undeclared(&service.args.permissions));
        errors.extend(unique_relative_to(&package.dir, undeclared.collect()));
    }
    let access = service
        .as_ref()
        .and_then(|service| service.args.access.clone());
    let access = access.map(|access| access.value);
    let named = service.as_ref();
    let named = named.and_then(|service| service.args.settings.clone());
    let mut service = service.map(|service| describe(&package, service, &mut errors));
    if let Some((service, named)) = service.as_mut().zip(named) {
        match super::settings::list(&settings, &named, &service.name, &package.dir) {
            Ok(settings) => service.settings = settings,
            // The struct may be in a source that could not be read, or, in a packed copy, in a
            // registry dependency.
            Err(_) if !complete || may_have_settings || package.is_packed() => {}
            Err(problem) => errors.push(problem),
        }
    }
    let name = service.as_ref().map_or("", |service| &service.name);
    let (links, mut warnings) = links(&found);
    warnings.extend(
        unique_relative_to(&package.dir, unread)
            .into_iter()
            .map(with_consequence),
    );
    warnings.extend(unique_relative_to(&package.dir, probable));
    let defaults = ServiceDefaults {
        service: name,
        access: access.as_ref(),
        dir: &package.dir,
    };
    let in_service = || found.iter().filter(|handlers| handlers.part != Part::Tests);
    let capabilities = defaults.gather(in_service(), &mut errors);
    let handlers = Handlers::gather(in_service(), &package.dir, &mut errors);
    // A duplicate in test code fails the generated test.
    let of_tests = || {
        found
            .iter()
            .filter(|handlers| handlers.part != Part::Service)
    };
    let in_tests = defaults.gather(of_tests(), &mut Vec::new());
    let handlers_in_tests = Handlers::gather(of_tests(), &package.dir, &mut Vec::new());
    let programs = programs.into_iter().map(|(kind, name, result)| {
        let scan = evaluate(result, Files::default());
        for problem in &scan.errors {
            // Programs share sources, and so their problems.
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

/// Returns the package's service. A missing one is reported only if the scan is complete.
fn the_service(
    package: &Package,
    services: Vec<(items::ServiceItem, Location)>,
    complete: bool,
    errors: &mut Vec<Problem>,
) -> Option<items::ServiceItem> {
    let mut services = services.into_iter();
    let Some((service, first)) = services.next() else {
        if complete {
            errors.push(Problem::new(format!(
                "`{}` has no service: its build script calls `hecate_om_manifest::emit()`, but no struct in its \
                 library or binaries has `#[hecate_service]`; annotate one, or remove the call from the build \
                 script",
                package.name()
            )));
        }
        return None;
    };
    let first = first.relative_to(&package.dir);
    for (_, location) in services {
        errors.push(Problem::at(
            location.relative_to(&package.dir),
            format!(
                "second `#[hecate_service]`: the first is at {first}, and a package has one service; move one of the \
                 two to another package"
            ),
        ));
    }
    Some(service)
}

fn describe(package: &Package, found: items::ServiceItem, errors: &mut Vec<Problem>) -> Service {
    let items::ServiceItem { args, doc } = found;
    let name = match args.name {
        Some(name) => name.value.to_string(),
        None => {
            if let Err(why) = package.name().parse::<ServiceName>() {
                errors.push(Problem::new(format!(
                    "the package's name cannot be the service's name: {why}; set another with \
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
            permissions: args.permissions,
            resources: args.resources,
            ttl_days: args
                .ttl_days
                .map_or(ServiceArgs::DEFAULT_TTL_DAYS, |days| days.value),
        },
        layers: args.layers.into_iter().map(|layer| layer.name).collect(),
        settings: Vec::new(),
        name,
    }
}

/// Returns the crates to link, and a warning for each that the service's crate cannot name.
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
                "`{0}` has handlers but is only a dependency of a dependency, so the linker may omit them: add `{0}` \
                 to `[dependencies]`",
                crate_handlers.package
            ))),
        }
    }
    (links.into_iter().collect(), warnings)
}

/// Properties of the service that its capabilities share.
struct ServiceDefaults<'a> {
    service: &'a str,
    access: Option<&'a Access>,
    dir: &'a Path,
}

impl ServiceDefaults<'_> {
    /// Returns the capabilities of all crates, sorted.
    fn gather<'h>(
        &self,
        crates: impl Iterator<Item = &'h CrateHandlers>,
        errors: &mut Vec<Problem>,
    ) -> Vec<Capability> {
        let mut capabilities = Vec::new();
        let mut seen = BTreeMap::<(&str, u32), (Location, bool)>::new();
        let crates: Vec<&CrateHandlers> = crates.collect();
        for (crate_handlers, declared) in certain_first(&crates, |handlers| &handlers.capabilities)
        {
            let capability = &declared.item;
            let location = declared.location.clone().relative_to(self.dir);
            let key = (&*capability.name, capability.version);
            if let Some((first, certain)) = seen.get(&key) {
                // An attribute that may be of another crate must not fail the build.
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

/// Returns each problem once, because a module may be in several crates, with paths relative to
/// `dir`.
fn unique_relative_to(dir: &Path, problems: Vec<Problem>) -> Vec<Problem> {
    let mut unique: Vec<Problem> = Vec::new();
    for problem in problems {
        let location = problem.location.map(|location| location.relative_to(dir));
        let problem = Problem {
            location,
            ..problem
        };
        if !unique.contains(&problem) {
            unique.push(problem);
        }
    }
    unique
}

/// Adds the consequence to a source that could not be read.
fn with_consequence(mut unread: Problem) -> Problem {
    unread
        .message
        .push_str("; until this is fixed, `manifest.json` beside `Cargo.toml` is not updated");
    unread
}

fn too_long(procedure: &str, location: Location) -> Problem {
    Problem::at(
        location,
        format!(
            "the procedure `{procedure}` is {} bytes long, but at most {MAX_PROCEDURE_BYTES} are allowed: shorten \
             this name or the service's",
            procedure.len()
        ),
    )
}

fn duplicate(capability: &Capability, first: &Location, second: Location) -> Problem {
    let Capability { name, version, .. } = capability;
    let message = if *first == second {
        format!(
            "the capability `{name}` version {version} is compiled into both the library and the binary: declare \
             its module in one of them, and `use` it from the other"
        )
    } else {
        format!(
            "the capability `{name}` version {version} is declared twice, first at {first}: give this one another \
             name or version"
        )
    };
    Problem::at(second, message)
}
