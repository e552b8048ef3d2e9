//! The source of one crate, followed from its root file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, ImplItem, Item, ItemFn, ItemImpl, ItemMod, ItemStruct};

use super::actions::{Action, actions};
use super::attributes::{self, Compiled, InForce};
use super::handlers::Found;
use super::imports::Imports;
use super::items::{self, Declared, Service};
use super::modules::Place;
use super::report::{Location, Problem};
use crate::grammar::ScheduleArgs;
use crate::model::Capability;

const CAPABILITY: &str = "capability";
const SERVICE: &str = "hecate_service";
const SUBSCRIBE: &str = "subscribe";
const EVERY: &str = "every";
const CRON: &str = "cron";

/// What the source of one crate declares.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The structs with `#[hecate_service]`.
    pub(super) services: Vec<(Service, Location)>,
    /// The functions with `#[capability]`.
    pub(super) capabilities: Vec<(Capability, Location)>,
    /// The functions with `#[subscribe]`, `#[every]` and `#[cron]`.
    pub(super) handlers: Found,
    /// The actions that calls name.
    pub(super) actions: Vec<Action>,
    /// What the compiler would refuse without saying why.
    pub(super) errors: Vec<Problem>,
    /// What could not be read, though the compiler may well do it.
    pub(super) unread: Vec<Problem>,
    /// Whether an attribute with a mistake was left out; the macro reports it.
    pub(super) mistaken: bool,
}

/// The files of a scan.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Those that were read.
    pub(super) read: BTreeSet<PathBuf>,
    /// Those that were looked for and are not there.
    pub(super) missing: BTreeSet<PathBuf>,
}

impl Source {
    /// Follows the modules of a crate from its root file; every file looked for is added to `files`.
    pub(super) fn follow(root: &Path, compiled: Compiled<'_>, files: &mut Files) -> Self {
        let mut walk = Walk {
            compiled,
            files,
            open: Vec::new(),
            found: Self::default(),
        };
        walk.file(root, &Place::of_root(root));
        walk.found
    }
}

struct Walk<'a> {
    compiled: Compiled<'a>,
    files: &'a mut Files,
    /// The files around the present point, which a module may not lead back into.
    open: Vec<PathBuf>,
    found: Source,
}

/// The present point in a file.
#[derive(Clone, Copy)]
struct At<'a> {
    file: &'a Path,
    imports: &'a Imports,
    place: &'a Place,
}

