// Written:
// #[trace(baggage(tenant = id, "user.tier" = %tier), attach)]
// fn serve(id: u64, tier: Tier) {
//     answer()
// }

// Expanded:
fn serve(id: u64, tier: Tier) {
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
            "serve\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    )
    .attached();
    let __trace_call = ::trace_runtime::__private::call(&__TRACE_SITE);
    let __trace_returned: () = {
        {
            let __trace_baggage =
                ::trace_runtime::__private::in_baggage(if ::trace_runtime::__private::active() {
                    ::trace_runtime::__private::baggage(&[
                        ("tenant", ::trace_runtime::__private::ToValue::to_value(&id)),
                        ("user.tier", ::trace_runtime::__private::Value::Display(&tier)),
                    ])
                } else {
                    ::trace_runtime::__private::Option::None
                });
            #[allow()]
            {
                answer()
            }
        }
    };
    #[allow(unreachable_code)]
    let () = ::trace_runtime::__private::Call::leave(__trace_call);
    __trace_returned
}
