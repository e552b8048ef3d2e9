use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::snapshot::{mistakes, names, pretty};

fn expands(attribute: &TokenStream, item: &TokenStream, snapshot: &ExpectFile) {
    snapshot.assert_eq(&pretty(&expand(attribute, item)));
}

#[test]
fn a_handler_of_deliveries_receives_gaps() {
    expands(
        &quote!("acme/shop/order_placed_v1", concurrency = 4),
        &quote! {
            /// Counts orders.
            async fn placed(
                event: &FactMetadata,
                orders: &Orders,
                order: Delivery<OrderPlaced>,
            ) -> Result<(), Error> {
                orders.add(order, event).await
            }
        },
        &expect_file!["../../tests/snapshots/subscribe_receives_gaps.rs"],
    );
}

#[test]
fn a_handler_of_facts_ignores_gaps() {
    expands(
        &quote!("acme/shop/order_placed_v1", gaps = ignored),
        &quote! {
            async fn placed(order: OrderPlaced) {}
        },
        &expect_file!["../../tests/snapshots/subscribe_gaps_ignored.rs"],
    );
}

#[test]
fn a_failed_handler_is_retried_as_the_attribute_says() {
    expands(
        &quote!(
            "acme/shop/order_placed_v1",
            gaps = ignored,
            retries = 5,
            backoff = "1s..1m",
            deadline = "30s",
            order = "kept"
        ),
        &quote! {
            async fn placed(order: OrderPlaced) -> Result<(), Failure> {
                store(order).await
            }
        },
        &expect_file!["../../tests/snapshots/subscribe_retries.rs"],
    );
}

#[test]
fn without_a_topic_the_handler_has_that_of_its_facts_type() {
    expands(
        &quote!(),
        &quote! {
            async fn placed(order: Delivery<shop::OrderPlaced>) {}
        },
        &expect_file!["../../tests/snapshots/subscribe_inferred_topic.rs"],
    );
}

#[test]
fn a_fact_whose_type_has_no_topic_is_refused_without_one() {
    for fact in [
        quote!(u64),
        quote!(Vec<u8>),
        quote!((u64, u64)),
        quote!([u8; 4]),
    ] {
        let function = quote!(async fn placed(order: Delivery<#fact>) {});
        let expansion = expand(&quote!(), &function);
        let mistakes = mistakes(&expansion);
        if fact.to_string() == "u64" {
            // The compiler refuses it, because `u64` is no `Fact`.
            assert_eq!(mistakes, [""; 0]);
        } else {
            assert_eq!(mistakes.len(), 1, "{fact}");
            assert!(
                mistakes[0].contains("has no topic: write the topic"),
                "{mistakes:?}"
            );
        }
    }
}

#[test]
fn a_handler_that_ignores_gaps_silently_is_refused_with_both_remedies() {
    let expansion = expand(
        &quote!("acme/shop/order_placed_v1"),
        &quote! {
            async fn placed(order: OrderPlaced) {}
        },
    );
    let [mistake] = &mistakes(&expansion)[..] else {
        panic!("not one mistake");
    };
    assert!(
        mistake.contains("take `Delivery<OrderPlaced>`"),
        "{mistake}"
    );
    assert!(mistake.contains("add `gaps = ignored`"), "{mistake}");
    assert!(!names(&expansion, "distributed_slice"));
}

#[test]
fn every_mistake_is_reported_and_nothing_is_registered() {
    let expansion = expand(
        &quote!("acme/shop/order placed", gap = ignored),
        &quote! {
            fn placed(order: Delivery<&str>, second: String) {}
        },
    );
    assert_eq!(mistakes(&expansion).len(), 5);
    assert!(!names(&expansion, "distributed_slice"));
}

#[test]
fn an_attribute_on_another_item_is_refused_and_the_item_kept() {
    let expansion = expand(
        &quote!("acme/shop/order_placed_v1"),
        &quote!(
            struct Echo;
        ),
    );
    assert_eq!(
        mistakes(&expansion),
        ["`#[subscribe]` belongs on an `async fn` that takes the fact: move the attribute there"]
    );
    assert!(names(&expansion, "Echo"));
}

#[test]
fn a_renamed_dependency_is_used_by_its_new_name() {
    let expansion = expand(
        &quote!("acme/shop/order_placed_v1", crate = ::om),
        &quote! {
            async fn placed(shop: &Shop, order: Delivery<String>) -> Result<(), String> {}
        },
    );
    assert!(!names(&expansion, "hecate_om"), "{}", pretty(&expansion));
    assert!(names(&expansion, "om"));
}
