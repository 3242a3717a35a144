// Written:
// #[trace(baggage(tenant))]
// fn rows(tenant: &str) -> impl Stream<Item = Row> {
//     query(tenant)
// }

// Expanded:
fn rows(tenant: &str) -> impl Stream<Item = Row> {
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
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    let mut __trace_span =
        ::trace_runtime::__private::begin(&__TRACE_SITE, ::trace_runtime::__private::Start::new());
    let __trace_entries = if ::trace_runtime::__private::active() {
        ::trace_runtime::__private::baggage(&[(
            "tenant",
            ::trace_runtime::__private::ToValue::to_value(&tenant),
        )])
    } else {
        ::trace_runtime::__private::Option::None
    };
    let __trace_scope = ::trace_runtime::__private::core::clone::Clone::clone(&__trace_entries);
    let __trace_returned = ::trace_runtime::__private::run_in::<_>(&mut __trace_span, {
        #[inline(always)]
        move || {
            #[allow()]
            {
                let tenant = tenant;
                let _ = &tenant;
                let __trace_baggage = ::trace_runtime::__private::in_baggage(__trace_scope);
                #[allow()]
                {
                    query(tenant)
                }
            }
        }
    });
    ::trace_runtime::__private::attach_stream(
        __trace_span,
        ::trace_runtime::__private::with_baggage(__trace_entries, __trace_returned),
    )
}
