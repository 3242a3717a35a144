// Written:
// #[business_metric(gauge("queue.depth", description = "Jobs that wait"), value = queue.len())]
// fn push(queue: &mut Vec<u8>, job: u8) {
//     queue.push(job)
// }

// Expanded:
fn push(queue: &mut Vec<u8>, job: u8) {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "push\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_INSTRUMENT_0: ::trace_runtime::__private::Instrument =
        ::trace_runtime::__private::Instrument::gauge(
            &__TRACE_SITE,
            "queue.depth\0\0Jobs that wait",
        );
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
    if ::trace_runtime::__private::metering() {
        ::trace_runtime::__private::measure(
            &__TRACE_INSTRUMENT_0,
            ::trace_runtime::__private::Labels::NONE,
            ::trace_runtime::__private::amount(&(queue.len())),
        );
    }
    #[allow()]
    {
        queue.push(job)
    }
}
