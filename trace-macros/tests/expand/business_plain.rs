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
            "\x001.2.3\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_INSTRUMENT_0: ::trace_runtime::__private::Instrument =
        ::trace_runtime::__private::Instrument::gauge(
            &__TRACE_SITE,
            "queue.depth\0\0Jobs that wait",
        );
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
