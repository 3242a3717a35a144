// Written:
// #[metered]
// fn first(items: &[u64]) -> Option<u64> {
//     Some(items.first()? + 1)
// }

// Expanded:
fn first(items: &[u64]) -> Option<u64> {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "first\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_METER: ::trace_runtime::__private::Meter =
        ::trace_runtime::__private::Meter::new(&__TRACE_SITE, "");
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
    {
        let __trace_guard = ::trace_runtime::__private::metered_guard(
            ::trace_runtime::__private::Guard::off(),
            &__TRACE_METER,
        );
        #[allow()]
        {
            Some(items.first()? + 1)
        }
    }
}
