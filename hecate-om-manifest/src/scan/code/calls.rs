//! Calls on a `Mesh`: their permissions and procedures.
//!
//! A `Mesh` is recognized by its type if it is an argument, otherwise by its name: `mesh`,
//! `self.mesh`, `boot.mesh()`, or a variable with such a value. A chain that starts with
//! `.procedure("org/name")` is always a call.

use hecate_om_grammar::names::is_procedure;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprCall, ExprMethodCall, ExprPath, Ident, LitStr, Member};

use super::super::expressions::{bare, literal, split};
use super::super::imports::Origin;
use super::super::permissions::{PermissionName, PermissionUse};
use super::super::report::{Location, Problem};
use super::CodeVisitor;

impl CodeVisitor<'_, '_> {
    /// Adds the permission of a call.
    pub(super) fn permission(&mut self, call: &ExprMethodCall) {
        let Some(argument) = call.args.first() else {
            return;
        };
        let name = match (literal(argument), bare(argument)) {
            (Some(text), _) => PermissionName::Text(text.value()),
            (None, Expr::Path(path)) => match self.constant_of_crate(path) {
                Some(name) => PermissionName::Constant(name),
                None => return,
            },
            _ => return,
        };
        if self.is_call(&call.receiver) && self.is_compiled() {
            self.found.permissions.push(PermissionUse {
                name,
                location: Location::new(self.file, argument.span()),
            });
        }
    }

    /// Adds an error if `text` is not a procedure.
    pub(super) fn procedure(&mut self, text: &LitStr) {
        let name = text.value();
        if !is_procedure(&name) && self.is_compiled() {
            let location = Location::new(self.file, text.span());
            self.found.errors.push(Problem::at(
                location,
                format!("`{name}` is not a procedure: write `<org>/<name>`, as in `hecate-echo/echo.say`"),
            ));
        }
    }

    /// Adds a constant.
    pub(super) fn constant(&mut self, ident: &Ident, value: &Expr) {
        let text = literal(value).map(LitStr::value);
        self.found.constants.push((ident.to_string(), text));
    }

    /// Returns the name of the constant that a path refers to, if it is of this crate.
    fn constant_of_crate(&self, path: &ExprPath) -> Option<String> {
        let name = path.path.segments.last()?.ident.to_string();
        let looks_constant = name.chars().all(|c| !c.is_lowercase());
        let imports = self.scopes.last()?;
        (looks_constant && imports.is_of_crate(&path.path)).then_some(name)
    }

    /// Returns whether an expression has the type `Mesh`.
    pub(super) fn is_certain_mesh(&self, receiver: &Expr) -> bool {
        let (Expr::Path(receiver), Some(function)) = (bare(receiver), self.functions.last()) else {
            return false;
        };
        let mut meshes = function.meshes.iter();
        meshes.any(|mesh| receiver.path.is_ident(mesh))
    }

    /// Returns whether an expression is a `Mesh` by its type or its name.
    pub(super) fn is_mesh(&self, value: &Expr) -> bool {
        match bare(value) {
            Expr::Reference(of) => self.is_mesh(&of.expr),
            Expr::Field(field) => {
                matches!(&field.member, Member::Named(name) if name == "mesh")
            }
            Expr::MethodCall(call) if call.args.is_empty() => {
                call.method == "mesh" || call.method == "clone" && self.is_mesh(&call.receiver)
            }
            Expr::Path(path) => {
                let function = self.functions.last();
                path.path.is_ident("mesh")
                    || self.is_certain_mesh(value)
                    || function.is_some_and(|function| {
                        let mut likely = function.likely_meshes.iter();
                        likely.any(|mesh| path.path.is_ident(mesh))
                    })
            }
            _ => false,
        }
    }

    /// Returns whether a chain of method calls starts with a call on a `Mesh`.
    pub(super) fn is_call(&self, receiver: &Expr) -> bool {
        let mut receiver = bare(receiver);
        loop {
            receiver = match receiver {
                Expr::MethodCall(call) => match self.starts_call(call) {
                    Some(starts) => return starts,
                    None => bare(&call.receiver),
                },
                Expr::Call(call) => return self.is_call_by_path(call),
                Expr::Path(path) => {
                    let known = self.functions.last().map(|function| &function.calls);
                    return known
                        .is_some_and(|known| known.iter().any(|name| path.path.is_ident(name)));
                }
                _ => return false,
            };
        }
    }

    /// Returns whether a method call starts a call on a `Mesh`; `None` if its name is another.
    fn starts_call(&self, call: &ExprMethodCall) -> Option<bool> {
        let first = call.args.first()?;
        if call.method == "procedure" {
            let names_one = literal(first).is_some_and(|text| is_procedure(&text.value()));
            return Some(names_one || self.is_mesh(&call.receiver));
        }
        let one_type = call
            .turbofish
            .as_ref()
            .is_some_and(|turbofish| turbofish.args.len() == 1);
        let by_type = one_type && (call.method == "call" || call.method == "open");
        by_type.then(|| self.is_mesh(&call.receiver))
    }

    /// Returns whether this is `Mesh::call::<…>(mesh, …)` or alike.
    fn is_call_by_path(&self, call: &ExprCall) -> bool {
        let Expr::Path(function) = bare(&call.func) else {
            return false;
        };
        let Some((of, method)) = split(&function.path) else {
            return false;
        };
        ["procedure", "call", "open"]
            .iter()
            .any(|name| method == name)
            && self.origin(&of, "Mesh") == Origin::Ours
    }
}
