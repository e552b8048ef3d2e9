/// An order was placed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    order: u64,
}
#[cfg(not(test))]
const _: () = ::core::assert!(
    ::hecate_om::__private::is_listed(::core::option_env!("HECATE_OM_HANDLERS"),
    ::core::module_path!(), "publication acme/shop/order_placed_v1"),
    "the build script did not find this fact, so it is not in the manifest: move it to a source file of the package, with `#[hecate_om::fact(…)]`; the script finds no facts from a macro or `include!`, under a `cfg` such as `debug_assertions`, or with a re-exported attribute"
);
const _: () = {
    #[::hecate_om::__private::linkme::distributed_slice(
        ::hecate_om::__private::PUBLICATIONS
    )]
    #[linkme(crate = ::hecate_om::__private::linkme)]
    static __HECATE_OM_PUBLICATION: ::hecate_om::__private::Publication = ::hecate_om::__private::Publication::new(
        "acme/shop/order_placed_v1",
        ::core::env!("CARGO_PKG_NAME"),
        ::core::concat!(::core::file!(), ":", ::core::line!()),
        "An order was placed.",
        "OrderPlaced",
        || {
            use ::hecate_om::__private::{OfNone as _, OfType as _};
            (&&::hecate_om::__private::SchemaOf::<OrderPlaced>::new()).request()
        },
    );
    #[automatically_derived]
    impl ::hecate_om::__private::Fact for OrderPlaced {
        const TOPIC: &'static ::core::primitive::str = "acme/shop/order_placed_v1";
    }
    #[automatically_derived]
    impl ::hecate_om::__private::PublishedFact for OrderPlaced {
        fn publication() -> &'static ::hecate_om::__private::Publication {
            ::hecate_om::__private::registered::<OrderPlaced>(&__HECATE_OM_PUBLICATION)
        }
    }
};
