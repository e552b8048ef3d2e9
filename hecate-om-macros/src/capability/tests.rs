use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::snapshot::{mistakes, names, pretty};

fn expands(attribute: &TokenStream, item: &TokenStream, snapshot: &ExpectFile) {
    let expansion = expand(attribute, item);
    let before = quote!(#[allow(clippy::unused_async)] #item).to_string();
    assert!(
        expansion.to_string().starts_with(&before),
        "the function is not first, or not as it was"
    );
    snapshot.assert_eq(&pretty(&expansion));
}

#[test]
fn the_smallest_capability_is_registered() {
    expands(
        &quote!("echo.ping"),
        &quote! {
            async fn ping() {}
        },
        &expect_file!["../../tests/snapshots/capability_smallest.rs"],
    );
}

#[test]
fn a_payload_is_decoded_and_the_response_encoded() {
    expands(
        &quote!("echo.say", version = 2),
        &quote! {
            /// Echoes the request.
            ///
            /// All of it.
            pub(crate) async fn say(text: Vec<(u8, String)>) -> String {
                text[0].1
            }
        },
        &expect_file!["../../tests/snapshots/capability_payload.rs"],
    );
}

#[test]
fn state_and_the_call_are_borrowed_and_a_refusal_is_returned() {
    expands(
        &quote!("rag.embed"),
        &quote! {
            async fn embed(index: &Index, request: Request, call: &Call) -> Result<Embedded, Refusal> {
                index.embed(request, call).await
            }
        },
        &expect_file!["../../tests/snapshots/capability_state_call_and_refusal.rs"],
    );
}

#[test]
fn lists_of_nodes_are_registered() {
    let node = "ab".repeat(32);
    expands(
        &quote!("echo.ping", access = nodes(#node)),
        &quote! {
            async fn ping() {}
        },
        &expect_file!["../../tests/snapshots/capability_nodes.rs"],
    );
    let expansion = expand(
        &quote!("echo.ping", access = nodes(setting("ECHO_PARTNERS"))),
        &quote!(
            async fn ping() {}
        ),
    );
    let text = pretty(&expansion);
    assert!(text.contains("Access::NodesFrom"), "{text}");
    assert!(
        text.contains("const GATED: ::core::primitive::bool = false;"),
        "{text}"
    );
}

#[test]
fn layers_are_registered_with_their_paths() {
    expands(
        &quote!("echo.ping", layers = [audit, crate::tenancy::tenant]),
        &quote! {
            async fn ping() {}
        },
        &expect_file!["../../tests/snapshots/capability_layers.rs"],
    );
}

#[test]
fn each_kind_of_stream_is_registered() {
    expands(
        &quote!("rag.scan"),
        &quote! {
            async fn scan(index: &Index, word: String) -> Result<impl Stream<Item = Chunk>, Refusal> {
                index.scan(word)
            }
        },
        &expect_file!["../../tests/snapshots/capability_server_streaming.rs"],
    );
    expands(
        &quote!("numbers.sum"),
        &quote! {
            async fn sum(mut numbers: Inbound<u64>) -> Result<u64, Refusal> {
                add(&mut numbers).await
            }
        },
        &expect_file!["../../tests/snapshots/capability_client_streaming.rs"],
    );
    expands(
        &quote!("echo.chat"),
        &quote! {
            async fn chat(name: String, words: Inbound<Word>) -> impl Stream<Item = Result<Word, Gone>> + Send {
                words.map(Ok)
            }
        },
        &expect_file!["../../tests/snapshots/capability_bidirectional.rs"],
    );
}

#[test]
fn access_and_limits_are_registered() {
    expands(
        &quote!(
            "rag.embed",
            access = realm_member("embed"),
            max_bytes = "1 MiB",
            timeout = "10s",
            concurrency = 64
        ),
        &quote! {
            async fn embed() {}
        },
        &expect_file!["../../tests/snapshots/capability_access_and_limits.rs"],
    );
}

#[test]
fn the_limits_of_the_guard_are_registered() {
    expands(
        &quote!(
            "rag.embed",
            queue = 16,
            window = "10s",
            per_caller_max = 60,
            global_max = 600,
            max_distinct_callers = 32,
            confidential = required,
            idempotent
        ),
        &quote! {
            async fn embed() {}
        },
        &expect_file!["../../tests/snapshots/capability_guard.rs"],
    );
}

#[test]
fn the_window_of_repeats_is_registered() {
    expands(
        &quote!("shop.order", dedupe = disk("10m")),
        &quote! {
            async fn order() {}
        },
        &expect_file!["../../tests/snapshots/capability_dedupe.rs"],
    );
}

#[test]
fn a_deprecation_notice_is_registered() {
    expands(
        &quote!("echo.say", deprecated(since = "0.3.0", use = "echo.say version 2")),
        &quote! {
            async fn say() {}
        },
        &expect_file!["../../tests/snapshots/capability_deprecated_on_the_mesh.rs"],
    );
}

#[test]
fn a_deprecated_function_is_registered_without_a_warning() {
    expands(
        &quote!("echo.say"),
        &quote! {
            #[deprecated]
            async fn say() {}
        },
        &expect_file!["../../tests/snapshots/capability_deprecated.rs"],
    );
}

#[test]
fn a_renamed_dependency_is_used_by_its_new_name() {
    let expansion = expand(
        &quote!("echo.say", crate = ::om, access = open),
        &quote! {
            async fn say(echo: &Echo, text: String) -> Result<String, Refusal> {}
        },
    );
    assert!(!names(&expansion, "hecate_om"), "{}", pretty(&expansion));
    assert!(names(&expansion, "om"));
}

#[test]
fn every_mistake_is_reported_and_nothing_is_registered() {
    let expansion = expand(
        &quote!("echo.say", verison = 2),
        &quote! {
            fn say(text: &str) {}
        },
    );
    assert_eq!(mistakes(&expansion).len(), 3);
    assert!(names(&expansion, "say"));
    assert!(!names(&expansion, "distributed_slice"));
}

#[test]
fn a_body_that_does_not_parse_is_kept() {
    let item = quote! {
        async fn say(text: String) -> String { text. }
    };
    let expansion = expand(&quote!("echo.say"), &item).to_string();
    assert!(expansion.contains(&item.to_string()));
    assert!(expansion.contains("distributed_slice"));
    assert!(!expansion.contains("compile_error"));
}

#[test]
fn an_attribute_on_another_item_is_refused_and_the_item_kept() {
    let expansion = expand(
        &quote!("echo.say"),
        &quote!(
            struct Echo;
        ),
    );
    assert_eq!(
        mistakes(&expansion),
        ["`#[capability]` belongs on an `async fn`: move the attribute there"]
    );
    assert!(names(&expansion, "Echo"));
}

#[test]
fn the_type_has_the_name_that_the_attribute_gives_it() {
    let ping = quote!(
        pub async fn ping() {}
    );
    let named = pretty(&expand(&quote!("echo.ping", as = Ping), &ping));
    assert!(
        named.contains("pub enum Ping {}") && !named.contains("enum ping"),
        "{named}"
    );
    let versions = quote! {
        #[capability("echo.ping")]
        pub async fn ping() {}
    };
    let named = pretty(&expand(
        &quote!("echo.ping", version = 2, as = Ping),
        &versions,
    ));
    assert!(named.contains("pub enum Ping {}"), "{named}");
}

#[test]
fn no_type_hides_a_primitive_type_or_a_standard_crate() {
    for name in ["str", "u8", "bool", "core", "std"] {
        let ident = quote::format_ident!("{name}");
        let expansion = expand(&quote!("echo.ping"), &quote!(pub async fn #ident() {}));
        assert!(
            !pretty(&expansion).contains(&format!("enum {name}")),
            "{name}"
        );
        assert_eq!(mistakes(&expansion), [""; 0]);
    }
}

#[test]
fn an_output_that_borrows_is_one_error() {
    for (output, readable) in [
        ("&str", "&'static str"),
        ("Option<&[u8]>", "Option<&'static [u8]>"),
        ("Cow<'_, str>", "Cow<'static, str>"),
        (
            "Result<&mut str, Refusal>",
            "Result<&'static mut str, Refusal>",
        ),
    ] {
        let item = format!("async fn say(text: String) -> {output} {{ \"\" }}");
        let expansion = expand(&quote!("echo.say"), &item.parse().unwrap());
        assert_eq!(mistakes(&expansion).len(), 1, "{output}");
        assert!(pretty(&expansion).contains(readable), "{output}");
    }
    // Here the compiler has nothing to add.
    let item = quote! {
        async fn say(echo: &Echo) -> &str {}
    };
    let expansion = expand(&quote!("echo.say"), &item);
    assert!(expansion.to_string().contains(&item.to_string()));
}
