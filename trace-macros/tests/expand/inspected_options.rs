// Written:
// #[trace(ret(items = ret.len()), err(when = !err.is_not_found(), type = err.code()), parent = context)]
// fn load(context: &SpanContext) -> Result<Vec<u8>, Error> {
//     read()
// }

// Expanded:
fn load(context: &SpanContext) -> Result<Vec<u8>, Error> {
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
            "load\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0\0items"
        ),
        ::trace_runtime::__private::core::line!(),
    )
    .undescribed();
    let mut __trace_call = if ::trace_runtime::__private::active() {
        let __trace_parent = ::trace_runtime::__private::parent(&context);
        ::trace_runtime::__private::call_with(
            &__TRACE_SITE,
            ::trace_runtime::__private::Start {
                parent: __trace_parent,
                ..::trace_runtime::__private::Start::new()
            },
        )
    } else {
        ::trace_runtime::__private::Call::off()
    };
    let __trace_returned = ::trace_runtime::__private::once::<Result<Vec<u8>, Error>, _>({
        #[inline(always)]
        move || {
            #[allow()]
            {
                let context = context;
                let _ = &context;
                #[allow()]
                {
                    read()
                }
            }
        }
    });
    {
        #[allow(unused_imports)]
        use ::trace_runtime::__private::probe::tiers::*;
        let __trace_finish = ::trace_runtime::__private::Call::finish(&mut __trace_call);
        if ::trace_runtime::__private::Finish::recording(__trace_finish) {
            if let ::trace_runtime::__private::Option::Some(__trace_value) =
                (&::trace_runtime::__private::Probe(&__trace_returned)).__value()
            {
                #[allow(unused_variables)]
                let ret = __trace_value;
                ::trace_runtime::__private::Finish::attributes(
                    __trace_finish,
                    &__TRACE_SITE,
                    0,
                    &[::trace_runtime::__private::ToValue::to_value(&(ret.len()))],
                );
            }
            if let ::trace_runtime::__private::Option::Some(__trace_error) =
                ::trace_runtime::__private::probe::Fallible::error(&__trace_returned)
            {
                #[allow(unused_variables)]
                let err = __trace_error;
                if !err.is_not_found() {
                    (&&&&&::trace_runtime::__private::ErrorProbe(__trace_error)).__record(
                        __trace_finish,
                        ::trace_runtime::__private::Option::Some(
                            ::trace_runtime::__private::ToValue::to_value(&(err.code())),
                        ),
                    );
                }
            }
        }
    }
    ::trace_runtime::__private::Call::leave(__trace_call);
    __trace_returned
}
