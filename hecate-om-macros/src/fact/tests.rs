use expect_test::expect_file;
use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::snapshot::{mistakes, names, pretty};

fn expand_placed(item: &TokenStream) -> TokenStream {
    expand(&quote!("acme/shop/order_placed_v1"), item)
}

#[test]
fn a_fact_has_its_topic_and_is_registered() {
    let expansion = expand_placed(&quote! {
        /// An order was placed.
        #[derive(Serialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct OrderPlaced {
            order: u64,
        }
    });
    expect_file!["../../tests/snapshots/fact.rs"].assert_eq(&pretty(&expansion));
}

#[test]
fn a_fact_that_cannot_grow_is_refused_and_the_struct_kept() {
    for (item, why) in [
        (
            quote!(
                #[serde(rename_all = "camelCase", deny_unknown_fields)]
                struct Placed {}
            ),
            "remove `deny_unknown_fields`",
        ),
        (
            quote!(
                #[schemars(deny_unknown_fields)]
                struct Placed {}
            ),
            "remove `deny_unknown_fields`",
        ),
        (
            quote!(
                #[serde(transparent)]
                struct Placed {
                    order: u64,
                }
            ),
            "remove `transparent`",
        ),
        (
            quote!(
                struct Placed(u64);
            ),
            "a struct with named fields",
        ),
        (
            quote!(
                struct Placed;
            ),
            "a struct with named fields",
        ),
        (
            quote!(
                enum Placed {}
            ),
            "a struct with named fields",
        ),
        (
            quote!(
                fn placed() {}
            ),
            "a struct with named fields",
        ),
        (
            quote!(
                struct Placed<'a> {
                    note: &'a str,
                }
            ),
            "cannot be generic",
        ),
    ] {
        let expansion = expand_placed(&item);
        let [mistake] = &mistakes(&expansion)[..] else {
            panic!("not one mistake: {item}");
        };
        assert!(mistake.contains(why), "{mistake}");
        assert!(expansion.to_string().starts_with(&item.to_string()));
        assert!(!names(&expansion, "distributed_slice"), "{item}");
    }
}

#[test]
fn a_missing_or_invalid_topic_is_refused() {
    for (attribute, why) in [
        (quote!(), "a fact needs a topic: write"),
        (quote!(PLACED), "must be a string literal: write `#[fact("),
        (quote!("acme/shop/order_placed"), "_v1"),
        (
            quote!("acme/x_v1", gaps = ignored),
            "it is a key of `#[subscribe]`",
        ),
    ] {
        let expansion = expand(
            &attribute,
            &quote!(
                struct Placed {}
            ),
        );
        let [mistake] = &mistakes(&expansion)[..] else {
            panic!("not one mistake: {attribute}");
        };
        assert!(mistake.contains(why), "{mistake}");
    }
}

#[test]
fn a_renamed_dependency_is_used_by_its_new_name() {
    let attribute = quote!("acme/shop/order_placed_v1", crate = ::om);
    let expansion = expand(
        &attribute,
        &quote!(
            struct Placed {}
        ),
    );
    assert!(!names(&expansion, "hecate_om"), "{}", pretty(&expansion));
    assert!(names(&expansion, "om"));
}

#[test]
fn fields_that_do_not_parse_are_kept() {
    let item = quote! {
        struct Placed { order: , }
    };
    let expansion = expand_placed(&item).to_string();
    assert!(expansion.starts_with(&item.to_string()));
    assert!(!expansion.contains("compile_error"));
}
