// Written:
// #[metered(labels(tier))]
// #[inline]
// #[business_metric(counter("orders.revenue", unit = "{EUR}"), value = ret.total, labels(tier), on = ok)]
// #[trace(attrs(tier.name = tier.name()), ret(total = ret.total))]
// #[business_metric(counter("orders"))]
// fn order(tier: Tier) -> Result<Order, Error> {
//     take(tier)
// }

// Expanded:
#[inline]
fn order(tier: Tier) -> Result<Order, Error> {
    #[business_metric(__absorbed)]
    const _: () = ();
    #[trace(__absorbed)]
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
            "\x001.2.3\0\0\0tier.name\0total"
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
    let mut __trace_call = ::trace_runtime::__private::MeteredCall::labelled(
        ::trace_runtime::__private::metered_call(
            {
                let __trace_state = ::trace_runtime::__private::state();
                if ::trace_runtime::__private::is_on(__trace_state) {
                    let __trace_ahead = ::trace_runtime::__private::Call::ahead(
                        &__TRACE_SITE,
                        ::trace_runtime::__private::Option::None,
                    );
                    if ::trace_runtime::__private::Call::is_described(&__trace_ahead) {
                        ::trace_runtime::__private::Call::with_values(
                            __trace_ahead,
                            &__TRACE_SITE,
                            __trace_state,
                            [::trace_runtime::__private::ToValue::to_value(&(tier.name()))],
                        )
                    } else {
                        __trace_ahead
                    }
                } else {
                    ::trace_runtime::__private::Call::off()
                }
            },
            &__TRACE_METER,
        ),
        if ::trace_runtime::__private::metering() {
            ::trace_runtime::__private::Labels::new([::trace_runtime::__private::label(&tier)])
        } else {
            ::trace_runtime::__private::Labels::NONE
        },
    );
    let __trace_held_0 = if ::trace_runtime::__private::metering() {
        ::trace_runtime::__private::Option::Some((
            ::trace_runtime::__private::Labels::new([::trace_runtime::__private::label(&tier)]),
            ::trace_runtime::__private::Amount::NONE,
        ))
    } else {
        ::trace_runtime::__private::Option::None
    };
    if ::trace_runtime::__private::metering() {
        ::trace_runtime::__private::measure(
            &__TRACE_INSTRUMENT_1,
            ::trace_runtime::__private::Labels::NONE,
            ::trace_runtime::__private::amount(&1_u64),
        );
    }
    let __trace_returned = ::trace_runtime::__private::once::<Result<Order, Error>, _>({
        #[inline(always)]
        move || {
            #[allow()]
            {
                let tier = tier;
                let _ = &tier;
                #[allow()]
                {
                    take(tier)
                }
            }
        }
    });
    {
        #[allow(unused_imports)]
        use ::trace_runtime::__private::probe::tiers::*;
        let __trace_finish = ::trace_runtime::__private::MeteredCall::finish(&mut __trace_call);
        if let ::trace_runtime::__private::Option::Some((__trace_labels, _)) = __trace_held_0 {
            if !(&::trace_runtime::__private::Probe(&__trace_returned)).__failed() {
                if let ::trace_runtime::__private::Option::Some(__trace_value) =
                    (&::trace_runtime::__private::Probe(&__trace_returned)).__value()
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
        if ::trace_runtime::__private::Finish::recording(__trace_finish) {
            if let ::trace_runtime::__private::Option::Some(__trace_value) =
                (&::trace_runtime::__private::Probe(&__trace_returned)).__value()
            {
                #[allow(unused_variables)]
                let ret = __trace_value;
                ::trace_runtime::__private::Finish::attributes(
                    __trace_finish,
                    &__TRACE_SITE,
                    1,
                    &[::trace_runtime::__private::ToValue::to_value(&(ret.total))],
                );
            }
        }
        if ::trace_runtime::__private::Finish::judging(__trace_finish) {
            (&&&&&&::trace_runtime::__private::Probe(&__trace_returned))
                .__record_error(__trace_finish);
        }
    }
    ::trace_runtime::__private::MeteredCall::leave(__trace_call);
    __trace_returned
}
