#[allow(clippy::unused_async)]
/// Counts orders.
async fn placed(
    event: &Event,
    orders: &Orders,
    order: Heard<OrderPlaced>,
) -> Result<(), Error> {
    orders.add(order, event).await
}
#[cfg(not(test))]
const _: () = ::core::assert!(
    ::hecate_om::__private::is_listed(::core::option_env!("HECATE_OM_HANDLERS"),
    ::core::module_path!(), "subscription acme/shop/order_placed_v1"),
    "the build script did not find this handler, so it is not in the manifest; write it in a source file of the package, with `#[hecate_om::subscribe(…)]`: handlers from a macro or `include!`, under a `cfg` such as `debug_assertions`, or with a re-exported attribute are not found"
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
        doc: "Counts orders.",
        fact: "OrderPlaced",
        schema: || {
            use ::hecate_om::__private::{OfNone as _, OfType as _};
            (&&::hecate_om::__private::SchemaOf::<OrderPlaced>::new()).request()
        },
        gaps_ignored: false,
        concurrency: 4u32,
        needs: &[::hecate_om::__private::StateNeed::of::<Orders>()],
        invoke: __hecate_om_hear,
    };
    fn __hecate_om_hear(
        mut hearing: ::hecate_om::__private::Hearing,
    ) -> ::hecate_om::__private::Working {
        ::hecate_om::__private::Working::new(async move {
            let heard = hearing.heard::<OrderPlaced>()?;
            let output = placed(hearing.event(), hearing.state::<Orders>()?, heard)
                .await;
            ::hecate_om::__private::Outcome::outcome(output)
        })
    }
};
