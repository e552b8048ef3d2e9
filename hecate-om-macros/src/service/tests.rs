use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::snapshot::{mistakes, names, pretty};

fn expands(attribute: &TokenStream, item: &TokenStream, snapshot: &ExpectFile) {
    let expansion = expand(attribute, item);
    assert!(
        expansion.to_string().starts_with(&item.to_string()),
        "the struct is not first"
    );
    snapshot.assert_eq(&pretty(&expansion));
}

#[test]
fn the_smallest_service_gets_a_contract_and_a_main() {
    expands(
        &quote!(),
        &quote! {
            /// Echoes the
            /// request.
            ///
            /// All of it.
            #[derive(Default)]
            struct Echo;
        },
        &expect_file!["../../tests/snapshots/service_smallest.rs"],
    );
}

#[test]
fn every_key_is_in_the_contract() {
    expands(
        &quote!(
            name = "hecate-rag",
            version = "0.3.0",
            scope = "rag",
            description = "Retrieval.",
            permissions = ["publish_summary", "answer_query"],
            resources = ["corpora/*"],
            env = ["CARRIER_URL"],
            settings = config::RagSettings,
            layers = [audit, tenancy::tenant],
            ttl_days = 365,
            health_port = 8471,
            access =
                ucan(issuer = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
            main = false,
            crate = ::om
        ),
        &quote! {
            /// Not this.
            struct Rag {
                index: Index,
            }
        },
        &expect_file!["../../tests/snapshots/service_every_key.rs"],
    );
}

#[test]
fn a_mistake_leaves_a_contract_and_a_main() {
    expands(
        &quote!(nmae = "hecate-echo", ttl_days = 7),
        &quote! {
            struct Echo;
        },
        &expect_file!["../../tests/snapshots/service_after_a_mistake.rs"],
    );
}

#[test]
fn a_renamed_dependency_is_used_by_its_new_name() {
    let expansion = expand(
        &quote!(crate = crate::om, access = open),
        &quote!(
            struct Echo;
        ),
    );
    assert!(!names(&expansion, "hecate_om"), "{}", pretty(&expansion));
    assert!(names(&expansion, "om"));
}

#[test]
fn without_its_path_the_runtime_is_not_named() {
    let expansion = expand(
        &quote!(crate = "om"),
        &quote!(
            struct Echo;
        ),
    );
    assert_eq!(mistakes(&expansion).len(), 1);
    assert!(!names(&expansion, "hecate_om"));
    assert!(names(&expansion, "main"));
}

#[test]
fn a_mistake_in_main_leaves_main_to_the_author() {
    let expansion = expand(
        &quote!(main = no),
        &quote!(
            struct Echo;
        ),
    );
    assert_eq!(mistakes(&expansion).len(), 1);
    assert!(!names(&expansion, "main"));
    assert!(names(&expansion, "Contract"));
}

#[test]
fn an_attribute_on_another_item_is_refused_and_the_item_kept() {
    for item in [
        quote!(
            enum Echo {}
        ),
        quote!(
            fn echo() {}
        ),
        quote!(impl Echo {}),
        quote!(
            pub struct Echo<T>(T);
        ),
    ] {
        let expansion = expand(&quote!(), &item);
        assert_eq!(mistakes(&expansion).len(), 1, "{item}");
        assert!(expansion.to_string().starts_with(&item.to_string()));
        assert!(names(&expansion, "main"), "{item}");
    }
}

#[test]
fn an_annotated_main_gets_no_second_one() {
    let expansion = expand(
        &quote!(),
        &quote!(
            fn main() {}
        ),
    );
    assert_eq!(expansion.to_string().matches("fn main").count(), 1);
}

#[test]
fn fields_that_do_not_parse_are_kept() {
    let item = quote! {
        struct Echo { text: , }
    };
    let expansion = expand(&quote!(), &item).to_string();
    assert!(expansion.starts_with(&item.to_string()));
    assert!(!expansion.contains("compile_error"));
}
