//! The modules of a crate, and the paths in each of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprMethodCall, Item, ItemMod, ItemUse, Lit, Member, Meta, UseTree, Visibility,
};

use crate::Module;

/// A module of a crate.
pub(crate) struct Source {
    pub(crate) path: Module,
    pub(crate) file: PathBuf,
    /// Paths as written, with at least two segments, each with its line.
    pub(crate) paths: Vec<(Vec<String>, usize)>,
    /// Names imported by `use`, each with its path.
    pub(crate) uses: BTreeMap<String, Vec<String>>,
    /// Variable or field, and method, of each call of a method on a variable or field.
    pub(crate) method_calls: Vec<(String, String)>,
}

/// Reads the module in a file and all its submodules.
pub(crate) fn read(root: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    let folder = root.parent().expect("a file is in a folder");
    file(root, folder, &[], &mut found);
    found
}

/// `children` is the folder of the modules declared in the file.
fn file(path: &Path, children: &Path, module: &[String], found: &mut Vec<Source>) {
    let text = fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    items(&parsed.items, path, children, module, found);
}

fn items(items: &[Item], path: &Path, children: &Path, module: &[String], found: &mut Vec<Source>) {
    let mut names = Names::default();
    let mut nested = Vec::new();
    for item in items {
        match item {
            Item::Mod(item) if !only_for_tests(&item.attrs) => nested.push(item),
            Item::Mod(_) => {}
            item => names.visit_item(item),
        }
    }
    found.push(Source {
        path: module.to_owned(),
        file: path.to_owned(),
        paths: names.paths,
        uses: names.uses,
        method_calls: names.method_calls,
    });
    for item in nested {
        let mut inner = module.to_vec();
        inner.push(item.ident.to_string());
        child(item, path, children, &inner, found);
    }
}

fn child(item: &ItemMod, path: &Path, children: &Path, module: &[String], found: &mut Vec<Source>) {
    let name = item.ident.to_string();
    if let Some((_, content)) = &item.content {
        items(content, path, &children.join(&name), module, found);
        return;
    }
    if let Some(other) = path_attribute(&item.attrs) {
        let folder = path.parent().expect("a file is in a folder");
        let other = folder.join(other);
        let below = other.parent().expect("a file is in a folder").to_owned();
        file(&other, &below, module, found);
        return;
    }
    let flat = children.join(format!("{name}.rs"));
    let below = children.join(&name);
    if flat.is_file() {
        file(&flat, &below, module, found);
    } else {
        file(&below.join("mod.rs"), &below, module, found);
    }
}

/// Returns whether an item is compiled for unit tests only: `#[cfg(test)]` or `#[cfg(all(test,
/// …))]`.
fn only_for_tests(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        _ => false,
    })
}

fn path_attribute(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

#[derive(Default)]
struct Names {
    paths: Vec<(Vec<String>, usize)>,
    uses: BTreeMap<String, Vec<String>>,
    method_calls: Vec<(String, String)>,
}

impl Names {
    fn tree(&mut self, tree: &UseTree, before: &[String], line: usize) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident), line),
            UseTree::Name(name) if name.ident == "self" => self.import(before, before, line),
            UseTree::Name(name) => self.import(&with(&name.ident), &with(&name.ident), line),
            UseTree::Rename(rename) => {
                let target = if rename.ident == "self" {
                    before.to_vec()
                } else {
                    with(&rename.ident)
                };
                self.import(&target, &[rename.rename.to_string()], line);
            }
            UseTree::Glob(_) => self.paths.push((before.to_vec(), line)),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before, line_of(tree));
                }
            }
        }
    }

    fn import(&mut self, target: &[String], name: &[String], line: usize) {
        self.paths.push((target.to_vec(), line));
        if let Some(name) = name.last() {
            self.uses.insert(name.clone(), target.to_vec());
        }
    }

    /// Finds calls of methods in the arguments of a macro.
    fn calls_in_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for window in tokens.windows(4) {
            if let [
                TokenTree::Ident(receiver),
                TokenTree::Punct(dot),
                TokenTree::Ident(method),
                TokenTree::Group(_),
            ] = window
                && dot.as_char() == '.'
            {
                let call = (receiver.to_string(), method.to_string());
                self.method_calls.push(call);
            }
        }
        for token in tokens {
            if let TokenTree::Group(group) = token {
                self.calls_in_tokens(group.stream());
            }
        }
    }

    /// Finds paths in the arguments of a macro, which need not be Rust syntax.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut line = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.end(&mut path, line);
                    }
                    line = name.span().start().line;
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end(&mut path, line);
                    colons = 0;
                    self.tokens(group.stream());
                }
                _ => {
                    self.end(&mut path, line);
                    colons = 0;
                }
            }
        }
        self.end(&mut path, line);
    }

    fn end(&mut self, path: &mut Vec<String>, line: usize) {
        if path.len() > 1 {
            self.paths.push((path.clone(), line));
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.tree(&item.tree, &[], line_of(&item.tree));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let names = path.segments.iter().map(|s| s.ident.to_string());
            self.paths.push((names.collect(), line_of(path)));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_path(self, &call.path);
        self.tokens(call.tokens.clone());
        self.calls_in_tokens(call.tokens.clone());
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if let Some(receiver) = name_of(&call.receiver) {
            self.method_calls.push((receiver, call.method.to_string()));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    /// `pub(in path)` is not an import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !only_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }
}

/// Returns the name of a variable or field.
fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Expr::Field(field) => match &field.member {
            Member::Named(name) => Some(name.to_string()),
            Member::Unnamed(_) => None,
        },
        Expr::Reference(reference) => name_of(&reference.expr),
        _ => None,
    }
}

fn line_of(node: &impl Spanned) -> usize {
    node.span().start().line
}
