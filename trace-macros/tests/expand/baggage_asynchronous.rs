// Written:
// #[trace(baggage(tenant))]
// async fn serve(Path(tenant): Path<String>) -> Result<u8, Error> {
//     answer().await
// }

// Expanded:
fn serve(
    __trace_arg0: Path<String>,
) -> impl ::trace_runtime::__private::Future<Output = Result<u8, Error>> {
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
            "serve\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    {
        let __trace_future = ::trace_runtime::__private::scoped(async move {
            #[allow()]
            {
                let __trace_arg0 = __trace_arg0;
                let Path(tenant) = __trace_arg0;
                ::trace_runtime::__private::enter_scope(if ::trace_runtime::__private::active() {
                    ::trace_runtime::__private::baggage(&[(
                        "tenant",
                        ::trace_runtime::__private::ToValue::to_value(&tenant),
                    )])
                } else {
                    ::trace_runtime::__private::Option::None
                });
                if let ::trace_runtime::__private::Option::Some(__trace_hint) =
                    ::trace_runtime::__private::Option::None::<Result<u8, Error>>
                {
                    return __trace_hint;
                }
                #[allow()]
                {
                    answer().await
                }
            }
        });
        let __trace_inspector = {
            use ::trace_runtime::__private::probe::outputs::*;
            (&&&&&&::trace_runtime::__private::output_of(&__trace_future)).__inspector()
        };
        ::trace_runtime::__private::instrument_judged(
            &__TRACE_SITE,
            __trace_future,
            __trace_inspector,
        )
    }
}
