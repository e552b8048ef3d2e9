//! Scan of function bodies: permissions of calls, topics of published facts, and handlers that
//! cannot be in the manifest.
//!
//! Only certain cases are checked: a permission that is a literal or a constant of the crate, in a
//! chain of calls on a `Mesh` (see [`calls`]), and a topic or procedure that is a literal, passed
//! to a `Mesh` that is an argument of the function. The runtime checks the others.

mod calls;

use std::borrow::Cow;
use std::path::Path;

use hecate_om_grammar::names::Topic;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Block, Expr, ExprCall, ExprMethodCall, FieldValue, FnArg, ImplItem, Item,
    ItemFn, LitStr, Local, Macro, PatIdent, Signature, Stmt, Token, TraitItem, Type,
};

use super::attributes::{Compiled, HANDLERS};
use super::expressions::{bare, literal, mentions, split, variable};
use super::imports::{Imports, Origin};
use super::permissions::PermissionUse;
use super::report::{Location, Problem};

/// Contents of the code of an item.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) permissions: Vec<PermissionUse>,
    /// The constants, with the values of string literals.
    pub(super) constants: Vec<(String, Option<String>)>,
    /// Mistakes that no macro reports.
    pub(super) errors: Vec<Problem>,
}

/// Reads the code of an item in the scope `imports`, without nested modules.
pub(super) fn read(item: &Item, compiled: Compiled<'_>, imports: &Imports, file: &Path) -> Code {
    let mut search = CodeVisitor {
        compiled,
        file,
        scopes: vec![Cow::Borrowed(imports)],
        functions: Vec::new(),
        around: Vec::new(),
        found: Code::default(),
    };
    search.visit_item(item);
    search.found
}

struct CodeVisitor<'a, 'ast> {
    compiled: Compiled<'a>,
    file: &'a Path,
    /// The names in scope, innermost last.
    scopes: Vec<Cow<'a, Imports>>,
    /// The enclosing functions, innermost last.
    functions: Vec<Variables>,
    /// Nodes around the current one, outermost first. A `cfg` on any of them may remove it.
    around: Vec<Enclosing<'ast>>,
    found: Code,
}

/// The known variables of a function.
#[derive(Debug, Clone, Default)]
struct Variables {
    /// Variables of the type `Mesh`.
    meshes: Vec<String>,
    /// Variables that are probably a `Mesh`, judged by their value.
    likely_meshes: Vec<String>,
    /// Variables with a call that is not yet sent.
    calls: Vec<String>,
}

/// A node with attributes, which are evaluated only if needed.
#[derive(Clone, Copy)]
enum Enclosing<'ast> {
    Item(&'ast Item),
    Stmt(&'ast Stmt),
    Attributes(&'ast [Attribute]),
}

impl Enclosing<'_> {
    fn attributes(self) -> Vec<Attribute> {
        let tokens = match self {
            Self::Attributes(attributes) => return attributes.to_vec(),
            // Attributes come first in the tokens, whatever node the parser attached them to.
            Self::Stmt(stmt) => stmt.to_token_stream(),
            Self::Item(item) => item.to_token_stream(),
        };
        let leading = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            input.parse::<TokenStream>()?;
            Ok(attributes)
        };
        leading.parse2(tokens).unwrap_or_default()
    }
}

