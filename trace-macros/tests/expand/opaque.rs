// Written:
// #[trace]
// fn by_key(key: u64) -> impl Fn(&u64) -> bool {
//     move |other| *other == key
// }

// Expanded:
fn by_key(key: u64) -> impl Fn(&u64) -> bool {
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
            "by_key\0",
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
            move |other| *other == key
        }
    }
}
