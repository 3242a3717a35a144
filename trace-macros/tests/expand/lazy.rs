// Written:
// #[trace]
// fn fetch(id: u64) -> impl Future<Output = u8> {
//     let key = key(id);
//     get(key)
// }

// Expanded:
fn fetch(id: u64) -> impl Future<Output = u8> {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "fetch\0",
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
    let mut __trace_span =
        ::trace_runtime::__private::begin(&__TRACE_SITE, ::trace_runtime::__private::Start::new());
    let __trace_returned = ::trace_runtime::__private::run_in::<_>(&mut __trace_span, move || {
        #[allow()]
        {
            let id = id;
            #[allow()]
            {
                let key = key(id);
                get(key)
            }
        }
    });
    ::trace_runtime::__private::attach_checked(
        __trace_span,
        __trace_returned,
        move |__trace_returned: &u8, __trace_end| {
            use ::trace_runtime::__private::probe::tiers::*;
            (&&&&&&::trace_runtime::__private::Probe(__trace_returned)).__record_error(__trace_end);
        },
    )
}
