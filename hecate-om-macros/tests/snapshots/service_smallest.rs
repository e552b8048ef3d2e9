/// Echoes the
/// request.
///
/// All of it.
#[derive(Default)]
struct Echo;
const _: () = {
    #[automatically_derived]
    impl ::hecate_om::__private::Contract for Echo {
        type Settings = ();
        const NAME: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
        const VERSION: &'static ::core::primitive::str = ::core::env!(
            "CARGO_PKG_VERSION"
        );
        const PACKAGE: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
        const DESCRIPTION: &'static ::core::primitive::str = "Echoes the request.";
        const MANIFEST: &'static ::core::primitive::str = ::core::include!(
            ::core::env!("HECATE_OM_MANIFESTS",
            "this package has no build script that generates the manifest of the service: add a `build.rs` with `fn main() { hecate_om_manifest::emit(); }` beside `Cargo.toml`, and `hecate-om-manifest` to `[build-dependencies]`")
        );
        const HEALTH_PORT: ::core::primitive::u16 = 8470u16;
        const ACCESS: ::core::option::Option<::hecate_om::__private::Access> = ::core::option::Option::None;
        const ABORTS: ::core::primitive::bool = ::core::cfg!(panic = "abort");
        const IDENTITY_SPEC: ::hecate_om::__private::IdentitySpec = ::hecate_om::__private::IdentitySpec {
            scope: ::core::env!("CARGO_PKG_NAME"),
            permissions: &[],
            resources: &[],
            ttl_days: 30u32,
        };
        fn lifecycle() -> ::hecate_om::__private::Lifecycle<Self> {
            use ::hecate_om::__private::{
                FromDefault as _, FromNeither as _, FromService as _,
            };
            (&&&::hecate_om::__private::Probe::<Echo>::new()).lifecycle()
        }
    }
};
::core::include!(
    ::core::env!("HECATE_OM_LINK",
    "this package has no build script that generates the manifest of the service: add a `build.rs` with `fn main() { hecate_om_manifest::emit(); }` beside `Cargo.toml`, and `hecate-om-manifest` to `[build-dependencies]`")
);
#[cfg(test)]
#[::core::prelude::v1::test]
fn hecate_om_manifest_matches_the_binary() {
    ::hecate_om::__private::check_linked::<Echo>();
}
fn main() -> ::std::process::ExitCode {
    ::hecate_om::run::<Echo>()
}
