#[allow(clippy::unused_async)]
async fn prune(index: &Index, mesh: &Mesh) -> Result<(), Error> {
    index.prune(mesh).await
}
#[cfg(not(test))]
const _: () = ::core::assert!(
    ::hecate_om::__private::is_listed(::core::option_env!("HECATE_OM_HANDLERS"),
    ::core::module_path!(), "schedule prune"),
    "the build script did not find this handler, so it is not in the manifest: move it to a source file of the package, with `#[hecate_om::every(…)]`; the script finds no handlers from a macro or `include!`, under a `cfg` such as `debug_assertions`, or with a re-exported attribute"
);
const _: () = {
    #[::hecate_om::__private::linkme::distributed_slice(
        ::hecate_om::__private::SCHEDULES
    )]
    #[linkme(crate = ::hecate_om::__private::linkme)]
    static __HECATE_OM_SCHEDULE: ::hecate_om::__private::Schedule = ::hecate_om::__private::Schedule {
        name: "prune",
        package: ::core::env!("CARGO_PKG_NAME"),
        location: ::core::concat!(::core::file!(), ":", ::core::line!()),
        when: ::hecate_om::__private::When::Every(30000u64),
        failure: ::hecate_om::__private::FailurePolicy {
            retries: ::core::option::Option::None,
            deadline: ::core::option::Option::None,
            keeps_order: false,
        },
        one_replica: false,
        needs: &[
            ::hecate_om::__private::StateRequirement::new::<Index>(),
            ::hecate_om::__private::StateRequirement::new::<Mesh>(),
        ],
        invoke: __hecate_om_run,
    };
    fn __hecate_om_run(
        job: ::hecate_om::__private::JobContext,
    ) -> ::hecate_om::__private::HandlerFuture<
        (),
        ::hecate_om::__private::HandlerError,
    > {
        ::hecate_om::__private::HandlerFuture::new(async move {
            let output = prune(job.state::<Index>()?, job.state::<Mesh>()?).await;
            ::hecate_om::__private::Outcome::outcome(output)
        })
    }
};
