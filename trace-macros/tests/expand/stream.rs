// Written:
// #[trace(attrs(id))]
// fn rows(id: u64) -> Pin<Box<dyn Stream<Item = Row> + Send>> {
//     Box::pin(query(id))
// }

// Expanded:
fn rows(id: u64) -> Pin<Box<dyn Stream<Item = Row> + Send>> {
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
            "rows\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0\0id"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    let mut __trace_span = {
        let __trace_ahead = ::trace_runtime::__private::begin(
            &__TRACE_SITE,
            ::trace_runtime::__private::Start::new(),
        );
        if ::trace_runtime::__private::AsyncSpan::is_described(&__trace_ahead) {
            ::trace_runtime::__private::AsyncSpan::with(
                __trace_ahead,
                ::trace_runtime::__private::Start {
                    values: &[::trace_runtime::__private::ToValue::to_value(&id)],
                    ..::trace_runtime::__private::Start::new()
                },
            )
        } else {
            __trace_ahead
        }
    };
    let __trace_returned = ::trace_runtime::__private::run_in::<
        Pin<Box<dyn Stream<Item = Row> + Send>>,
    >(&mut __trace_span, {
        #[inline(always)]
        move || {
            #[allow()]
            {
                let id = id;
                let _ = &id;
                #[allow()]
                {
                    Box::pin(query(id))
                }
            }
        }
    });
    ::trace_runtime::__private::Box::pin(::trace_runtime::__private::attach_stream(
        __trace_span,
        __trace_returned,
    ))
}
