// Written:
// #[business_metric(counter("bytes.refused"), value = body.len(), labels(tier), on = error)]
// async fn store(body: Vec<u8>, tier: Tier) -> Result<(), Error> {
//     put(body).await
// }

// Expanded:
fn store(
    body: Vec<u8>,
    tier: Tier,
) -> impl ::trace_runtime::__private::Future<Output = Result<(), Error>> {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "store\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_INSTRUMENT_0: ::trace_runtime::__private::Instrument =
        ::trace_runtime::__private::Instrument::counter(&__TRACE_SITE, "bytes.refused\0\0\0tier");
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
        [::trace_runtime::__private::Entry::Instrument(&__TRACE_INSTRUMENT_0)];
    ::trace_runtime::__private::holding_future(::trace_runtime::__private::uninstrumented_checked(
        async move {
            #[allow()]
            {
                let body = body;
                let _ = &body;
                let tier = tier;
                let _ = &tier;
                if ::trace_runtime::__private::metering() {
                    ::trace_runtime::__private::hold(
                        &__TRACE_INSTRUMENT_0,
                        ::trace_runtime::__private::Labels::new([
                            ::trace_runtime::__private::label(&tier),
                        ]),
                        ::trace_runtime::__private::amount(&(body.len())),
                    );
                }
                if let ::trace_runtime::__private::Option::Some(__trace_hint) =
                    ::trace_runtime::__private::Option::None::<Result<(), Error>>
                {
                    return __trace_hint;
                }
                #[allow()]
                {
                    put(body).await
                }
            }
        },
        move |__trace_returned, __trace_end| {
            #[allow(unused_imports)]
            use ::trace_runtime::__private::probe::tiers::*;
            let __trace_finish = __trace_end;
            if let ::trace_runtime::__private::Option::Some((__trace_labels, __trace_amount)) =
                ::trace_runtime::__private::Finish::held(__trace_finish, &__TRACE_INSTRUMENT_0)
            {
                if (&::trace_runtime::__private::Probe(__trace_returned)).__failed() {
                    ::trace_runtime::__private::measure(
                        &__TRACE_INSTRUMENT_0,
                        __trace_labels,
                        __trace_amount,
                    );
                }
            }
        },
    ))
}