impl<'ast> CodeVisitor<'_, 'ast> {
    fn within(&mut self, around: Enclosing<'ast>, visit: impl FnOnce(&mut Self)) {
        self.around.push(around);
        visit(self);
        self.around.pop();
    }

    fn within_function(&mut self, signature: &Signature, visit: impl FnOnce(&mut Self)) {
        let meshes = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(input) if self.is(&input.ty, "Mesh") => variable(&input.pat),
            _ => None,
        });
        let function = Variables {
            meshes: meshes.collect(),
            ..Variables::default()
        };
        self.functions.push(function);
        visit(self);
        self.functions.pop();
    }

    /// Returns whether the current node is certainly compiled.
    fn is_compiled(&self) -> bool {
        self.around.iter().all(|around| {
            let active = self.compiled.attributes(&around.attributes());
            let is_test = active.attributes.iter().any(|attribute| {
                let last = attribute.path().segments.last();
                last.is_some_and(|last| last.ident == "test")
            });
            !active.removed && !active.uncertain && (self.compiled.test || !is_test)
        })
    }

    fn origin(&self, path: &syn::Path, name: &str) -> Origin {
        self.scopes.last().map_or(Origin::Foreign, |imports| {
            imports.origin(path, name, self.compiled.runtime)
        })
    }

    /// Returns whether a type is `name` of the runtime, or a reference to it.
    fn is(&self, of: &Type, name: &str) -> bool {
        match of {
            Type::Reference(reference) => self.is(&reference.elem, name),
            Type::Paren(inner) => self.is(&inner.elem, name),
            Type::Path(of) => self.origin(&of.path, name) == Origin::Ours,
            _ => false,
        }
    }

    /// Adds an error if `text` is not a topic.
    fn topic(&mut self, text: &LitStr) {
        if let Err(why) = text.value().parse::<Topic>()
            && self.is_compiled()
        {
            let location = Location::new(self.file, text.span());
            let problem = Problem::at(location, why.to_string());
            self.found.errors.push(problem);
        }
    }

    /// Adds an error if a function in a block is a handler.
    fn nested(&mut self, function: &ItemFn) {
        for attribute in &function.attrs {
            for (name, noun) in HANDLERS {
                if self.origin(attribute.path(), name) == Origin::Ours && self.is_compiled() {
                    let location = Location::new(self.file, attribute.span());
                    self.found.errors.push(Problem::at(
                        location,
                        format!(
                            "{noun} in a block cannot be in the manifest: move `{}` out of the enclosing function or constant, \
                             into the module",
                            function.sig.ident
                        ),
                    ));
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for CodeVisitor<'_, 'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Const(constant) = item {
            self.constant(&constant.ident, &constant.expr);
        }
        let Item::Mod(module) = item else {
            return self.within(Enclosing::Item(item), |search| {
                visit::visit_item(search, item)
            });
        };
        // Modules outside of functions are read separately.
        if let (false, Some((_, items)), Some(scope)) =
            (self.around.is_empty(), &module.content, self.scopes.last())
        {
            let is_compiled = |attributes: &[Attribute]| self.compiled.is_certain(attributes);
            let imports = Imports::of_module(items, scope, self.compiled.runtime, is_compiled);
            self.scopes.push(Cow::Owned(imports));
            self.within(Enclosing::Item(item), |search| {
                visit::visit_item(search, item)
            });
            self.scopes.pop();
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        // A function of a module is enclosed only by itself.
        if self.around.len() > 1 {
            self.nested(function);
        }
        self.within_function(&function.sig, |search| {
            visit::visit_item_fn(search, function)
        });
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Fn(function) => &function.attrs,
            ImplItem::Const(constant) => {
                self.constant(&constant.ident, &constant.expr);
                &constant.attrs
            }
            _ => return,
        };
        self.within(Enclosing::Attributes(attributes), |search| match item {
            ImplItem::Fn(function) => search.within_function(&function.sig, |search| {
                visit::visit_impl_item(search, item);
            }),
            _ => visit::visit_impl_item(search, item),
        });
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let TraitItem::Fn(function) = item else {
            return;
        };
        self.within(Enclosing::Attributes(&function.attrs), |search| {
            search.within_function(&function.sig, |search| {
                visit::visit_trait_item(search, item);
            });
        });
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let items = || {
            block.stmts.iter().filter_map(|stmt| match stmt {
                Stmt::Item(item) => Some(item),
                _ => None,
            })
        };
        let scope = items().next().and_then(|_| {
            let is_compiled = |attributes: &[Attribute]| self.compiled.is_certain(attributes);
            let around = self.scopes.last()?;
            let runtime = self.compiled.runtime;
            Some(Imports::of_block(items(), around, runtime, is_compiled))
        });
        let inner = scope.is_some();
        self.scopes.extend(scope.map(Cow::Owned));
        visit::visit_block(self, block);
        if inner {
            self.scopes.pop();
        }
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        self.within(Enclosing::Stmt(stmt), |search| {
            visit::visit_stmt(search, stmt)
        });
    }

    fn visit_local(&mut self, local: &'ast Local) {
        let value = local.init.as_ref().map(|init| &*init.expr);
        let is_call = value.is_some_and(|value| self.is_call(value));
        let is_mesh = value.is_some_and(|value| self.is_mesh(value));
        self.within(Enclosing::Attributes(&local.attrs), |search| {
            visit::visit_local(search, local);
        });
        if let (Some(name), Some(function)) = (variable(&local.pat), self.functions.last_mut()) {
            if is_call {
                function.calls.push(name);
            } else if is_mesh {
                function.likely_meshes.push(name);
            }
        }
    }

    /// A pattern shadows a known variable.
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        if let Some(function) = self.functions.last_mut() {
            function.calls.retain(|name| pattern.ident != name);
            function.meshes.retain(|name| pattern.ident != name);
            function.likely_meshes.retain(|name| pattern.ident != name);
        }
        visit::visit_pat_ident(self, pattern);
    }

    /// The arguments are already known.
    fn visit_signature(&mut self, _: &'ast Signature) {}

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.within(Enclosing::Attributes(&arm.attrs), |search| {
            visit::visit_arm(search, arm);
        });
    }

    fn visit_field_value(&mut self, field: &'ast FieldValue) {
        self.within(Enclosing::Attributes(&field.attrs), |search| {
            visit::visit_field_value(search, field);
        });
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "permission" && call.args.len() == 1 {
            self.permission(call);
        } else if let Some(text) = call.args.first().and_then(literal)
            && self.is_certain_mesh(&call.receiver)
        {
            if call.method == "topic" {
                self.topic(text);
            } else if call.method == "procedure" {
                self.procedure(text);
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = bare(&call.func)
            && let Some((of, method)) = split(&function.path)
        {
            if method == "new"
                && let Some(text) = call.args.first().and_then(literal)
                && self.origin(&of, "Subscription") == Origin::Ours
            {
                self.topic(text);
            } else if method == "procedure"
                && let Some(text) = call.args.iter().nth(1).and_then(literal)
                && self.origin(&of, "Mesh") == Origin::Ours
            {
                self.procedure(text);
            }
        }
        visit::visit_expr_call(self, call);
    }

    /// Visits the arguments of `join!(…)`, `vec![…]` and other macros that take expressions.
    fn visit_macro(&mut self, invoked: &'ast Macro) {
        if !mentions(invoked.tokens.clone()) || !self.is_compiled() {
            return;
        }
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        let Ok(arguments) = arguments.parse2(invoked.tokens.clone()) else {
            return;
        };
        let mut search = CodeVisitor {
            compiled: self.compiled,
            file: self.file,
            scopes: self.scopes.clone(),
            functions: self.functions.clone(),
            around: Vec::new(),
            found: Code::default(),
        };
        arguments
            .iter()
            .for_each(|argument| search.visit_expr(argument));
        self.found.permissions.append(&mut search.found.permissions);
        self.found.constants.append(&mut search.found.constants);
        self.found.errors.append(&mut search.found.errors);
    }
}
