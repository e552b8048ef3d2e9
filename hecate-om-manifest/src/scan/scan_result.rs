//! The sources of a service's binary.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::attributes::Compiled;
use super::calls;
use super::conditions::conditions;
use super::environment::Environment;
use super::facts::{FactType, KnownFact};
use super::files::Files;
use super::found::{CrateHandlers, Link, Part};
use super::graph::{FRAMEWORK, Graph};
use super::inferred::infer_topics;
use super::items;
use super::package::{CargoTarget, Package, TargetKind};
use super::permissions::PermissionUse;
use super::report::{Location, Problem};
use super::settings::FoundSettings;
use super::source::Source;
use super::undeclared::undeclared;
use crate::model::Condition;

/// The contents of all sources, before evaluation.
#[derive(Debug)]
pub(super) struct ScanResult {
    /// The service's package.
    pub(super) package: Package,
    /// The package's direct dependencies, with their new names if renamed.
    pub(super) dependencies: BTreeMap<String, Option<String>>,
    /// The structs with `#[hecate_service]` in the package's library and binaries.
    pub(super) services: Vec<(items::ServiceItem, Location)>,
    /// The handlers of the crates linked into the service.
    pub(super) handlers: Vec<CrateHandlers>,
    /// The types with a topic, of all crates that were read.
    pub(super) facts: Vec<KnownFact>,
    /// The handlers under a `cfg`.
    pub(super) conditions: BTreeSet<Condition>,
    /// The packages whose capabilities are called remotely, each with its org.
    pub(super) calls: BTreeMap<String, String>,
    /// The structs and enums with `#[derive(Settings)]`.
    pub(super) settings: Vec<FoundSettings>,
    /// The permissions in calls.
    pub(super) permissions: Vec<PermissionUse>,
    /// Mistakes that the compiler would report without a useful explanation.
    pub(super) errors: Vec<Problem>,
    /// Sources that could not be read.
    pub(super) unread: Vec<Problem>,
    /// Whether an attribute has a mistake, which its macro reports.
    pub(super) mistaken: bool,
    /// Whether a struct or enum may have `#[derive(Settings)]` with a mistake in it.
    pub(super) may_have_settings: bool,
    /// Whether a struct may have `#[hecate_service]` with a mistake in it.
    pub(super) may_have_service: bool,
    /// Whether the package is built with its default features.
    pub(super) default_features: bool,
    /// Problems that do not fail the build.
    pub(super) warnings: Vec<Problem>,
    /// The crate names of the package's library and binaries.
    pub(super) crates: BTreeSet<String>,
    /// The examples, tests and benchmarks with a service.
    pub(super) programs: Vec<(TargetKind, String, Self)>,
}

impl ScanResult {
    /// Reads the package in `dir` and its path dependencies.
    pub(super) fn read(
        dir: &Path,
        environment: &Environment,
        files: &mut Files,
    ) -> Result<Self, Problem> {
        let graph = Graph::load(dir, environment, &mut files.read)?;
        let runtime = graph.root.names_of(FRAMEWORK, environment);
        let own = Compiled {
            environment,
            features: &graph.features,
            runtime: &runtime,
            renamed: only_name(&graph.root, &runtime, environment),
            test: false,
        };
        let dependencies = graph.root.dependencies(environment);
        let mut errors = Vec::new();
        let calls = calls::called(&graph, &dependencies, &mut errors);
        let mut result = Self {
            dependencies,
            calls,
            package: graph.root,
            services: Vec::new(),
            handlers: Vec::new(),
            facts: Vec::new(),
            conditions: BTreeSet::new(),
            settings: Vec::new(),
            permissions: Vec::new(),
            errors,
            unread: graph.unread,
            mistaken: false,
            may_have_settings: false,
            may_have_service: false,
            default_features: graph.default_features,
            warnings: Vec::new(),
            crates: BTreeSet::new(),
            programs: Vec::new(),
        };
        let in_library = result.own_crates(own, files);
        result.warnings = undeclared(&result.package, own.runtime, files);
        for member in graph.members {
            let runtime = member.package.names_of(FRAMEWORK, environment);
            let compiled = Compiled {
                environment,
                features: &member.features,
                runtime: &runtime,
                renamed: only_name(&member.package, &runtime, environment),
                test: false,
            };
            let names = std::iter::once(member.library.crate_name());
            let names: Vec<String> = names.chain(member.extern_name.clone()).collect();
            // Another service serves its handlers, and lists them in its manifest.
            if result.calls.contains_key(member.package.name()) {
                let source = Source::read(&member.library.root, compiled, files);
                result.know(source.facts, &names, member.package.name());
                continue;
            }
            let mut source =
                result.follow(&member.library.root, member.package.name(), compiled, files);
            for found in &mut source.settings {
                found.is_own = false;
            }
            result.know(
                std::mem::take(&mut source.facts),
                &names,
                member.package.name(),
            );
            let crate_handlers = CrateHandlers {
                package: member.package.name().to_owned(),
                library: member.package.own_library_name(),
                link: member.extern_name.map_or(Link::Indirect, Link::Named),
                part: Part::Both,
                // A service struct of a dependency belongs to the dependency's package.
                capabilities: source.capabilities.clone(),
                subscriptions: source.subscriptions.clone(),
                inferred: source.inferred.clone(),
                publications: source.publications.clone(),
                schedules: source.schedules.clone(),
            };
            result.add(crate_handlers, source);
            let stray = undeclared(&member.package, compiled.runtime, files);
            result.warnings.extend(stray);
        }
        result.development_targets(own, in_library, files);
        let problems = infer_topics(&mut result.handlers, &result.facts);
        result.errors.extend(problems);
        for (_, _, program) in &mut result.programs {
            let problems = infer_topics(&mut program.handlers, &program.facts);
            program.errors.extend(problems);
        }
        Ok(result)
    }

