//! Rules for the signatures of handlers.

use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{
    Error, FnArg, Lifetime, ReturnType, Safety, Signature, Type, TypeImplTrait, TypeReference,
};

use super::errors::Errors;
use super::stream::{self, OpaqueType};
use super::types::unparenthesized;

/// Checks the signature of a capability.
pub(super) fn check(signature: &Signature, errors: &mut Errors) {
    let (mut payload, mut inbound) = (None, None);
    for argument in argument_types(signature, "a capability", errors) {
        check_argument(argument, &mut payload, &mut inbound, errors);
    }
    if let ReturnType::Type(_, output) = &signature.output {
        check_output(output, errors);
    }
}

/// Checks the qualifiers of a handler of any kind, which error messages call `noun`.
fn qualifiers(signature: &Signature, noun: &str, errors: &mut Errors) {
    let name = &signature.ident;
    if signature.asyncness.is_none() {
        errors.push(Error::new_spanned(
            signature.fn_token,
            format!(
                "{noun} must be an `async fn`, because many calls share each thread: write `async fn {name}`"
            ),
        ));
    }
    if let Some(constness) = &signature.constness {
        refuse(
            errors,
            constness,
            format!("{noun} cannot be `const`: remove `const`"),
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        refuse(
            errors,
            token,
            format!(
                "{noun} cannot be `unsafe`, because its input comes from the mesh: remove `unsafe`"
            ),
        );
    }
    if let Some(abi) = &signature.abi {
        refuse(
            errors,
            abi,
            format!("{noun} is called from Rust: remove `extern`"),
        );
    }
}

/// Refuses generic parameters.
fn generics(signature: &Signature, noun: &str, errors: &mut Errors) {
    let generics = &signature.generics;
    if let Some(first) = generics.params.first() {
        let repair = if generics.type_params().next().is_none()
            && generics.const_params().next().is_none()
        {
            "remove the lifetimes, `&Type` is enough"
        } else {
            "use concrete types"
        };
        refuse(
            errors,
            first,
            format!("{noun} cannot be generic, because it is registered once: {repair}"),
        );
    }
    if generics.params.is_empty()
        && let Some(clause) = &generics.where_clause
    {
        refuse(
            errors,
            clause,
            format!("{noun} has no generic parameters to constrain: remove `where`"),
        );
    }
}

/// Returns the types of the arguments, and checks the rules for handlers of any kind.
pub(super) fn argument_types<'s>(
    signature: &'s Signature,
    noun: &str,
    errors: &mut Errors,
) -> impl Iterator<Item = &'s Type> + use<'s> {
    qualifiers(signature, noun, errors);
    generics(signature, noun, errors);
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => refuse(
                errors,
                receiver,
                format!(
                    "{noun} is a free function, without `self`: take the service as an argument `&Type`"
                ),
            ),
            FnArg::Typed(argument) => {
                if let Some(attribute) = argument.attrs.first() {
                    refuse(
                        errors,
                        attribute,
                        format!(
                            "the arguments of {noun} take no attributes: move this one to the function"
                        ),
                    );
                }
            }
        }
    }
    if let Some(variadic) = &signature.variadic {
        refuse(
            errors,
            variadic,
            format!("{noun} cannot be variadic: remove `...`"),
        );
    }
    signature
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(&*argument.ty),
            FnArg::Receiver(_) => None,
        })
}

fn check_argument<'a>(
    argument: &'a Type,
    payload: &mut Option<&'a Type>,
    inbound: &mut Option<&'a Type>,
    errors: &mut Errors,
) {
    match unparenthesized(argument) {
        Type::Reference(reference) => check_reference(reference, errors),
        of if stream::inbound(of).is_some() => check_inbound(of, inbound, errors),
        of if payload.is_none() => {
            *payload = Some(of);
            check_payload(of, errors);
        }
        of => refuse(
            errors,
            of,
            "a call has one payload, so a capability takes one owned argument: put both into one struct, or take \
             state as `&Type`",
        ),
    }
}

