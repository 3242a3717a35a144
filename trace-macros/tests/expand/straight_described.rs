// Written:
// #[trace("checkout {tier}", kind = Client, attrs(items.count = items.len(), %tier))]
// fn checkout(items: &[u64], tier: Tier, #[attr] id: u64) {
//     pay(items)
// }

// Expanded:
fn checkout(items: &[u64], tier: Tier, id: u64) {
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
            "checkout\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0checkout {tier}\0\0id\0items.count\0tier"
        ),
        ::trace_runtime::__private::core::line!(),
    )
    .kind(::trace_runtime::__private::SpanKind::Client);
    let __trace_call = if ::trace_runtime::__private::active() {
        let __trace_ahead = ::trace_runtime::__private::Call::ahead(
            &__TRACE_SITE,
            ::trace_runtime::__private::Option::None,
        );
        if ::trace_runtime::__private::Call::is_described(&__trace_ahead) {
            ::trace_runtime::__private::Call::with(
                __trace_ahead,
                &__TRACE_SITE,
                ::trace_runtime::__private::Start {
                    values: &[
                        ::trace_runtime::__private::ToValue::to_value(&id),
                        ::trace_runtime::__private::ToValue::to_value(&(items.len())),
                        ::trace_runtime::__private::Value::Display(&tier),
                    ],
                    name: ::trace_runtime::__private::Option::Some(
                        ::trace_runtime::__private::core::format_args!("checkout {}", tier),
                    ),
                    ..::trace_runtime::__private::Start::new()
                },
            )
        } else {
            __trace_ahead
        }
    } else {
        ::trace_runtime::__private::Call::off()
    };
    let __trace_returned: () = {
        #[allow()]
        {
            pay(items)
        }
    };
    #[allow(unreachable_code)]
    let () = ::trace_runtime::__private::Call::leave(__trace_call);
    __trace_returned
}
