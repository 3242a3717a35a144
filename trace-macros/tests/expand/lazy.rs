// Written:
// #[trace]
// fn fetch(id: u64) -> impl Future<Output = u8> {
//     let key = key(id);
//     get(key)
// }

// Expanded:
fn fetch(id: u64) -> impl Future<Output = u8> {
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
            "fetch\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    let mut __trace_span =
        ::trace_runtime::__private::begin(&__TRACE_SITE, ::trace_runtime::__private::Start::new());
    let __trace_returned = ::trace_runtime::__private::run_in::<_>(&mut __trace_span, {
        #[inline(always)]
        move || {
            #[allow()]
            {
                let id = id;
                #[allow()]
                {
                    let key = key(id);
                    get(key)
                }
            }
        }
    });
    let __trace_inspector = {
        use ::trace_runtime::__private::probe::outputs::*;
        (&&&&&&::trace_runtime::__private::output_of::<u8, _>(&__trace_returned)).__inspector()
    };
    ::trace_runtime::__private::attach_judged(__trace_span, __trace_returned, __trace_inspector)
}
