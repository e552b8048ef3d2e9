//! `#[derive(Settings)]`.

#[cfg(test)]
mod tests;

use hecate_om_grammar::attributes::{
    Errors, SettingField, SettingsEnum, SettingsItem, SettingsStruct,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Type};

use crate::value::{Runtime, option};

/// Returns the implementation of `Settings` for a struct, and of `SettingValue` for an enum; after
/// a mistake, only the errors.
pub(crate) fn expand(item: &TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item.clone()) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::new();
    let item = SettingsItem::read(&input, &mut errors);
    let errors = errors.into_compile_error();
    let implementation = item.map(|item| match item {
        SettingsItem::Struct(item) => settings(&item),
        SettingsItem::Enum(item) => value(&item),
    });
    quote!(#errors #implementation)
}

fn settings(item: &SettingsStruct) -> TokenStream {
    let SettingsStruct { ident, fields, .. } = item;
    let private = Runtime::new(item.crate_path.as_ref()).private();
    let prefix = option(item.prefix.as_ref().map(|prefix| &prefix.value));
    let listed = fields.iter().map(|field| listed(field, &private));
    let count = fields.len();
    let read = fields.iter().enumerate().map(|(index, field)| {
        let (local, ty) = (local(index), &field.ty);
        let reader = if field.nested {
            quote!(group)
        } else {
            quote!(value)
        };
        quote_spanned! {at(ty)=>
            let #local = reader.#reader::<#ty>(&<Self as #private::Settings>::FIELDS[#index]);
        }
    });
    let set = fields.iter().enumerate().map(|(index, field)| {
        let (local, name) = (local(index), &field.ident);
        quote!(#name: #local?)
    });
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #private::Settings for #ident {
                const PREFIX: ::core::option::Option<&'static ::core::primitive::str> = #prefix;
                const FIELDS: &'static [#private::SettingField] = {
                    const FIELDS: [#private::SettingField; #count] = [#(#listed),*];
                    &FIELDS
                };

                fn read(
                    reader: &mut #private::SettingsReader<'_>,
                ) -> ::core::option::Option<Self> {
                    #(#read)*
                    ::core::option::Option::Some(Self { #(#set),* })
                }
            }
        };
    }
}

/// Returns the variable of the expansion with the value of a field.
fn local(index: usize) -> Ident {
    format_ident!("field_{index}", span = Span::mixed_site())
}

/// Returns the entry of a field. Errors about its type are at the type.
fn listed(field: &SettingField, private: &TokenStream) -> TokenStream {
    let SettingField { ty, doc, .. } = field;
    let name = field.name();
    let at_type = at(ty);
    if field.nested {
        return quote_spanned!(at_type=> #private::SettingField::group::<#ty>(#name, #doc));
    }
    let default = option(field.default.as_ref());
    let (is_secret, is_optional) = (field.is_secret(), field.is_optional());
    let reloaded = field.reload.then(|| quote!(.reloaded()));
    quote_spanned! {at_type=>
        #private::SettingField::value::<#ty>(
            #name,
            #doc,
            #default,
            #private::WrittenType { is_secret: #is_secret, is_optional: #is_optional },
        )
        #reloaded
    }
}

/// Returns the location of a type, with the hygiene of the expansion.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

fn value(item: &SettingsEnum) -> TokenStream {
    let SettingsEnum {
        ident, variants, ..
    } = item;
    let private = Runtime::new(item.crate_path.as_ref()).private();
    let values = variants.iter().map(|variant| {
        let (name, value) = (&variant.ident, &variant.value);
        quote!((#value, Self::#name))
    });
    let names = variants.iter().map(|variant| &variant.value);
    quote! {
        const _: () = {
            #[automatically_derived]
            impl #private::SettingValue for #ident {
                fn form() -> #private::String {
                    #private::choice_form(&[#(#names),*])
                }

                fn parse(
                    text: &::core::primitive::str,
                ) -> ::core::result::Result<Self, #private::String> {
                    #private::choice(text, [#(#values),*])
                }
            }
        };
    }
}
