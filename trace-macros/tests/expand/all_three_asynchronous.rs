// Written:
// #[metered(labels(tier))]
// #[trace]
// #[business_metric(counter("orders.revenue", unit = "{EUR}"), value = ret.total, labels(tier), on = ok)]
// #[business_metric(counter("orders"))]
// async fn order(tier: Tier) -> Result<Order, Error> {
//     take(tier).await
// }

// Expanded:
fn order(tier: Tier) -> impl ::trace_runtime::__private::Future<Output = Result<Order, Error>> {
    #[trace(__absorbed)]
    const _: () = ();
    #[business_metric(__absorbed)]
    const _: () = ();
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
            "order\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_METER: ::trace_runtime::__private::Meter =
        ::trace_runtime::__private::Meter::new(&__TRACE_SITE, "\0tier");
    static __TRACE_INSTRUMENT_0: ::trace_runtime::__private::Instrument =
        ::trace_runtime::__private::Instrument::counter(
            &__TRACE_SITE,
            "orders.revenue\0{EUR}\0\0tier",
        );
    static __TRACE_INSTRUMENT_1: ::trace_runtime::__private::Instrument =
        ::trace_runtime::__private::Instrument::counter(&__TRACE_SITE, "orders\0\0");
    #[used]
    #[cfg_attr(
        any(target_os = "linux", target_os = "android", target_os = "freebsd"),
        unsafe(link_section = "trace_1_2_3")
    )]
    #[cfg_attr(
        target_vendor = "apple",
        unsafe(link_section = "__DATA,trc_1_2_3,regular,no_dead_strip")
    )]
    static __TRACE_ENTRIES: [::trace_runtime::__private::Entry; 3] = [
        ::trace_runtime::__private::Entry::Meter(&__TRACE_METER),
        ::trace_runtime::__private::Entry::Instrument(&__TRACE_INSTRUMENT_0),
        ::trace_runtime::__private::Entry::Instrument(&__TRACE_INSTRUMENT_1),
    ];
    ::trace_runtime::__private::metered_future(
        ::trace_runtime::__private::instrument_checked(
            &__TRACE_SITE,
            async move {
                #[allow()]
                {
                    let tier = tier;
                    let _ = &tier;
                    if ::trace_runtime::__private::metering() {
                        ::trace_runtime::__private::meter_labels(
                            &__TRACE_METER,
                            ::trace_runtime::__private::Labels::new([
                                ::trace_runtime::__private::label(&tier),
                            ]),
                        );
                        ::trace_runtime::__private::hold(
                            &__TRACE_INSTRUMENT_0,
                            ::trace_runtime::__private::Labels::new([
                                ::trace_runtime::__private::label(&tier),
                            ]),
                            ::trace_runtime::__private::Amount::NONE,
                        );
                        ::trace_runtime::__private::measure(
                            &__TRACE_INSTRUMENT_1,
                            ::trace_runtime::__private::Labels::NONE,
                            ::trace_runtime::__private::amount(&1_u64),
                        );
                    }
                    if let ::trace_runtime::__private::Option::Some(__trace_hint) =
                        ::trace_runtime::__private::Option::None::<Result<Order, Error>>
                    {
                        return __trace_hint;
                    }
                    #[allow()]
                    {
                        take(tier).await
                    }
                }
            },
            move |__trace_returned, __trace_end| {
                #[allow(unused_imports)]
                use ::trace_runtime::__private::probe::tiers::*;
                let __trace_finish = __trace_end;
                if let ::trace_runtime::__private::Option::Some((__trace_labels, _)) =
                    ::trace_runtime::__private::Finish::held(__trace_finish, &__TRACE_INSTRUMENT_0)
                {
                    if !(&::trace_runtime::__private::Probe(__trace_returned)).__failed() {
                        if let ::trace_runtime::__private::Option::Some(__trace_value) =
                            (&::trace_runtime::__private::Probe(__trace_returned)).__value()
                        {
                            #[allow(unused_variables)]
                            let ret = __trace_value;
                            ::trace_runtime::__private::measure(
                                &__TRACE_INSTRUMENT_0,
                                __trace_labels,
                                ::trace_runtime::__private::amount(&(ret.total)),
                            );
                        }
                    }
                }
                if ::trace_runtime::__private::Finish::judging(__trace_finish) {
                    (&&&&&&::trace_runtime::__private::Probe(__trace_returned))
                        .__record_error(__trace_finish);
                }
            },
        ),
        &__TRACE_METER,
    )
}
