use expect_test::{Expect, expect};
use syn::Signature;

use super::render;
use crate::Kind;
use crate::attributes::{Errors, Handler, HandlerInput, OutputForm};

fn read(signature: &str) -> Handler {
    let signature: Signature = syn::parse_str(signature).unwrap();
    let mut errors = Errors::new();
    let handler = Handler::read(&signature, &mut errors);
    assert_eq!(render(errors), "");
    handler.unwrap()
}

fn refused(signature: &str, expected: &Expect) {
    let parsed: Signature = syn::parse_str(signature).unwrap();
    let mut errors = Errors::new();
    assert!(
        Handler::read(&parsed, &mut errors).is_none(),
        "accepted {signature}"
    );
    expected.assert_eq(&render(errors));
}

#[test]
fn a_handler_may_take_and_return_nothing() {
    let handler = read("async fn ping()");
    assert!(handler.inputs.is_empty());
    assert_eq!(handler.request_name(), None);
    assert_eq!(handler.response_name(), "()");
}

#[test]
fn arguments_come_in_any_order() {
    let handler = read(
        "async fn embed(index: &Index, call: &hecate_om::Call, Request { text, .. }: Request, \
         log: &'_ Log) -> Result<Embedded, Refusal>",
    );
    let [
        HandlerInput::State(_),
        HandlerInput::Call,
        HandlerInput::Payload(_),
        HandlerInput::State(_),
    ] = &handler.inputs[..]
    else {
        panic!("{:?}", handler.inputs);
    };
    assert_eq!(handler.request_name().as_deref(), Some("Request"));
    assert_eq!(handler.response_name(), "Embedded");
    assert!(handler.error.is_some());
}

#[test]
fn the_response_is_the_success_type_of_a_result() {
    for (output, response) in [
        ("String", "String"),
        ("std::result::Result<Vec<u8>, Refusal>", "Vec<u8>"),
        ("Result<()>", "()"),
        ("Option<&'static str>", "Option<&'static str>"),
    ] {
        assert_eq!(
            read(&format!("async fn f() -> {output}")).response_name(),
            response
        );
    }
}

