//! The source of one crate, read from its root file.

mod handlers;

use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, ImplItem, Item, ItemFn, ItemMod, ItemStruct, Signature, TraitItem, Visibility,
};

use super::attributes::{self, ActiveAttributes, CAPABILITY, Compiled, HANDLERS, SERVICE};
use super::code;
use super::facts::{FactPath, FactType};
use super::files::{Files, ReadError};
use super::found::FoundItem;
use super::imports::{Imports, Origin};
use super::items::{self, ServiceItem};
use super::modules::ModuleFolder;
use super::permissions::{Constants, PermissionUse};
use super::report::{Location, Problem};
use super::settings::{self, FoundSettings};
use super::type_names::{PrivateTypes, hidden_crate};
use crate::model::{Capability, Publication, Schedule, Subscription};

/// The contents of one crate.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The structs with `#[hecate_service]`.
    pub(super) services: Vec<(ServiceItem, Location)>,
    /// The functions with `#[capability]`.
    pub(super) capabilities: Vec<FoundItem<Capability>>,
    /// The functions with `#[subscribe("…")]`.
    pub(super) subscriptions: Vec<FoundItem<Subscription>>,
    /// The functions with `#[subscribe]` without a topic.
    pub(super) inferred: Vec<FoundItem<(Subscription, FactPath)>>,
    /// The structs with `#[fact]`.
    pub(super) publications: Vec<FoundItem<Publication>>,
    /// The types with a topic: those structs, and types that implement `Fact`.
    pub(super) facts: Vec<FactType>,
    /// The functions with `#[every]` and `#[cron]`.
    pub(super) schedules: Vec<FoundItem<Schedule>>,
    /// The structs and enums with `#[derive(Settings)]`.
    pub(super) settings: Vec<FoundSettings>,
    /// The permissions in calls.
    pub(super) permissions: Vec<PermissionUse>,
    /// Mistakes that the compiler would report without a useful explanation.
    pub(super) errors: Vec<Problem>,
    /// Sources that the scanner cannot read, though the compiler may.
    pub(super) unread: Vec<Problem>,
    /// Whether an attribute has a mistake, which its macro reports.
    pub(super) mistaken: bool,
    /// Whether a struct or enum may have `#[derive(Settings)]` with a mistake in it.
    pub(super) may_have_settings: bool,
    /// Whether a struct may have our attribute with a mistake in it, or an attribute of that name
    /// of another crate.
    pub(super) may_have_service: bool,
}

impl Source {
    /// Reads the modules of a crate from its root file; adds all files to `files`.
    pub(super) fn read(root: &Path, compiled: Compiled<'_>, files: &mut Files) -> Self {
        let mut walk = SourceReader {
            compiled,
            files,
            open: Vec::new(),
            aliased: false,
            constants: Constants::default(),
            found: Self::default(),
        };
        walk.file(root, &ModuleFolder::of_file(root), &Imports::default());
        let SourceReader {
            constants, found, ..
        } = walk;
        let permissions = found.permissions.into_iter();
        Self {
            permissions: permissions
                .filter_map(|permission| constants.resolve(permission))
                .collect(),
            ..found
        }
    }

    /// Returns the locations of the handlers and facts whose attributes are certainly ours.
    pub(super) fn certain_handlers(&self) -> impl Iterator<Item = &Location> {
        let capabilities = self
            .capabilities
            .iter()
            .map(|capability| (capability.certain, &capability.location));
        let subscriptions = self.subscriptions.iter();
        let inferred = self.inferred.iter();
        let publications = self.publications.iter();
        let schedules = self.schedules.iter();
        capabilities
            .chain(subscriptions.map(|subscription| (subscription.certain, &subscription.location)))
            .chain(inferred.map(|subscription| (subscription.certain, &subscription.location)))
            .chain(publications.map(|publication| (publication.certain, &publication.location)))
            .chain(schedules.map(|schedule| (schedule.certain, &schedule.location)))
            .filter_map(|(certain, location)| certain.then_some(location))
    }
}

struct SourceReader<'a> {
    compiled: Compiled<'a>,
    files: &'a mut Files,
    /// The files on the current module path, to stop at cycles.
    open: Vec<PathBuf>,
    /// Whether the crate's root restores the runtime's own name by `extern crate`.
    aliased: bool,
    /// The crate's constants.
    constants: Constants,
    found: Source,
}

/// The current position in a file.
#[derive(Clone, Copy)]
struct Position<'a> {
    file: &'a Path,
    imports: &'a Imports,
    private: &'a PrivateTypes,
    folder: &'a ModuleFolder,
}

