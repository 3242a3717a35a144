// Written:
// #[trace]
// async fn by_key(key: u64) -> impl Fn(&u64) -> bool {
//     move |other| *other == key
// }

// Expanded:
fn by_key(key: u64) -> impl ::trace_runtime::__private::Future<Output = impl Fn(&u64) -> bool> {
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
        [::trace_runtime::__private::Entry::Span(&__TRACE_SITE)];
    async fn by_key(key: u64) -> impl Fn(&u64) -> bool {
        move |other| *other == key
    }
    ::trace_runtime::__private::instrument(&__TRACE_SITE, async move { by_key(key).await })
}
