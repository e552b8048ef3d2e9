//! The actions that calls name: `mesh.procedure("org/name").action("publish_summary")`.
//!
//! An action is read only where it is certain to be one: as text written out, in a chain of calls that
//! begins, further in, with `.procedure(…)`. Whatever else has a method `action` is left alone, and what
//! is computed the runtime holds against the declaration at the call.

use std::path::Path;

use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Expr, ExprMethodCall, FieldValue, ImplItem, Item, Lit, Local, Stmt, TraitItem,
};

use super::attributes::Compiled;
use super::report::{Location, Problem};
use crate::grammar::nearest;

/// An action that a call names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) location: Location,
}

impl Action {
    /// What is wrong with it where the service declares only `declared`.
    pub(super) fn undeclared(&self, declared: &[String]) -> Option<Problem> {
        let name = &self.name;
        if declared.contains(name) {
            return None;
        }
        let others = match declared {
            [] => "none".to_owned(),
            _ => format!("`{}`", declared.join("`, `")),
        };
        let hint = nearest(name, declared.iter().map(String::as_str))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Some(Problem::at(
            self.location.clone(),
            format!(
                "the action `{name}` is not among the `actions` of `#[hecate_service]` (declared: \
                 {others}){hint}; the realm grants no other, so the call would be refused: declare it \
                 there, or name a declared one here"
            ),
        ))
    }
}

/// The actions in the code of an item that is compiled, the modules in it left out.
pub(super) fn actions(item: &Item, compiled: Compiled<'_>, file: &Path) -> Vec<Action> {
    let mut search = Search {
        compiled,
        file,
        around: Vec::new(),
        found: Vec::new(),
    };
    search.visit_item(item);
    search.found
}

struct Search<'a, 'ast> {
    compiled: Compiled<'a>,
    file: &'a Path,
    /// What stands around the present point and may be struck out by a `cfg`.
    around: Vec<Around<'ast>>,
    found: Vec<Action>,
}

/// Something with attributes. They are looked at only where an action is found in it.
#[derive(Clone, Copy)]
enum Around<'ast> {
    Item(&'ast Item),
    Stmt(&'ast Stmt),
    Attributes(&'ast [Attribute]),
}

impl Around<'_> {
    fn attributes(self) -> Vec<Attribute> {
        let tokens = match self {
            Self::Attributes(attributes) => return attributes.to_vec(),
            // Whichever node of the statement the parser gave them to, they are written first.
            Self::Stmt(stmt) => stmt.to_token_stream(),
            Self::Item(item) => item.to_token_stream(),
        };
        let leading = |input: ParseStream<'_>| {
            let attributes = Attribute::parse_outer(input)?;
            input.parse::<proc_macro2::TokenStream>()?;
            Ok(attributes)
        };
        leading.parse2(tokens).unwrap_or_default()
    }
}

impl<'ast> Search<'_, 'ast> {
    fn within(&mut self, around: Around<'ast>, visit: impl FnOnce(&mut Self)) {
        self.around.push(around);
        visit(self);
        self.around.pop();
    }

    /// Whether the present point is certain to be compiled.
    fn is_compiled(&self) -> bool {
        self.around.iter().all(|around| {
            let in_force = self.compiled.attributes(&around.attributes());
            !in_force.struck && !in_force.uncertain
        })
    }
}

impl<'ast> Visit<'ast> for Search<'_, 'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        // The walk comes to the modules of a crate by itself; one inside a function it does not enter.
        if !matches!(item, Item::Mod(_)) || !self.around.is_empty() {
            self.within(Around::Item(item), |search| visit::visit_item(search, item));
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Fn(function) => &function.attrs,
            ImplItem::Const(constant) => &constant.attrs,
            _ => return,
        };
        self.within(Around::Attributes(attributes), |search| {
            visit::visit_impl_item(search, item);
        });
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let TraitItem::Fn(function) = item else {
            return;
        };
        self.within(Around::Attributes(&function.attrs), |search| {
            visit::visit_trait_item(search, item);
        });
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        self.within(Around::Stmt(stmt), |search| visit::visit_stmt(search, stmt));
    }

    fn visit_local(&mut self, local: &'ast Local) {
        self.within(Around::Attributes(&local.attrs), |search| {
            visit::visit_local(search, local);
        });
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.within(Around::Attributes(&arm.attrs), |search| {
            visit::visit_arm(search, arm);
        });
    }

    fn visit_field_value(&mut self, field: &'ast FieldValue) {
        self.within(Around::Attributes(&field.attrs), |search| {
            visit::visit_field_value(search, field);
        });
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if let Some(literal) = action_of(call)
            && is_of_procedure(&call.receiver)
            && self.is_compiled()
        {
            self.found.push(Action {
                name: literal.value(),
                location: Location::new(self.file, literal.span()),
            });
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// The text in `….action("text")`.
fn action_of(call: &ExprMethodCall) -> Option<&syn::LitStr> {
    if call.method != "action" || call.args.len() != 1 {
        return None;
    }
    match call.args.first().map(bare)? {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a chain of method calls begins, further in, with `.procedure(…)`.
fn is_of_procedure(receiver: &Expr) -> bool {
    let mut receiver = bare(receiver);
    while let Expr::MethodCall(call) = receiver {
        if call.method == "procedure" && !call.args.is_empty() {
            return true;
        }
        receiver = bare(&call.receiver);
    }
    false
}

/// The expression without what does not make it another value.
fn bare(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Paren(inner) => &inner.expr,
            Expr::Group(inner) => &inner.expr,
            other => return other,
        };
    }
}
