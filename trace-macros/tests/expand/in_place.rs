// Written:
// #[trace(attrs(id))]
// fn fetch(id: u64) -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send>> {
//     Box::pin(async move { get(id).await })
// }

// Expanded:
fn fetch(id: u64) -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send>> {
    #[used]
    #[cfg_attr(
        any(target_os = "linux", target_os = "android", target_os = "freebsd"),
        unsafe(link_section = "trace_sites_1_2_3")
    )]
    #[cfg_attr(
        target_vendor = "apple",
        unsafe(link_section = "__DATA,trs_1_2_3,regular,no_dead_strip")
    )]
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "fetch\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0\0id"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    Box::pin({
        let __trace_future = async move {
            if ::trace_runtime::__private::active() {
                ::trace_runtime::__private::describe_values(
                    &__TRACE_SITE,
                    [::trace_runtime::__private::ToValue::to_value(&id)],
                );
            }
            #[allow()]
            {
                get(id).await
            }
        };
        let __trace_inspector = {
            use ::trace_runtime::__private::probe::outputs::*;
            (&&&&&&::trace_runtime::__private::output_of::<Result<u8, Error>, _>(&__trace_future))
                .__inspector()
        };
        ::trace_runtime::__private::instrument_judged(
            &__TRACE_SITE,
            __trace_future,
            __trace_inspector,
        )
    })
}