#[test]
fn a_handler_must_be_async() {
    refused(
        "fn say(text: String) -> String",
        &expect![[r#"
            fn
                a capability must be an `async fn`, because many calls share each thread: write `async fn say`
        "#]],
    );
}

#[test]
fn a_handler_takes_no_self() {
    refused(
        "async fn say(&self, text: String) -> String",
        &expect![[r#"
            &self
                a capability is a free function, without `self`: take the service as an argument `&Type`
        "#]],
    );
}

#[test]
fn a_handler_is_not_generic() {
    refused(
        "async fn say<T: Send>(text: T) where T: Sync",
        &expect![[r#"
            T: Send
                a capability cannot be generic, because it is registered once: use concrete types
        "#]],
    );
    refused(
        "async fn say<'a>(index: &'a Index)",
        &expect![[r#"
            'a
                a capability cannot be generic, because it is registered once: remove the lifetimes, `&Type` is enough
        "#]],
    );
}

#[test]
fn a_handler_has_no_qualifiers() {
    refused(
        "const async unsafe extern \"C\" fn say()",
        &expect![[r#"
            const
                a capability cannot be `const`: remove `const`
            unsafe
                a capability cannot be `unsafe`, because its input comes from the mesh: remove `unsafe`
            extern "C"
                a capability is called from Rust: remove `extern`
        "#]],
    );
}

#[test]
fn a_handler_takes_one_payload() {
    refused(
        "async fn say(one: String, two: u8, three: bool)",
        &expect![[r#"
            u8
                a call has one payload, so a capability takes one owned argument: put both into one struct, or take state as `&Type`
            bool
                a call has one payload, so a capability takes one owned argument: put both into one struct, or take state as `&Type`
        "#]],
    );
}

#[test]
fn arguments_take_no_attributes() {
    refused(
        "async fn say(#[cfg(loud)] text: String)",
        &expect![[r#"
            #[cfg(loud)]
                the arguments of a capability take no attributes: move this one to the function
        "#]],
    );
}

#[test]
fn state_is_shared() {
    refused(
        "async fn say(index: &mut Index<u8>)",
        &expect![[r#"
            mut
                handlers run concurrently and share their state: borrow it as `&Index<u8>`, and wrap what changes in a `Mutex` or an atomic
        "#]],
    );
    refused(
        "async fn say(index: &'static Index)",
        &expect![[r#"
            'static
                a handler borrows its state for one call: write `&Type`
        "#]],
    );
    refused(
        "async fn say(index: &dyn Search)",
        &expect![[r#"
            dyn Search
                state is identified by its concrete type: take `&Type`, and wrap the trait object in that type
        "#]],
    );
}

#[test]
fn a_payload_is_owned_and_concrete() {
    refused(
        "async fn say(text: &str)",
        &expect![[r#"
            &str
                a reference borrows state, but a payload is owned: take `String`
        "#]],
    );
    refused(
        "async fn say(bytes: &[u8])",
        &expect![[r#"
            &[u8]
                a reference borrows state, but a payload is owned: take `Vec<…>`
        "#]],
    );
    refused(
        "async fn say(text: Option<&str>)",
        &expect![[r#"
            &str
                a payload cannot borrow: use an owned type, `String` for `&str`, `Vec<T>` for `&[T]`
        "#]],
    );
    refused(
        "async fn say(text: Cow<'_, str>)",
        &expect![[r#"
            '_
                a payload cannot borrow: use an owned type, `String` for `&str`, `Vec<T>` for `&[T]`
        "#]],
    );
    refused(
        "async fn say(text: impl Into<String>)",
        &expect![[r#"
            impl Into<String>
                a payload is decoded into a concrete type, so `impl Trait` cannot be used: name the type
        "#]],
    );
}

#[test]
fn a_response_is_owned_and_concrete() {
    refused(
        "async fn say(index: &Index) -> &str",
        &expect![[r#"
            &str
                a response outlives the arguments of the handler and cannot borrow from them: return an owned type
        "#]],
    );
    refused(
        "async fn say() -> Result<impl Serialize, Refusal>",
        &expect![[r#"
            impl Serialize
                the manifest contains the type of a response, so `impl Trait` cannot be used: name the type, or write `impl Stream<Item = T>` for a stream
        "#]],
    );
}

#[test]
fn a_stream_is_recognized_by_its_bound_and_its_items_are_the_response() {
    let kinds = [
        (
            "() -> impl Stream<Item = Chunk>",
            Kind::ServerStreaming,
            false,
        ),
        (
            "() -> impl hecate_om::stream::Stream<Item = Result<Chunk, Gone>> + Send + use<'_>",
            Kind::ServerStreaming,
            true,
        ),
        (
            "() -> Result<impl Stream<Item = Chunk>, Gone>",
            Kind::ServerStreaming,
            false,
        ),
        (
            "() -> BoxStream<'static, Chunk>",
            Kind::ServerStreaming,
            false,
        ),
        (
            "() -> futures::stream::BoxStream<'_, Chunk>",
            Kind::ServerStreaming,
            false,
        ),
        (
            "() -> Pin<Box<dyn Stream<Item = Chunk> + Send + '_>>",
            Kind::ServerStreaming,
            false,
        ),
        (
            "() -> Result<BoxStream<'_, Chunk>>",
            Kind::ServerStreaming,
            false,
        ),
        (
            "(items: Inbound<Item>) -> Chunk",
            Kind::ClientStreaming,
            false,
        ),
        (
            "(first: First, items: hecate_om::stream::Inbound<Item>) -> impl Stream<Item = Chunk>",
            Kind::Bidirectional,
            false,
        ),
        ("() -> Chunk", Kind::Unary, false),
    ];
    for (signature, kind, fails) in kinds {
        let handler = read(&format!("async fn f{signature}"));
        assert_eq!(handler.kind(), kind, "{signature}");
        assert_eq!(handler.response_name(), "Chunk", "{signature}");
        assert_eq!(handler.error.is_some(), fails, "{signature}");
        let inbound = signature.contains("Inbound").then_some("Item");
        assert_eq!(handler.inbound_name().as_deref(), inbound, "{signature}");
    }
    let refusable = read("async fn f() -> Result<impl Stream<Item = Chunk>, Gone>");
    assert!(matches!(
        refusable.answer,
        OutputForm::StreamOrRefusal(Some(_))
    ));
    assert_eq!(read("async fn f() -> Box<Chunk>").kind(), Kind::Unary);
    let both = read("async fn f(first: First, items: Inbound<Item>) -> Chunk");
    assert_eq!(both.request_name().as_deref(), Some("First"));
}

#[test]
fn a_stream_needs_the_type_of_its_items() {
    refused(
        "async fn f() -> impl Stream + Send",
        &expect![[r#"
            impl Stream + Send
                the type of the items is missing: write `impl Stream<Item = T>`
        "#]],
    );
    refused(
        "async fn f() -> Result<impl Stream<Item = impl Serialize>, Refusal>",
        &expect![[r#"
            impl Serialize
                the manifest contains the type of a response, so `impl Trait` cannot be used: name the type, or write `impl Stream<Item = T>` for a stream
        "#]],
    );
    refused(
        "async fn f() -> impl Stream<Item = &str>",
        &expect![[r#"
            &str
                a response outlives the arguments of the handler and cannot borrow from them: return an owned type
        "#]],
    );
    refused(
        "async fn f() -> Option<impl Stream<Item = u8>>",
        &expect![[r#"
            impl Stream<Item = u8>
                the manifest contains the type of a response, so `impl Trait` cannot be used: name the type, or write `impl Stream<Item = T>` for a stream
        "#]],
    );
}

#[test]
fn a_caller_sends_one_stream_of_owned_items() {
    refused(
        "async fn f(first: Inbound<u8>, second: Inbound<u8>)",
        &expect![[r#"
            Inbound<u8>
                a caller sends one stream of items, so a capability takes one `Inbound<…>`: make the items an `enum`
        "#]],
    );
    refused(
        "async fn f(items: Inbound)",
        &expect![[r#"
            Inbound
                the type of the items is missing: write `Inbound<T>`
        "#]],
    );
    refused(
        "async fn f(items: &mut Inbound<u8>)",
        &expect![[r#"
            &mut Inbound<u8>
                a reference borrows state, but the items belong to the call: take `Inbound<T>`
        "#]],
    );
    refused(
        "async fn f(items: Inbound<&str>)",
        &expect![[r#"
            &str
                a payload cannot borrow: use an owned type, `String` for `&str`, `Vec<T>` for `&[T]`
        "#]],
    );
}

#[test]
fn all_broken_rules_are_reported_at_once() {
    refused(
        "fn say<T>(&self, text: &str)",
        &expect![[r#"
            fn
                a capability must be an `async fn`, because many calls share each thread: write `async fn say`
            T
                a capability cannot be generic, because it is registered once: use concrete types
            &self
                a capability is a free function, without `self`: take the service as an argument `&Type`
            &str
                a reference borrows state, but a payload is owned: take `String`
        "#]],
    );
}