impl SourceReader<'_> {
    /// Reads the file of a module that is declared in the scope `around`.
    fn file(&mut self, file: &Path, folder: &ModuleFolder, around: &Imports) {
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        if self.open.contains(&real) {
            return;
        }
        let parsed = self.files.parse(file);
        let parsed = match &*parsed {
            Ok(parsed) => parsed,
            Err(ReadError::File(what)) => return self.found.unread.push(Problem::new(what)),
            Err(ReadError::From(span, what)) => return self.push_unread(file, *span, what.clone()),
        };
        let active = self.compiled.attributes(&parsed.attrs);
        if active.removed || self.report_unreadable(&active, file) {
            return;
        }
        if self.open.is_empty() {
            self.aliased = parsed.items.iter().any(|item| match item {
                Item::ExternCrate(item) => {
                    let name = item.rename.as_ref().map(|(_, name)| name);
                    name.is_some_and(|name| name == "hecate_om")
                }
                _ => false,
            });
        }
        self.open.push(real);
        self.items(&parsed.items, file, folder, around);
        self.open.pop();
    }

    fn items(&mut self, items: &[Item], file: &Path, folder: &ModuleFolder, around: &Imports) {
        let compiled = self.compiled;
        let is_compiled = |attributes: &[Attribute]| compiled.is_certain(attributes);
        let imports = &Imports::of_module(items, around, compiled.runtime, is_compiled);
        let private = &PrivateTypes::from_items(items, is_compiled);
        let at = Position {
            file,
            imports,
            private,
            folder,
        };
        for item in items {
            let code = code::read(item, compiled, imports, file);
            self.constants.extend(code.constants);
            self.found.permissions.extend(code.permissions);
            self.found.errors.extend(code.errors);
            match item {
                Item::Mod(module) => self.module(module, at),
                Item::Fn(function) => self.function(function, at),
                Item::Struct(found) => {
                    self.service(found, at);
                    self.publications(found, at);
                    self.settings(&found.attrs, item, at);
                }
                Item::Enum(found) => self.settings(&found.attrs, item, at),
                Item::Impl(block) => {
                    self.fact_type(block, at);
                    let functions = block.items.iter().filter_map(|item| match item {
                        ImplItem::Fn(function) => Some((&*function.attrs, &function.sig)),
                        _ => None,
                    });
                    self.block(&block.attrs, "impl", functions, at);
                }
                Item::Trait(block) => {
                    let functions = block.items.iter().filter_map(|item| match item {
                        TraitItem::Fn(function) => Some((&*function.attrs, &function.sig)),
                        _ => None,
                    });
                    self.block(&block.attrs, "trait", functions, at);
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, function: &ItemFn, at: Position<'_>) {
        let (attributes, ours) = self.own_attributes(&function.attrs, CAPABILITY, at);
        for (attribute, certain) in ours {
            match items::capability(&attribute.meta, &attributes, &function.sig) {
                Some(found) => {
                    if certain {
                        let caller_type = found.caller_type.as_ref();
                        let hidden =
                            caller_type.and_then(|name| hidden_crate(name, at.imports, at.file));
                        let is_pub = matches!(function.vis, Visibility::Public(_));
                        let exposed = is_pub.then(|| at.private.exposed(&found, at.file));
                        self.found.errors.extend(hidden);
                        self.found.errors.extend(exposed.flatten());
                    }
                    self.found.capabilities.push(FoundItem {
                        location: Location::new(at.file, found.name),
                        item: found.capability,
                        certain,
                    });
                }
                None => self.found.mistaken |= certain,
            }
        }
        self.handlers(function, at);
    }

    fn service(&mut self, item: &ItemStruct, at: Position<'_>) {
        let (attributes, ours) = self.own_attributes(&item.attrs, SERVICE, at);
        for (attribute, certain) in ours {
            let (service, sound) = items::service(&attribute.meta, &attributes);
            self.found.mistaken |= certain && !sound;
            if certain || sound {
                let location = Location::new(at.file, attribute.span());
                self.found.services.push((service, location));
            } else {
                self.found.may_have_service = true;
            }
        }
    }

    /// Adds a struct or enum with `#[derive(Settings)]`.
    fn settings(&mut self, written: &[Attribute], item: &Item, at: Position<'_>) {
        match settings::find(self.compiled, written, item, at.file) {
            Some(Ok(found)) => self.found.settings.push(found),
            Some(Err(settings::Mistaken)) => self.found.may_have_settings = true,
            None => {}
        }
    }

    /// Reports handlers in an `impl` or a trait, where the compiler's error would be about
    /// generated constants.
    fn block<'i>(
        &mut self,
        attributes: &[Attribute],
        container: &str,
        functions: impl Iterator<Item = (&'i [Attribute], &'i Signature)>,
        at: Position<'_>,
    ) {
        if !self.compiled.is_certain(attributes) {
            return;
        }
        // The macro reports a `self`.
        for (written, _) in functions.filter(|(_, signature)| signature.receiver().is_none()) {
            for (name, noun) in HANDLERS {
                let (_, ours) = self.own_attributes(written, name, at);
                let ours = ours.into_iter().filter(|(_, certain)| *certain);
                let problem = |(attribute, _): (Attribute, bool)| {
                    Problem::at(
                        Location::new(at.file, attribute.span()),
                        format!("{noun} must be a free function: move it out of the `{container}`"),
                    )
                };
                self.found.errors.extend(ours.map(problem));
            }
        }
    }

    fn module(&mut self, module: &ItemMod, at: Position<'_>) {
        let active = self.compiled.attributes(&module.attrs);
        if active.removed || self.report_unreadable(&active, at.file) {
            return;
        }
        let name = module.ident.unraw().to_string();
        let path = attributes::path(&active.attributes);
        if let Some((_, items)) = &module.content {
            let inner = &at.folder.inline(&name, path.as_deref());
            return self.items(items, at.file, inner, at.imports);
        }
        let files = at.folder.files(&name, path.as_deref());
        match files.iter().find(|(file, _)| file.is_file()) {
            Some((file, inside)) => self.file(file, inside, at.imports),
            None => {
                let what = format!("the scanner found no file for the module `{name}`");
                self.push_unread(at.file, module.ident.span(), what);
                let files = files.into_iter().map(|(file, _)| file);
                self.files.missing.extend(files);
            }
        }
    }

    /// Returns the attributes of an item, and those that are or may be our `name`, with whether
    /// that is certain; none of the latter if the item is not, or may not be, compiled.
    fn own_attributes(
        &mut self,
        written: &[Attribute],
        name: &str,
        at: Position<'_>,
    ) -> (Vec<Attribute>, Vec<(Attribute, bool)>) {
        let active = self.compiled.attributes(written);
        let runtime = self.compiled.runtime;
        let ours = |all: &[Attribute]| {
            let origin = |attribute: &Attribute| at.imports.origin(attribute.path(), name, runtime);
            all.iter()
                .filter_map(|attribute| match origin(attribute) {
                    Origin::Ours => Some((attribute.clone(), true)),
                    Origin::Unknown => Some((attribute.clone(), false)),
                    Origin::Foreign => None,
                })
                .collect::<Vec<_>>()
        };
        let found = ours(&active.attributes);
        let undecided = ours(&active.undecided);
        // Conditions on other items do not matter here.
        let concerned = found.iter().chain(&undecided).any(|(_, certain)| *certain);
        let left_out = active.removed
            || concerned && self.report_unreadable(&active, at.file)
            || active.uncertain;
        if left_out {
            return (active.attributes, Vec::new());
        }
        for (attribute, _) in found.iter().filter(|(_, certain)| *certain) {
            let problem = self.without_crate(attribute, name, at.file);
            self.found.errors.extend(problem);
        }
        (active.attributes, found)
    }

    /// Returns a problem if the runtime is renamed and the attribute does not say so.
    fn without_crate(&self, attribute: &Attribute, name: &str, file: &Path) -> Option<Problem> {
        let renamed = self.compiled.renamed.filter(|_| !self.aliased)?;
        if items::mentions_crate(&attribute.meta) {
            return None;
        }
        Some(Problem::at(
            Location::new(file, attribute.span()),
            format!(
                "`hecate-om` is renamed in `Cargo.toml`, so the generated code does not find it: add \
                 `crate = ::{renamed}` to `#[{name}]`"
            ),
        ))
    }

    /// Reports conditions that cannot be evaluated. Returns whether the item is skipped for one.
    fn report_unreadable(&mut self, active: &ActiveAttributes, file: &Path) -> bool {
        for &span in &active.unreadable {
            let what = "the scanner cannot evaluate this condition, and assumes that it is false";
            self.push_unread(file, span, what.to_owned());
        }
        active.uncertain
    }

    fn push_unread(&mut self, file: &Path, span: Span, what: String) {
        let location = Location::new(file, span);
        self.found.unread.push(Problem::at(location, what));
    }
}
