// Written:
// #[metered(labels(tier))]
// fn fetch(tier: Tier) -> BoxFuture<'static, u8> {
//     let key = key(tier);
//     get(key)
// }

// Expanded:
fn fetch(tier: Tier) -> BoxFuture<'static, u8> {
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
    static __TRACE_METER: ::trace_runtime::__private::Meter =
        ::trace_runtime::__private::Meter::new(&__TRACE_SITE, "\0tier");
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
    let __trace_labels = if ::trace_runtime::__private::metering() {
        ::trace_runtime::__private::Labels::new([::trace_runtime::__private::label(&tier)])
    } else {
        ::trace_runtime::__private::Labels::NONE
    };
    let __trace_returned = ::trace_runtime::__private::once::<BoxFuture<'static, u8>, _>({
        #[inline(always)]
        move || {
            #[allow()]
            {
                let tier = tier;
                let _ = &tier;
                #[allow()]
                {
                    let key = key(tier);
                    get(key)
                }
            }
        }
    });
    let __trace_inspector = {
        use ::trace_runtime::__private::probe::outputs::*;
        (&&&&&&::trace_runtime::__private::output_of::<
            <BoxFuture<'static, u8> as ::trace_runtime::__private::Future>::Output,
            _,
        >(&__trace_returned))
            .__inspector()
    };
    ::trace_runtime::__private::Box::pin(::trace_runtime::__private::metered_future_with(
        ::trace_runtime::__private::uninstrumented_judged(__trace_returned, __trace_inspector),
        &__TRACE_METER,
        __trace_labels,
    ))
}
