//! The source of one crate, followed from its root file.

use std::path::{Path, PathBuf};

use hecate_om_grammar::attributes::ScheduleArgs;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, ImplItem, Item, ItemFn, ItemMod, ItemStruct, Signature, TraitItem, Visibility,
};

use super::actions::{Action, Constants};
use super::attributes::{
    self, ActiveAttributes, CAPABILITY, CRON, Compiled, EVERY, HANDLERS, SERVICE, SUBSCRIBE,
};
use super::code;
use super::files::{Files, Unread};
use super::found::FoundItem;
use super::imports::{Imports, Origin};
use super::items::{self, Service};
use super::modules::Place;
use super::report::{Location, Problem};
use super::type_names::{PrivateTypes, hidden_crate};
use crate::model::{Capability, Schedule, Subscription};

/// What the source of one crate declares.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The structs with `#[hecate_service]`.
    pub(super) services: Vec<(Service, Location)>,
    /// The functions with `#[capability]`.
    pub(super) capabilities: Vec<FoundItem<Capability>>,
    /// The functions with `#[subscribe]`.
    pub(super) subscriptions: Vec<FoundItem<Subscription>>,
    /// The functions with `#[every]` and `#[cron]`.
    pub(super) schedules: Vec<FoundItem<Schedule>>,
    /// The actions that calls name.
    pub(super) actions: Vec<Action>,
    /// What the compiler would refuse without saying why.
    pub(super) errors: Vec<Problem>,
    /// What could not be read, though the compiler may well do it.
    pub(super) unread: Vec<Problem>,
    /// Whether an attribute with a mistake was left out; the macro reports it.
    pub(super) mistaken: bool,
    /// Whether a struct may have our attribute with a mistake in it, or another's of that name.
    pub(super) may_have_service: bool,
}

impl Source {
    /// Follows the modules of a crate from its root file; every file looked for is added to `files`.
    pub(super) fn follow(root: &Path, compiled: Compiled<'_>, files: &mut Files) -> Self {
        let mut walk = Walk {
            compiled,
            files,
            open: Vec::new(),
            aliased: false,
            constants: Constants::default(),
            found: Self::default(),
        };
        walk.file(root, &Place::of_root(root), &Imports::default());
        let Walk {
            constants, found, ..
        } = walk;
        let actions = found.actions.into_iter();
        Self {
            actions: actions
                .filter_map(|action| constants.resolve(action))
                .collect(),
            ..found
        }
    }

    /// The places of the handlers whose attributes are certain to be ours.
    pub(super) fn certain_handlers(&self) -> impl Iterator<Item = &Location> {
        let capabilities = self
            .capabilities
            .iter()
            .map(|one| (one.certain, &one.location));
        let subscriptions = self.subscriptions.iter();
        let schedules = self.schedules.iter();
        capabilities
            .chain(subscriptions.map(|one| (one.certain, &one.location)))
            .chain(schedules.map(|one| (one.certain, &one.location)))
            .filter_map(|(certain, place)| certain.then_some(place))
    }
}

struct Walk<'a> {
    compiled: Compiled<'a>,
    files: &'a mut Files,
    /// The files around the present point, which a module may not lead back into.
    open: Vec<PathBuf>,
    /// Whether the crate's root gives the runtime its own name again, by `extern crate`.
    aliased: bool,
    /// The crate's constants.
    constants: Constants,
    found: Source,
}

/// The present point in a file.
#[derive(Clone, Copy)]
struct Position<'a> {
    file: &'a Path,
    imports: &'a Imports,
    private: &'a PrivateTypes,
    place: &'a Place,
}

