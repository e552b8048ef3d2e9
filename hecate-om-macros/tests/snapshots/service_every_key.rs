/// Not this.
struct Rag {
    index: Index,
}
const _: () = {
    #[automatically_derived]
    impl ::om::__private::Contract for Rag {
        type Settings = config::RagSettings;
        const NAME: &'static ::core::primitive::str = "hecate-rag";
        const VERSION: &'static ::core::primitive::str = "0.3.0";
        const PACKAGE: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
        const DESCRIPTION: &'static ::core::primitive::str = "Retrieval.";
        const MANIFEST: &'static ::core::primitive::str = ::core::include!(
            ::core::env!("HECATE_OM_MANIFESTS",
            "this package has no build script that generates the manifest of the service: add a `build.rs` with `fn main() { hecate_om_manifest::emit(); }` beside `Cargo.toml`, and `hecate-om-manifest` to `[build-dependencies]`")
        );
        const HEALTH_PORT: ::core::primitive::u16 = 8471u16;
        const ACCESS: ::core::option::Option<::om::__private::Access> = ::core::option::Option::Some(::om::__private::Access::Ucan {
            issuer: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        });
        const ENV: &'static [&'static ::core::primitive::str] = &["CARRIER_URL"];
        const LAYERS: &'static [::om::__private::Layer] = &[
            ::om::__private::Layer {
                name: "audit",
                function: &::om::__private::LayerFunction::new(audit),
            },
            ::om::__private::Layer {
                name: "tenancy::tenant",
                function: &::om::__private::LayerFunction::new(tenancy::tenant),
            },
        ];
        const ABORTS: ::core::primitive::bool = ::core::cfg!(panic = "abort");
        const IDENTITY_SPEC: ::om::__private::IdentitySpec = ::om::__private::IdentitySpec {
            scope: "rag",
            permissions: &["publish_summary", "answer_query"],
            resources: &["corpora/*"],
            ttl_days: 365u32,
        };
        fn lifecycle() -> ::om::__private::Lifecycle<Self> {
            use ::om::__private::{FromDefault as _, FromNeither as _, FromService as _};
            (&&&::om::__private::Probe::<Rag>::new()).lifecycle()
        }
    }
    const _: () = ::om::__private::check_settings::<Rag>();
};
::core::include!(
    ::core::env!("HECATE_OM_LINK",
    "this package has no build script that generates the manifest of the service: add a `build.rs` with `fn main() { hecate_om_manifest::emit(); }` beside `Cargo.toml`, and `hecate-om-manifest` to `[build-dependencies]`")
);
#[cfg(test)]
#[::core::prelude::v1::test]
fn hecate_om_manifest_matches_the_binary() {
    ::om::__private::check_linked::<Rag>();
}
