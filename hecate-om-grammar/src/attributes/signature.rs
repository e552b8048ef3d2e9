//! The rules a handler's signature must follow, each with its reason and its repair.

use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{
    Error, FnArg, Lifetime, PatType, ReturnType, Safety, Signature, Type, TypeImplTrait,
    TypeReference,
};

use super::errors::Errors;
use super::stream::{self, Opaque};
use super::types::unparenthesized;

/// Adds one error for every rule that `signature` breaks.
pub(super) fn check(signature: &Signature, errors: &mut Errors) {
    qualifiers(signature, "a capability", errors);
    generics(signature, "a capability", errors);
    let (mut payload, mut inbound) = (None, None);
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => errors.push(Error::new_spanned(
                receiver,
                "a capability is a free function and takes no `self`: take the service as `&Type`, \
                 in an argument of its own",
            )),
            FnArg::Typed(argument) => {
                check_argument(argument, &mut payload, &mut inbound, errors);
            }
        }
    }
    if let Some(variadic) = &signature.variadic {
        refuse(
            errors,
            variadic,
            "a capability takes a fixed list of arguments: remove `...`",
        );
    }
    if let ReturnType::Type(_, output) = &signature.output {
        check_output(output, errors);
    }
}

/// The rules of what the service calls by itself, whatever makes it do so: `noun` says what it is.
pub(super) fn qualifiers(signature: &Signature, noun: &str, errors: &mut Errors) {
    let name = &signature.ident;
    if signature.asyncness.is_none() {
        errors.push(Error::new_spanned(
            signature.fn_token,
            format!(
                "{noun} must be an `async fn`, because many calls share each thread of the \
                 service: write `async fn {name}`"
            ),
        ));
    }
    if let Some(constness) = &signature.constness {
        refuse(
            errors,
            constness,
            format!("{noun} runs on every call and cannot be `const`: remove `const`"),
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        refuse(
            errors,
            token,
            format!(
                "{noun} is called with whatever arrives from the mesh and cannot be `unsafe`: \
                 remove `unsafe`"
            ),
        );
    }
    if let Some(abi) = &signature.abi {
        refuse(
            errors,
            abi,
            format!("{noun} is called by the service, from Rust: remove `extern`"),
        );
    }
}

/// The rule that there is one of it.
pub(super) fn generics(signature: &Signature, noun: &str, errors: &mut Errors) {
    let generics = &signature.generics;
    if let Some(first) = generics.params.first() {
        let repair = if generics.type_params().next().is_none()
            && generics.const_params().next().is_none()
        {
            "leave the lifetimes out, `&Type` is enough"
        } else {
            "write the types out"
        };
        refuse(
            errors,
            first,
            format!("{noun} is registered once, under one name, and cannot be generic: {repair}"),
        );
    }
    if generics.params.is_empty()
        && let Some(clause) = &generics.where_clause
    {
        refuse(
            errors,
            clause,
            format!("{noun} is not generic, so there is nothing to constrain: remove `where`"),
        );
    }
}

fn check_argument<'a>(
    argument: &'a PatType,
    payload: &mut Option<&'a Type>,
    inbound: &mut Option<&'a Type>,
    errors: &mut Errors,
) {
    if let Some(attribute) = argument.attrs.first() {
        refuse(
            errors,
            attribute,
            "the arguments of a capability are part of its manifest and take no attributes: put it \
             on the function",
        );
    }
    match unparenthesized(&argument.ty) {
        Type::Reference(reference) => check_reference(reference, errors),
        of if stream::inbound(of).is_some() => check_inbound(of, inbound, errors),
        of if payload.is_none() => {
            *payload = Some(of);
            check_payload(of, errors);
        }
        of => refuse(
            errors,
            of,
            "a call carries one payload, so a capability takes one owned argument: put both into one \
             struct, or take state as `&Type`",
        ),
    }
}

fn check_inbound<'a>(of: &'a Type, before: &mut Option<&'a Type>, errors: &mut Errors) {
    match stream::inbound(of).flatten() {
        _ if before.replace(of).is_some() => refuse(
            errors,
            of,
            "a caller sends one stream of items, so a capability takes one `Inbound<…>`: make the items \
             an `enum`",
        ),
        Some(item) => check_payload(item, errors),
        None => refuse(
            errors,
            of,
            "the manifest names what the caller sends: write the type of the items, `Inbound<T>`",
        ),
    }
}

