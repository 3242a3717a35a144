// Written:
// #[trace]
// pub fn first(items: &[u64]) -> Option<u64> {
//     Some(items.first()? + 1)
// }

// Expanded:
pub fn first(items: &[u64]) -> Option<u64> {
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
            "first\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    {
        let __trace_guard = ::trace_runtime::__private::enter(&__TRACE_SITE);
        #[allow()]
        {
            Some(items.first()? + 1)
        }
    }
}
