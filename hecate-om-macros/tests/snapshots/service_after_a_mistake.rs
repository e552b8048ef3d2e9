struct Echo;
::core::compile_error! {
    "unknown key `nmae`, did you mean `name`?\nthe keys of `#[hecate_service]` are `access`, `crate`, `description`, `env`, `health_port`, `layers`, `main`, `name`, `permissions`, `resources`, `scope`, `settings`, `ttl_days`, `version`"
}
const _: () = {
    #[automatically_derived]
    impl ::hecate_om::__private::Contract for Echo {
        type Settings = ();
        const NAME: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
        const VERSION: &'static ::core::primitive::str = ::core::env!(
            "CARGO_PKG_VERSION"
        );
        const PACKAGE: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
        const DESCRIPTION: &'static ::core::primitive::str = ::core::env!(
            "CARGO_PKG_DESCRIPTION"
        );
        const MANIFEST: &'static ::core::primitive::str = "";
        const HEALTH_PORT: ::core::primitive::u16 = 8470u16;
        const ACCESS: ::core::option::Option<::hecate_om::__private::Access> = ::core::option::Option::None;
        const ABORTS: ::core::primitive::bool = ::core::cfg!(panic = "abort");
        const IDENTITY_SPEC: ::hecate_om::__private::IdentitySpec = ::hecate_om::__private::IdentitySpec {
            scope: ::core::env!("CARGO_PKG_NAME"),
            permissions: &[],
            resources: &[],
            ttl_days: 7u32,
        };
        fn lifecycle() -> ::hecate_om::__private::Lifecycle<Self> {
            use ::hecate_om::__private::{
                FromDefault as _, FromNeither as _, FromService as _,
            };
            (&&&::hecate_om::__private::Probe::<Echo>::new()).lifecycle()
        }
    }
};
fn main() {}