fn check_inbound<'a>(of: &'a Type, before: &mut Option<&'a Type>, errors: &mut Errors) {
    match stream::inbound(of).flatten() {
        _ if before.replace(of).is_some() => refuse(
            errors,
            of,
            "a caller sends one stream of items, so a capability takes one `Inbound<…>`: make the items an `enum`",
        ),
        Some(item) => check_payload(item, errors),
        None => refuse(
            errors,
            of,
            "the type of the items is missing: write `Inbound<T>`",
        ),
    }
}

pub(super) fn check_reference(reference: &TypeReference, errors: &mut Errors) {
    if stream::inbound(&reference.elem).is_some() {
        return refuse(
            errors,
            reference,
            "a reference borrows state, but the items belong to the call: take `Inbound<T>`",
        );
    }
    if let Some(token) = &reference.mutability {
        let of = &reference.elem;
        errors.push(Error::new_spanned(
            quote!(#token),
            format!(
                "handlers run concurrently and share their state: borrow it as `&{of}`, and wrap what changes in a \
                 `Mutex` or an atomic",
                of = super::type_name(of)
            ),
        ));
    }
    // The function declares any other lifetime, and is refused as generic.
    if let Some(lifetime) = &reference.lifetime
        && lifetime.ident == "static"
    {
        refuse(
            errors,
            lifetime,
            "a handler borrows its state for one call: write `&Type`",
        );
    }
    let owned = match unparenthesized(&reference.elem) {
        Type::Path(of) if of.path.is_ident("str") => "`String`",
        Type::Slice(_) => "`Vec<…>`",
        Type::TraitObject(_) | Type::ImplTrait(_) => {
            return refuse(
                errors,
                &reference.elem,
                "state is identified by its concrete type: take `&Type`, and wrap the trait object in that type",
            );
        }
        _ => return,
    };
    refuse(
        errors,
        reference,
        format!("a reference borrows state, but a payload is owned: take {owned}"),
    );
}

pub(super) fn check_payload(payload: &Type, errors: &mut Errors) {
    let refused = Refused::find(payload);
    if let Some(of) = refused.opaque {
        refuse(
            errors,
            of,
            "a payload is decoded into a concrete type, so `impl Trait` cannot be used: name the type",
        );
    } else if let Some(borrow) = refused.borrow {
        refuse(
            errors,
            borrow,
            "a payload cannot borrow: use an owned type, `String` for `&str`, `Vec<T>` for `&[T]`",
        );
    }
}

fn check_output(output: &Type, errors: &mut Errors) {
    match stream::opaque(output) {
        Some((_, OpaqueType::Stream(item))) => return check_response(item, errors),
        Some((opaque, OpaqueType::NoItem)) => {
            return refuse(
                errors,
                opaque,
                "the type of the items is missing: write `impl Stream<Item = T>`",
            );
        }
        Some((_, OpaqueType::NoStream)) | None => {}
    }
    check_response(output, errors);
}

fn check_response(output: &Type, errors: &mut Errors) {
    let refused = Refused::find(output);
    if let Some(of) = refused.opaque {
        refuse(
            errors,
            of,
            "the manifest contains the type of a response, so `impl Trait` cannot be used: name the type, or write \
             `impl Stream<Item = T>` for a stream",
        );
    } else if let Some(borrow) = refused.borrow {
        refuse(
            errors,
            borrow,
            "a response outlives the arguments of the handler and cannot borrow from them: return an owned type",
        );
    }
}

/// The parts of a type that neither a payload nor a response may have.
#[derive(Default)]
struct Refused<'ast> {
    /// The first `impl Trait`.
    opaque: Option<&'ast TypeImplTrait>,
    /// The first reference with an elided lifetime, or `'_`.
    borrow: Option<proc_macro2::TokenStream>,
}

impl<'ast> Refused<'ast> {
    fn find(of: &'ast Type) -> Self {
        let mut refused = Self::default();
        refused.visit_type(of);
        refused
    }
}

impl<'ast> Visit<'ast> for Refused<'ast> {
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
