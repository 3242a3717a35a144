// Written:
// #[business_metric(updown("sessions.active"))]
// async fn login(user: User) -> Result<(), Error> {
//     open(user).await
// }

// Expanded:
async fn login(user: User) -> Result<(), Error> {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "login\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_INSTRUMENT_0: ::trace_runtime::__private::Instrument =
        ::trace_runtime::__private::Instrument::updown(&__TRACE_SITE, "sessions.active\0\0");
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
            ::trace_runtime::__private::amount(&1_u64),
        );
    }
    #[allow()]
    {
        open(user).await
    }
}