impl Walk<'_> {
    fn file(&mut self, file: &Path, place: &Place) {
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        if self.open.contains(&real) {
            return;
        }
        self.files.read.insert(file.to_owned());
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                let what = format!("cannot read `{}`: {error}", file.display());
                return self.found.unread.push(Problem::new(what));
            }
        };
        let parsed = match syn::parse_file(&text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let what = format!(
                    "the scanner does not understand this file from here on: {error}; if the \
                     compiler does, its syntax is newer than the scanner"
                );
                return self.unread(file, error.span(), what);
            }
        };
        let in_force = self.compiled.attributes(&parsed.attrs);
        if in_force.struck || self.in_doubt(&in_force, file) {
            return;
        }
        let mut imports = Imports::default();
        self.import(&mut imports, &parsed.items);
        self.open.push(real);
        let imports = &imports;
        self.items(
            &parsed.items,
            At {
                file,
                imports,
                place,
            },
        );
        self.open.pop();
    }

    fn import(&self, imports: &mut Imports, items: &[Item]) {
        imports.extend(items, |item| {
            let in_force = self.compiled.attributes(&item.attrs);
            !in_force.struck && !in_force.uncertain
        });
    }

    fn items(&mut self, items: &[Item], at: At<'_>) {
        for item in items {
            let actions = actions(item, self.compiled, at.file);
            self.found.actions.extend(actions);
            match item {
                Item::Mod(module) => self.module(module, at),
                Item::Fn(function) => self.function(function, at),
                Item::Struct(item) => self.service(item, at),
                Item::Impl(block) => self.block(block, at),
                _ => {}
            }
        }
    }

    fn function(&mut self, function: &ItemFn, at: At<'_>) {
        let (attributes, ours) = self.ours(&function.attrs, CAPABILITY, at);
        for attribute in ours {
            match items::capability(&attribute.meta, &attributes, &function.sig) {
                Some(Declared { capability, name }) => {
                    let location = Location::new(at.file, name);
                    self.found.capabilities.push((capability, location));
                }
                None => self.found.mistaken = true,
            }
        }
        self.handlers(function, at);
    }

    /// What the service calls of its own accord.
    fn handlers(&mut self, function: &ItemFn, at: At<'_>) {
        let (attributes, ours) = self.ours(&function.attrs, SUBSCRIBE, at);
        for attribute in ours {
            match items::subscription(&attribute.meta, &attributes, &function.sig) {
                Some((one, span)) => {
                    let location = Location::new(at.file, span);
                    self.found.handlers.subscriptions.push((one, location));
                }
                None => self.found.mistaken = true,
            }
        }
        for (name, parse) in [
            (EVERY, ScheduleArgs::parse_every as fn(_, &mut _) -> _),
            (CRON, ScheduleArgs::parse_cron),
        ] {
            let (attributes, ours) = self.ours(&function.attrs, name, at);
            for attribute in ours {
                match items::schedule(&attribute.meta, &attributes, &function.sig, parse) {
                    Some((one, span)) => {
                        let location = Location::new(at.file, span);
                        self.found.handlers.schedules.push((one, location));
                    }
                    None => self.found.mistaken = true,
                }
            }
        }
    }

    fn service(&mut self, item: &ItemStruct, at: At<'_>) {
        let (attributes, ours) = self.ours(&item.attrs, SERVICE, at);
        for attribute in ours {
            let (service, sound) = items::service(&attribute.meta, &attributes);
            self.found.mistaken |= !sound;
            let location = Location::new(at.file, attribute.span());
            self.found.services.push((service, location));
        }
    }

    /// In an `impl`, what the macro writes beside the function is refused in words about constants.
    fn block(&mut self, block: &ItemImpl, at: At<'_>) {
        let in_force = self.compiled.attributes(&block.attrs);
        if in_force.struck || in_force.uncertain {
            return;
        }
        for item in &block.items {
            let ImplItem::Fn(function) = item else {
                continue;
            };
            // Of a `self` there, the macro speaks for itself.
            if function.sig.receiver().is_some() {
                continue;
            }
            for (name, noun) in [
                (CAPABILITY, "a capability"),
                (SUBSCRIBE, "a subscription's handler"),
                (EVERY, "a scheduled function"),
                (CRON, "a scheduled function"),
            ] {
                let (_, ours) = self.ours(&function.attrs, name, at);
                let problem = |attribute: &Attribute| {
                    Problem::at(
                        Location::new(at.file, attribute.span()),
                        format!("{noun} is a free function: move it out of the `impl`"),
                    )
                };
                self.found.errors.extend(ours.iter().map(problem));
            }
        }
    }

    fn module(&mut self, module: &ItemMod, at: At<'_>) {
        let in_force = self.compiled.attributes(&module.attrs);
        if in_force.struck || self.in_doubt(&in_force, at.file) {
            return;
        }
        let name = module.ident.unraw().to_string();
        let path = attributes::path(&in_force.attributes);
        if let Some((_, items)) = &module.content {
            let place = &at.place.inline(&name, path.as_deref());
            let mut imports = at.imports.clone();
            self.import(&mut imports, items);
            let imports = &imports;
            return self.items(
                items,
                At {
                    place,
                    imports,
                    ..at
                },
            );
        }
        let files = at.place.files(&name, path.as_deref());
        match files.iter().find(|(file, _)| file.is_file()) {
            Some((file, inside)) => self.file(file, inside),
            None => {
                let what = format!("the scanner finds no file of the module `{name}`");
                self.unread(at.file, module.ident.span(), what);
                let files = files.into_iter().map(|(file, _)| file);
                self.files.missing.extend(files);
            }
        }
    }

    /// The attributes of an item, and those of them that are our `name`; none of them where the item
    /// is not compiled, or may not be.
    fn ours(
        &mut self,
        written: &[Attribute],
        name: &str,
        at: At<'_>,
    ) -> (Vec<Attribute>, Vec<Attribute>) {
        let in_force = self.compiled.attributes(written);
        let is_ours = |attribute: &&Attribute| {
            let runtime = self.compiled.runtime;
            at.imports.means(attribute.path(), name, runtime)
        };
        let ours: Vec<Attribute> = in_force
            .attributes
            .iter()
            .filter(is_ours)
            .cloned()
            .collect();
        let concerned = !ours.is_empty() || in_force.doubtful.iter().any(|one| is_ours(&one));
        // A condition on anything else is none of ours.
        if in_force.struck || !concerned || self.in_doubt(&in_force, at.file) {
            return (in_force.attributes, Vec::new());
        }
        (in_force.attributes, ours)
    }

    /// Tells of the conditions that cannot be read; whether the item is left out for one.
    fn in_doubt(&mut self, in_force: &InForce, file: &Path) -> bool {
        for &span in &in_force.unread {
            let what =
                "the scanner cannot read this condition, and takes it for one that does not hold";
            self.unread(file, span, what.to_owned());
        }
        in_force.uncertain
    }

    fn unread(&mut self, file: &Path, span: Span, what: String) {
        let location = Location::new(file, span);
        self.found.unread.push(Problem::at(location, what));
    }
}
