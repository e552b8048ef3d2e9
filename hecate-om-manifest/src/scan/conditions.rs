//! Handlers under a `cfg`, whether or not it is true: the usual cause of a difference between a
//! binary and its manifest.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hecate_om_grammar::attributes::ScheduleArgs;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, ItemFn, ItemMod, Meta, Token};

use super::files::Files;
use super::imports::{Imports, Origin};
use super::modules::ModuleFolder;
use super::{attributes, items};
use crate::model::Condition;

/// Follows the crate's modules from its root file. Skips unreadable files, which the scan reports.
pub(super) fn conditions(
    root: &Path,
    package: &str,
    runtime: &BTreeSet<String>,
    files: &mut Files,
) -> BTreeSet<Condition> {
    let mut walk = ConditionReader {
        package,
        runtime,
        files,
        open: Vec::new(),
        under: Vec::new(),
        found: BTreeSet::new(),
    };
    walk.file(root, &ModuleFolder::of_file(root), &Imports::default());
    walk.found
}

struct ConditionReader<'a> {
    package: &'a str,
    runtime: &'a BTreeSet<String>,
    files: &'a mut Files,
    /// The files on the current module path, to stop at cycles.
    open: Vec<PathBuf>,
    /// The predicates that apply at the current point.
    under: Vec<String>,
    found: BTreeSet<Condition>,
}

impl ConditionReader<'_> {
    fn file(&mut self, file: &Path, folder: &ModuleFolder, around: &Imports) {
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        if self.open.contains(&real) {
            return;
        }
        let parsed = self.files.parse(file);
        let Ok(parsed) = &*parsed else { return };
        self.open.push(real);
        self.within(&parsed.attrs, |walk| {
            walk.items(&parsed.items, folder, around);
        });
        self.open.pop();
    }

    /// Runs `work` with the predicates in `attributes` added.
    fn within(&mut self, attributes: &[Attribute], work: impl FnOnce(&mut Self)) {
        let around = self.under.len();
        self.under.extend(
            attributes
                .iter()
                .filter_map(|attribute| cfg(&attribute.meta)),
        );
        work(self);
        self.under.truncate(around);
    }

    fn items(&mut self, items: &[Item], folder: &ModuleFolder, around: &Imports) {
        let imports = Imports::of_module(items, around, self.runtime, |_| true);
        for item in items {
            match item {
                Item::Mod(module) => self.within(&module.attrs, |walk| {
                    walk.module(module, folder, &imports);
                }),
                Item::Fn(function) => self.within(&function.attrs, |walk| {
                    walk.function(function, &imports);
                }),
                _ => {}
            }
        }
    }

    fn module(&mut self, module: &ItemMod, folder: &ModuleFolder, imports: &Imports) {
        let name = module.ident.unraw().to_string();
        let attributes: Vec<Attribute> = module.attrs.iter().flat_map(unconditional).collect();
        let path = attributes::path(&attributes);
        if let Some((_, items)) = &module.content {
            return self.items(items, &folder.inline(&name, path.as_deref()), imports);
        }
        let files = folder.files(&name, path.as_deref());
        if let Some((file, inside)) = files.iter().find(|(file, _)| file.is_file()) {
            self.file(file, inside, imports);
        }
    }

    fn function(&mut self, function: &ItemFn, imports: &Imports) {
        // `cfg(test)` is never set in a service, and the scan evaluates it itself.
        if self.under.iter().any(|predicate| predicate == "test") {
            return;
        }
        for attribute in &function.attrs {
            let around = self.under.len();
            for resolved in unconditional(attribute) {
                if let Some(predicate) = cfg_attr(&attribute.meta) {
                    self.under.push(predicate);
                }
                if let (false, Some(handler)) = (
                    self.under.is_empty(),
                    self.handler(&resolved, function, imports),
                ) {
                    self.found.insert(Condition {
                        handler,
                        package: self.package.to_owned(),
                        cfg: conjunction(&self.under),
                    });
                }
                self.under.truncate(around);
            }
        }
    }

    /// Returns the handler's name, if the attribute is one of hecate-om's.
    fn handler(
        &self,
        attribute: &Attribute,
        function: &ItemFn,
        imports: &Imports,
    ) -> Option<String> {
        let (meta, signature) = (&attribute.meta, &function.sig);
        let origin = |name| imports.origin(attribute.path(), name, self.runtime);
        let is = |name| origin(name) != Origin::Foreign;
        if is("capability") {
            let declared = items::capability(meta, &[], signature)?;
            return Some(declared.capability.name);
        }
        if is("subscribe") {
            // A topic that is not written here is known only to the whole scan.
            let item = items::subscription(meta, &[], signature)?;
            return Some(item.subscription.topic).filter(|topic| !topic.is_empty());
        }
        let parse = match (is("every"), is("cron")) {
            (true, _) => ScheduleArgs::parse_every as fn(_, &mut _) -> _,
            (_, true) => ScheduleArgs::parse_cron,
            _ => return None,
        };
        let (schedule, _) = items::schedule(meta, &[], signature, parse)?;
        Some(schedule.name)
    }
}

/// Returns the predicate of a `cfg`.
fn cfg(meta: &Meta) -> Option<String> {
    let list = meta.require_list().ok()?;
    list.path.is_ident("cfg").then(|| spelt(&list.tokens))
}

/// Returns the predicate of a `cfg_attr`.
fn cfg_attr(meta: &Meta) -> Option<String> {
    let list = meta.require_list().ok()?;
    let is = list.path.is_ident("cfg_attr");
    let all = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    Some(spelt(all.ok().filter(|_| is)?.first()?))
}

/// Returns the attribute, or for a `cfg_attr` the attribute that it adds.
fn unconditional(attribute: &Attribute) -> Vec<Attribute> {
    if !attribute.path().is_ident("cfg_attr") {
        return vec![attribute.clone()];
    }
    let all = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let metas = all.into_iter().flatten().skip(1);
    let made = metas.map(|meta| Attribute {
        meta,
        ..attribute.clone()
    });
    made.collect()
}

fn conjunction(predicates: &[String]) -> String {
    match predicates {
        [predicate] => predicate.clone(),
        all => format!("all({})", all.join(", ")),
    }
}

/// Formats the predicate as in source code.
fn spelt(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    text.replace(" (", "(").replace(" ,", ",")
}
