// Written:
// #[trace]
// #[tokio::main]
// async fn main() -> Result<(), Error> {
//     run().await
// }

// Expanded:
#[tokio::main]
async fn main() -> Result<(), Error> {
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
            "main\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    {
        let __trace_future = async move {
            #[allow()]
            {
                if let ::trace_runtime::__private::Option::Some(__trace_hint) =
                    ::trace_runtime::__private::Option::None::<Result<(), Error>>
                {
                    return __trace_hint;
                }
                #[allow()]
                {
                    run().await
                }
            }
        };
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
    .await
}