    /// Reads the examples, tests and benchmarks. Each with a service is a program with its own
    /// handlers, those of the package's library, and those of the dependencies.
    fn development_targets(&mut self, compiled: Compiled<'_>, in_library: bool, files: &mut Files) {
        let library = self.package.library();
        self.crates = library
            .into_iter()
            .chain(self.package.binaries(compiled.features))
            .map(|target| target.crate_name())
            .collect();
        let mut names = BTreeSet::new();
        for (kind, target) in self.package.development_targets(compiled.features) {
            let test = kind == TargetKind::Test;
            // A change of a test must not rebuild the service, unless the test has a service
            // itself.
            let mut read = Files::default();
            let source = Source::read(&target.root, Compiled { test, ..compiled }, &mut read);
            let name = target.crate_name();
            let stray = source.certain_handlers().next();
            let Some(location) = source
                .services
                .first()
                .map(|(_, location)| location)
                .or(stray)
            else {
                continue;
            };
            files.read.append(&mut read.read);
            if source.services.is_empty() {
                self.warnings.push(no_service(kind, location));
                continue;
            }
            let clash = kind == TargetKind::Example && self.crates.contains(&name);
            let problem = if in_library {
                "the library of the package already has one, and a program has one service: move this one to another \
                 package"
            } else if clash || !names.insert((kind, name.clone())) {
                "another program of the package has the same name: rename this one"
            } else {
                let mut program = self.program(&source);
                program.add_own(Link::Given, Part::Both, source);
                self.programs.push((kind, name, program));
                continue;
            };
            self.errors.push(Problem::at(
                location.clone(),
                format!("a service in {}: {problem}", kind.noun()),
            ));
        }
    }

    /// Returns a program of the package with what it shares with the service.
    fn program(&self, source: &Source) -> Self {
        let shared = |crate_handlers: &&CrateHandlers| !matches!(crate_handlers.link, Link::Given);
        Self {
            package: self.package.clone(),
            dependencies: self.dependencies.clone(),
            services: Vec::new(),
            handlers: self.handlers.iter().filter(shared).cloned().collect(),
            facts: self.facts.clone(),
            conditions: self.conditions.clone(),
            calls: self.calls.clone(),
            settings: self.settings.clone(),
            permissions: Vec::new(),
            errors: Vec::new(),
            unread: Vec::new(),
            mistaken: source.mistaken,
            may_have_settings: self.may_have_settings,
            may_have_service: source.may_have_service,
            default_features: self.default_features,
            warnings: Vec::new(),
            crates: BTreeSet::new(),
            programs: Vec::new(),
        }
    }

    /// Reads a crate of `package`, with the `cfg`s of its handlers.
    fn follow(
        &mut self,
        root: &Path,
        package: &str,
        compiled: Compiled<'_>,
        files: &mut Files,
    ) -> Source {
        self.conditions
            .extend(conditions(root, package, compiled.runtime, files));
        Source::read(root, compiled, files)
    }

