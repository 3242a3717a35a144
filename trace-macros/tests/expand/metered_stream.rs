// Written:
// #[metered(in_flight)]
// fn rows(id: u64) -> impl Stream<Item = Row> {
//     query(id)
// }

// Expanded:
fn rows(id: u64) -> impl Stream<Item = Row> {
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
    static __TRACE_METER: ::trace_runtime::__private::Meter =
        ::trace_runtime::__private::Meter::new(&__TRACE_SITE, "").in_flight();
    #[used]
    #[cfg_attr(
        any(target_os = "linux", target_os = "android", target_os = "freebsd"),
        unsafe(link_section = "trace_1_2_3")
    )]
    #[cfg_attr(
        target_vendor = "apple",
        unsafe(link_section = "__DATA,trc_1_2_3,regular,no_dead_strip")
    )]
    static __TRACE_ENTRIES: [::trace_runtime::__private::Entry; 1] =
        [::trace_runtime::__private::Entry::Meter(&__TRACE_METER)];
    let __trace_labels = ::trace_runtime::__private::Labels::NONE;
    let __trace_returned = ::trace_runtime::__private::once::<_, _>({
        #[inline(always)]
        move || {
            #[allow()]
            {
                let id = id;
                #[allow()]
                {
                    query(id)
                }
            }
        }
    });
    ::trace_runtime::__private::metered_future_with(
        ::trace_runtime::__private::uninstrumented_stream(__trace_returned),
        &__TRACE_METER,
        __trace_labels,
    )
}