impl Walk<'_> {
    /// Reads the file of a module that is declared in the scope `around`.
    fn file(&mut self, file: &Path, place: &Place, around: &Imports) {
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        if self.open.contains(&real) {
            return;
        }
        let parsed = self.files.parse(file);
        let parsed = match &*parsed {
            Ok(parsed) => parsed,
            Err(Unread::File(what)) => return self.found.unread.push(Problem::new(what)),
            Err(Unread::From(span, what)) => return self.unread(file, *span, what.clone()),
        };
        let active = self.compiled.attributes(&parsed.attrs);
        if active.struck || self.in_doubt(&active, file) {
            return;
        }
        if self.open.is_empty() {
            self.aliased = parsed.items.iter().any(|item| match item {
                Item::ExternCrate(one) => {
                    let name = one.rename.as_ref().map(|(_, name)| name);
                    name.is_some_and(|name| name == "hecate_om")
                }
                _ => false,
            });
        }
        self.open.push(real);
        self.items(&parsed.items, file, place, around);
        self.open.pop();
    }

    fn items(&mut self, items: &[Item], file: &Path, place: &Place, around: &Imports) {
        let compiled = self.compiled;
        let is_compiled = |attributes: &[Attribute]| compiled.certainly(attributes);
        let imports = &Imports::of_module(items, around, compiled.runtime, is_compiled);
        let private = &PrivateTypes::of(items, is_compiled);
        let at = Position {
            file,
            imports,
            private,
            place,
        };
        for item in items {
            let code = code::read(item, compiled, imports, file);
            self.constants.extend(code.constants);
            self.found.actions.extend(code.actions);
            self.found.errors.extend(code.errors);
            match item {
                Item::Mod(module) => self.module(module, at),
                Item::Fn(function) => self.function(function, at),
                Item::Struct(item) => self.service(item, at),
                Item::Impl(block) => {
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
        let (attributes, ours) = self.ours(&function.attrs, CAPABILITY, at);
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

    /// What the service calls by itself.
    fn handlers(&mut self, function: &ItemFn, at: Position<'_>) {
        let (attributes, ours) = self.ours(&function.attrs, SUBSCRIBE, at);
        for (attribute, certain) in ours {
            match items::subscription(&attribute.meta, &attributes, &function.sig) {
                Some((item, span)) => {
                    let location = Location::new(at.file, span);
                    self.found.subscriptions.push(FoundItem {
                        item,
                        location,
                        certain,
                    });
                }
                None => self.found.mistaken |= certain,
            }
        }
        for (name, parse) in [
            (EVERY, ScheduleArgs::parse_every as fn(_, &mut _) -> _),
            (CRON, ScheduleArgs::parse_cron),
        ] {
            let (attributes, ours) = self.ours(&function.attrs, name, at);
            for (attribute, certain) in ours {
                match items::schedule(&attribute.meta, &attributes, &function.sig, parse) {
                    Some((item, span)) => {
                        let location = Location::new(at.file, span);
                        self.found.schedules.push(FoundItem {
                            item,
                            location,
                            certain,
                        });
                    }
                    None => self.found.mistaken |= certain,
                }
            }
        }
    }

    fn service(&mut self, item: &ItemStruct, at: Position<'_>) {
        let (attributes, ours) = self.ours(&item.attrs, SERVICE, at);
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

    /// In an `impl` or a trait, what the macro writes beside the function is refused in words about constants.
    fn block<'i>(
        &mut self,
        attributes: &[Attribute],
        place: &str,
        functions: impl Iterator<Item = (&'i [Attribute], &'i Signature)>,
        at: Position<'_>,
    ) {
        if !self.compiled.certainly(attributes) {
            return;
        }
        // Of a `self` there, the macro speaks for itself.
        for (written, _) in functions.filter(|(_, signature)| signature.receiver().is_none()) {
            for (name, noun) in HANDLERS {
                let (_, ours) = self.ours(written, name, at);
                let ours = ours.into_iter().filter(|(_, certain)| *certain);
                let problem = |(attribute, _): (Attribute, bool)| {
                    Problem::at(
                        Location::new(at.file, attribute.span()),
                        format!("{noun} is a free function: move it out of the `{place}`"),
                    )
                };
                self.found.errors.extend(ours.map(problem));
            }
        }
    }

    fn module(&mut self, module: &ItemMod, at: Position<'_>) {
        let active = self.compiled.attributes(&module.attrs);
        if active.struck || self.in_doubt(&active, at.file) {
            return;
        }
        let name = module.ident.unraw().to_string();
        let path = attributes::path(&active.attributes);
        if let Some((_, items)) = &module.content {
            let place = &at.place.inline(&name, path.as_deref());
            return self.items(items, at.file, place, at.imports);
        }
        let files = at.place.files(&name, path.as_deref());
        match files.iter().find(|(file, _)| file.is_file()) {
            Some((file, inside)) => self.file(file, inside, at.imports),
            None => {
                let what = format!("the scanner finds no file of the module `{name}`");
                self.unread(at.file, module.ident.span(), what);
                let files = files.into_iter().map(|(file, _)| file);
                self.files.missing.extend(files);
            }
        }
    }

    /// The attributes of an item, and those of them that are or may be our `name`, with whether they
    /// certainly are; none of them where the item is not compiled, or may not be.
    fn ours(
        &mut self,
        written: &[Attribute],
        name: &str,
        at: Position<'_>,
    ) -> (Vec<Attribute>, Vec<(Attribute, bool)>) {
        let active = self.compiled.attributes(written);
        let runtime = self.compiled.runtime;
        let ours = |all: &[Attribute]| {
            let origin = |one: &Attribute| at.imports.origin(one.path(), name, runtime);
            all.iter()
                .filter_map(|one| match origin(one) {
                    Origin::Ours => Some((one.clone(), true)),
                    Origin::Unknown => Some((one.clone(), false)),
                    Origin::Foreign => None,
                })
                .collect::<Vec<_>>()
        };
        let found = ours(&active.attributes);
        let doubtful = ours(&active.doubtful);
        // A condition on anything else is none of ours.
        let concerned = found.iter().chain(&doubtful).any(|(_, certain)| *certain);
        let left_out =
            active.struck || concerned && self.in_doubt(&active, at.file) || active.uncertain;
        if left_out {
            return (active.attributes, Vec::new());
        }
        for (attribute, _) in found.iter().filter(|(_, certain)| *certain) {
            let problem = self.without_crate(attribute, name, at.file);
            self.found.errors.extend(problem);
        }
        (active.attributes, found)
    }

    /// What is wrong with an attribute that does not say what the package calls the runtime.
    fn without_crate(&self, attribute: &Attribute, name: &str, file: &Path) -> Option<Problem> {
        let renamed = self.compiled.renamed.filter(|_| !self.aliased)?;
        if items::mentions_crate(&attribute.meta) {
            return None;
        }
        Some(Problem::at(
            Location::new(file, attribute.span()),
            format!(
                "`Cargo.toml` calls `hecate-om` by another name, and the attribute's code does not find it: add \
                 `crate = ::{renamed}` to `#[{name}]`"
            ),
        ))
    }

    /// Tells of the conditions that cannot be read; whether the item is left out for one.
    fn in_doubt(&mut self, active: &ActiveAttributes, file: &Path) -> bool {
        for &span in &active.unread {
            let what =
                "the scanner cannot read this condition, and takes it for one that does not hold";
            self.unread(file, span, what.to_owned());
        }
        active.uncertain
    }

    fn unread(&mut self, file: &Path, span: Span, what: String) {
        let location = Location::new(file, span);
        self.found.unread.push(Problem::at(location, what));
    }
}