pub(super) fn check_reference(reference: &TypeReference, errors: &mut Errors) {
    if stream::inbound(&reference.elem).is_some() {
        return refuse(
            errors,
            reference,
            "a reference means state, and the items of a caller are the call's own: take `Inbound<T>`",
        );
    }
    if let Some(token) = &reference.mutability {
        let of = &reference.elem;
        errors.push(Error::new_spanned(
            quote!(#token),
            format!(
                "handlers run at the same time and share their state, so it is borrowed as `&{of}`: \
                 remove `mut`, and put what changes behind a `Mutex` or an atomic",
                of = super::type_name(of)
            ),
        ));
    }
    // A lifetime of any other name was declared by the function, which is told for being generic.
    if let Some(lifetime) = &reference.lifetime
        && lifetime.ident == "static"
    {
        refuse(
            errors,
            lifetime,
            "a handler borrows its state for the length of a call: write `&Type`",
        );
    }
    let owned = match unparenthesized(&reference.elem) {
        Type::Path(of) if of.path.is_ident("str") => "`String`",
        Type::Slice(_) => "`Vec<…>`",
        Type::TraitObject(_) | Type::ImplTrait(_) => {
            return refuse(
                errors,
                &reference.elem,
                "state is found by its concrete type, which a trait does not tell: take `&Type`, and \
                 keep a trait object inside of it",
            );
        }
        _ => return,
    };
    refuse(
        errors,
        reference,
        format!("a payload is owned by its call, and a reference means state: take {owned}"),
    );
}

pub(super) fn check_payload(payload: &Type, errors: &mut Errors) {
    let seen = Seen::within(payload);
    if let Some(of) = seen.opaque {
        refuse(
            errors,
            of,
            "a payload is decoded into one concrete type, which `impl Trait` does not name: write \
             the type out",
        );
    } else if let Some(borrow) = seen.borrow {
        refuse(
            errors,
            borrow,
            "a payload is owned by its call and cannot borrow: use an owned type, `String` for `&str`, \
             `Vec<T>` for `&[T]`",
        );
    }
}

fn check_output(output: &Type, errors: &mut Errors) {
    match stream::opaque(output) {
        Some((_, Opaque::Stream(item))) => return check_response(item, errors),
        Some((opaque, Opaque::NoItem)) => {
            return refuse(
                errors,
                opaque,
                "the manifest names what a stream brings: write the type of the items, \
                 `impl Stream<Item = T>`",
            );
        }
        Some((_, Opaque::NoStream)) | None => {}
    }
    check_response(output, errors);
}

fn check_response(output: &Type, errors: &mut Errors) {
    let seen = Seen::within(output);
    if let Some(of) = seen.opaque {
        refuse(
            errors,
            of,
            "the type of a response is named in the manifest, which `impl Trait` does not do: write \
             the type out, or, for a stream, `impl Stream<Item = T>`",
        );
    } else if let Some(borrow) = seen.borrow {
        refuse(
            errors,
            borrow,
            "a response outlives the call that made it and cannot borrow from its arguments: return \
             an owned type",
        );
    }
}

/// What stands anywhere within a type that neither a payload nor a response may have.
#[derive(Default)]
struct Seen<'ast> {
    /// The first `impl Trait`.
    opaque: Option<&'ast TypeImplTrait>,
    /// The first reference or lifetime without a name.
    borrow: Option<proc_macro2::TokenStream>,
}

impl<'ast> Seen<'ast> {
    fn within(of: &'ast Type) -> Self {
        let mut seen = Self::default();
        seen.visit_type(of);
        seen
    }
}

impl<'ast> Visit<'ast> for Seen<'ast> {
    fn visit_type_impl_trait(&mut self, of: &'ast TypeImplTrait) {
        self.opaque.get_or_insert(of);
    }

    fn visit_type_reference(&mut self, of: &'ast TypeReference) {
        if of.lifetime.is_none() {
            self.borrow.get_or_insert_with(|| of.to_token_stream());
        }
        visit::visit_type_reference(self, of);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident == "_" {
            self.borrow
                .get_or_insert_with(|| lifetime.to_token_stream());
        }
    }
}

fn refuse(errors: &mut Errors, at: impl ToTokens, why: impl std::fmt::Display) {
    errors.push(Error::new_spanned(at, why));
}
