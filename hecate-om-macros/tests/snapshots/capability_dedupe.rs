#[allow(clippy::unused_async)]
async fn order() {}
#[allow(non_snake_case)]
mod __hecate_om_order_v1 {
    ///Capability `shop.order`, version 1, for callers.
    #[allow(dead_code, missing_debug_implementations, non_camel_case_types)]
    pub(super) enum order {}
}
#[allow(unused_imports, unreachable_pub)]
use __hecate_om_order_v1::*;
impl ::hecate_om::__private::Callable for __hecate_om_order_v1::order {
    const NAME: &'static ::core::primitive::str = "shop.order";
    const VERSION: ::core::primitive::u32 = 1u32;
    const ORG: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::None;
    const GATED: ::core::primitive::bool = false;
    const CONFIDENTIAL: ::core::primitive::bool = false;
    const IDEMPOTENT: ::core::primitive::bool = false;
    const PACKAGE: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
    const SCHEMAS: ::hecate_om::__private::Schemas = ::hecate_om::__private::Schemas {
        request: ::hecate_om::__private::no_schema,
        response: || {
            use ::hecate_om::__private::{OfNone as _, OfSuccess as _, OfType as _};
            (&&&::hecate_om::__private::SchemaOf::<()>::new()).response()
        },
        inbound: ::hecate_om::__private::no_schema,
    };
    type Kind = ::hecate_om::__private::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::__private::kind::NoItems;
    type Response = ();
}
#[cfg(not(test))]
const _: () = ::core::assert!(
    ::hecate_om::__private::is_listed(::core::option_env!("HECATE_OM_HANDLERS"),
    ::core::module_path!(), "capability shop.order 1"),
    "the build script did not find this handler, so it is not in the manifest: move it to a source file of the package, with `#[hecate_om::capability(…)]`; the script finds no handlers from a macro or `include!`, under a `cfg` such as `debug_assertions`, or with a re-exported attribute"
);
const _: () = {
    #[::hecate_om::__private::linkme::distributed_slice(
        ::hecate_om::__private::CAPABILITIES
    )]
    #[linkme(crate = ::hecate_om::__private::linkme)]
    static __HECATE_OM_CAPABILITY: ::hecate_om::__private::Capability = ::hecate_om::__private::Capability {
        name: "shop.order",
        version: 1u32,
        package: ::core::env!("CARGO_PKG_NAME"),
        location: ::core::concat!(::core::file!(), ":", ::core::line!()),
        access: ::core::option::Option::None,
        limits: ::hecate_om::__private::Limits {
            max_bytes: ::core::option::Option::None,
            timeout_ms: ::core::option::Option::None,
            concurrency: ::core::option::Option::None,
            queue: ::core::option::Option::None,
            window_ms: ::core::option::Option::None,
            per_caller_max: ::core::option::Option::None,
            global_max: ::core::option::Option::None,
            max_distinct_callers: ::core::option::Option::None,
        },
        confidential: ::core::option::Option::None,
        idempotent: false,
        dedupe: ::core::option::Option::Some(::hecate_om::__private::Dedupe {
            window_ms: 600000u64,
            store: ::hecate_om::__private::DedupeStore::Disk,
        }),
        deprecated: ::core::option::Option::None,
        kind: ::hecate_om::__private::Kind::Unary,
        layers: &[],
        doc: "",
        request: ::core::option::Option::None,
        response: "()",
        inbound: ::core::option::Option::None,
        schemas: <__hecate_om_order_v1::order as ::hecate_om::__private::Callable>::SCHEMAS,
        needs: &[],
        invoke: __hecate_om_invoke,
    };
    fn __hecate_om_invoke(
        invocation: ::hecate_om::__private::Invocation,
    ) -> ::hecate_om::__private::HandlerFuture {
        ::hecate_om::__private::HandlerFuture::new(async move {
            let output = order().await;
            use ::hecate_om::__private::PlainReply as _;
            ::hecate_om::__private::Output(output).reply::<()>()
        })
    }
};
