// Written:
// #[metered(labels(tier))]
// async fn fetch(&self, tier: Tier) -> Result<u8, Error> {
//     self.get(tier).await
// }

// Expanded:
fn fetch(&self, tier: Tier) -> impl ::trace_runtime::__private::Future<Output = Result<u8, Error>> {
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
    {
        let __trace_future = async move {
            #[allow()]
            {
                let _ = &self;
                let tier = tier;
                let _ = &tier;
                if ::trace_runtime::__private::metering() {
                    ::trace_runtime::__private::meter_labels(
                        &__TRACE_METER,
                        ::trace_runtime::__private::Labels::new([
                            ::trace_runtime::__private::label(&tier),
                        ]),
                    );
                }
                if let ::trace_runtime::__private::Option::Some(__trace_hint) =
                    ::trace_runtime::__private::Option::None::<Result<u8, Error>>
                {
                    return __trace_hint;
                }
                #[allow()]
                {
                    self.get(tier).await
                }
            }
        };
        let __trace_inspector = {
            use ::trace_runtime::__private::probe::outputs::*;
            (&&&&&&::trace_runtime::__private::output_of(&__trace_future)).__inspector()
        };
        ::trace_runtime::__private::metered_future(
            ::trace_runtime::__private::uninstrumented_judged(__trace_future, __trace_inspector),
            &__TRACE_METER,
        )
    }
}
