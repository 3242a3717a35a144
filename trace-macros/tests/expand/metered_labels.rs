// Written:
// #[metered(name = "checkout", labels(tier, region = cfg.region, path(cap = 100) = req.path(), channel = "web"), in_flight, slo = API_SLO, buckets = [0.005, 1])]
// fn checkout(req: Request, tier: Tier, cfg: &Config) {
//     pay(req)
// }

// Expanded:
fn checkout(req: Request, tier: Tier, cfg: &Config) {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "checkout\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_METER: ::trace_runtime::__private::Meter =
        ::trace_runtime::__private::Meter::new(
            &__TRACE_SITE,
            "checkout\0tier\0region\0path\0channel",
        )
        .in_flight()
        .objective(&API_SLO)
        .buckets(&[0.005, 1.0]);
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
        [::trace_runtime::__private::Entry::Meter(&__TRACE_METER)];
    let __trace_call = ::trace_runtime::__private::metered(
        &__TRACE_METER,
        if ::trace_runtime::__private::metering() {
            ::trace_runtime::__private::Labels::new([
                ::trace_runtime::__private::label(&tier),
                ::trace_runtime::__private::label(&(cfg.region)),
                {
                    static __TRACE_CAPPED: ::trace_runtime::__private::Capped =
                        ::trace_runtime::__private::Capped::new(100);
                    ::trace_runtime::__private::Capped::id(&__TRACE_CAPPED, &(req.path()))
                },
                {
                    static __TRACE_VALUE: ::trace_runtime::__private::LabelValues =
                        ::trace_runtime::__private::LabelValues::new("web");
                    ::trace_runtime::__private::LabelValues::id(&__TRACE_VALUE, 0)
                },
            ])
        } else {
            ::trace_runtime::__private::Labels::NONE
        },
    );
    let __trace_returned: () = {
        #[allow()]
        {
            pay(req)
        }
    };
    #[allow(unreachable_code)]
    let () = ::trace_runtime::__private::MeteredCall::leave(__trace_call);
    __trace_returned
}