    /// Reads the library and the binary of the service. Returns whether the service is in the
    /// library.
    fn own_crates(&mut self, compiled: Compiled<'_>, files: &mut Files) -> bool {
        let mut in_library = false;
        if let Some(library) = self.package.library() {
            let package = self.package.name().to_owned();
            let source = self.follow(&library.root, &package, compiled, files);
            in_library = !source.services.is_empty();
            if in_library {
                self.home(&library, source, compiled, files);
            } else {
                self.add_own(Link::Named(library.name), Part::Both, source);
            }
        }
        let runs = self
            .package
            .main_binary(compiled.features)
            .map(|binary| binary.root);
        let mut elsewhere = Vec::new();
        for binary in self.package.binaries(compiled.features) {
            let package = self.package.name().to_owned();
            let mut source = self.follow(&binary.root, &package, compiled, files);
            if in_library && runs.as_ref() == Some(&binary.root) {
                self.add_own(Link::Given, Part::Service, source);
            } else if !in_library && !source.services.is_empty() {
                self.home(&binary, source, compiled, files);
            } else {
                self.services.append(&mut source.services);
                self.may_have_service |= source.may_have_service;
                elsewhere.push((binary.name, source));
            }
        }
        for (name, source) in elsewhere {
            if self.services.is_empty() {
                // The service may be in a source that could not be read.
                self.unread.extend(source.unread);
                self.mistaken |= source.mistaken;
            } else if source.services.is_empty() {
                let handler = source.certain_handlers().next();
                self.errors
                    .extend(handler.map(|location| in_other_binary(&name, location)));
            }
        }
        in_library
    }

    /// Adds the crate with the service's struct, and its unit tests, which include the generated
    /// test.
    fn home(
        &mut self,
        home: &CargoTarget,
        source: Source,
        compiled: Compiled<'_>,
        files: &mut Files,
    ) {
        let test = true;
        let of_tests = Source::read(&home.root, Compiled { test, ..compiled }, files);
        self.add_own(Link::Given, Part::Service, source);
        // The compiler reports errors in test code when it builds the tests.
        let of_tests = Source {
            capabilities: of_tests.capabilities,
            subscriptions: of_tests.subscriptions,
            inferred: of_tests.inferred,
            publications: of_tests.publications,
            facts: of_tests.facts,
            schedules: of_tests.schedules,
            ..Source::default()
        };
        self.add_own(Link::Given, Part::Tests, of_tests);
    }

    fn add_own(&mut self, link: Link, part: Part, mut source: Source) {
        self.services.append(&mut source.services);
        let names: Vec<String> = self
            .package
            .library()
            .iter()
            .map(CargoTarget::crate_name)
            .collect();
        let package = self.package.name().to_owned();
        self.know(std::mem::take(&mut source.facts), &names, &package);
        let crate_handlers = CrateHandlers {
            package: self.package.name().to_owned(),
            // The package itself is packed with its manifest.
            library: None,
            link,
            part,
            capabilities: source.capabilities.clone(),
            subscriptions: source.subscriptions.clone(),
            inferred: source.inferred.clone(),
            publications: source.publications.clone(),
            schedules: source.schedules.clone(),
        };
        self.add(crate_handlers, source);
    }

    /// Adds the types with a topic of a crate, which others use by `names`.
    fn know(&mut self, facts: Vec<FactType>, names: &[String], package: &str) {
        self.facts.extend(facts.into_iter().map(|fact| KnownFact {
            fact,
            crate_names: names.to_vec(),
            package: package.to_owned(),
        }));
    }

    fn add(&mut self, crate_handlers: CrateHandlers, source: Source) {
        self.settings.extend(source.settings);
        self.may_have_settings |= source.may_have_settings;
        self.permissions.extend(source.permissions);
        self.errors.extend(source.errors);
        self.unread.extend(source.unread);
        self.mistaken |= source.mistaken;
        self.may_have_service |= source.may_have_service;
        if !crate_handlers.is_empty() {
            self.handlers.push(crate_handlers);
        }
    }
}

/// Returns the name of the runtime in a package that has it under another name only.
fn only_name<'a>(
    package: &Package,
    names: &'a BTreeSet<String>,
    environment: &Environment,
) -> Option<&'a str> {
    let first = names.first().map(String::as_str);
    first.filter(|_| !package.has(FRAMEWORK, environment))
}

fn in_other_binary(name: &str, location: &Location) -> Problem {
    Problem::at(
        location.clone(),
        format!(
            "handler or fact in the binary `{name}`, which is not the service, so it would never be called: move it to the \
             library or to the crate of the service, and `use` its module here instead of declaring it again"
        ),
    )
}

fn no_service(kind: TargetKind, location: &Location) -> Problem {
    Problem::at(
        location.clone(),
        format!(
            "handler or fact in {} without a service, so it is in no manifest, and a service of the package refuses to \
             start there: add a struct with `#[hecate_service]`, or move the item to the library",
            kind.noun()
        ),
    )
}
