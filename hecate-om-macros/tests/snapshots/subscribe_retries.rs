#[allow(clippy::unused_async)]
async fn placed(order: OrderPlaced) -> Result<(), Failure> {
    store(order).await
}
#[cfg(not(test))]
const _: () = ::core::assert!(
    ::hecate_om::__private::is_listed(::core::option_env!("HECATE_OM_HANDLERS"),
    ::core::module_path!(), "subscription acme/shop/order_placed_v1"),
    "the build script did not find this handler, so it is not in the manifest: move it to a source file of the package, with `#[hecate_om::subscribe(…)]`; the script finds no handlers from a macro or `include!`, under a `cfg` such as `debug_assertions`, or with a re-exported attribute"
);
const _: () = {
    #[::hecate_om::__private::linkme::distributed_slice(
        ::hecate_om::__private::FACT_HANDLERS
    )]
    #[linkme(crate = ::hecate_om::__private::linkme)]
    static __HECATE_OM_FACT_HANDLER: ::hecate_om::__private::FactHandler = ::hecate_om::__private::FactHandler {
        topic: "acme/shop/order_placed_v1",
        package: ::core::env!("CARGO_PKG_NAME"),
        location: ::core::concat!(::core::file!(), ":", ::core::line!()),
        doc: "",
        fact: "OrderPlaced",
        schema: || {
            use ::hecate_om::__private::{OfNone as _, OfType as _};
            (&&::hecate_om::__private::SchemaOf::<OrderPlaced>::new()).request()
        },
        gaps_ignored: true,
        concurrency: 1u32,
        failure: ::hecate_om::__private::FailurePolicy {
            retries: ::core::option::Option::Some(::hecate_om::__private::Retries {
                max: 5u32,
                first: ::core::time::Duration::from_millis(1000u64),
                longest: ::core::time::Duration::from_millis(60000u64),
            }),
            deadline: ::core::option::Option::Some(
                ::core::time::Duration::from_millis(30000u64),
            ),
            keeps_order: true,
        },
        needs: &[],
        invoke: __hecate_om_handle,
    };
    fn __hecate_om_handle(
        mut invocation: ::hecate_om::__private::FactInvocation,
    ) -> ::hecate_om::__private::HandlerFuture<
        (),
        ::hecate_om::__private::HandlerError,
    > {
        ::hecate_om::__private::HandlerFuture::new(async move {
            let delivery = invocation.fact::<OrderPlaced>()?;
            let output = placed(delivery).await;
            ::hecate_om::__private::Outcome::outcome(output)
        })
    }
};
