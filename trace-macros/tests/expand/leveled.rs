// Written:
// #[trace(level = debug)]
// fn look_up() -> u64 {
//     7
// }

// Expanded:
fn look_up() -> u64 {
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
            "look_up\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    )
    .level(::trace_runtime::__private::Level::Debug);
    let __trace_call = ::trace_runtime::__private::call(&__TRACE_SITE);
    let __trace_returned: u64 = {
        #[allow()]
        {
            7
        }
    };
    #[allow(unreachable_code)]
    let () = ::trace_runtime::__private::Call::leave(__trace_call);
    __trace_returned
}
