// Written:
// #[metered(labels(shop = self.shop))]
// #[trace]
// impl Cart {
//     fn add(&mut self) {}
//     #[metered(skip)]
//     fn len(&self) -> usize {
//         0
//     }
//     #[trace(skip)]
//     #[business_metric(gauge("cart.items"), value = self.len())]
//     fn show(&self) {}
// }

// Expanded:
#[trace(__absorbed)]
const _: () = ();
impl Cart {
    fn add(&mut self) {
        #[used]
        #[cfg_attr(
            any(target_os = "linux", target_os = "android", target_os = "freebsd"),
            unsafe(link_section = "trace_sites_1_2_3")
        )]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,trs_1_2_3,regular,no_dead_strip")
        )]
        static __TRACE_SITE: ::trace_runtime::__private::Site =
            ::trace_runtime::__private::Site::new(
                ::trace_runtime::__private::core::concat!(
                    "Cart::add\0",
                    ::trace_runtime::__private::core::module_path!(),
                    "\0",
                    ::trace_runtime::__private::core::file!(),
                    "\x001.2.3\0\0"
                ),
                ::trace_runtime::__private::core::line!(),
            );
        static __TRACE_METER: ::trace_runtime::__private::Meter =
            ::trace_runtime::__private::Meter::new(&__TRACE_SITE, "\0shop");
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
        let __trace_call = ::trace_runtime::__private::MeteredCall::labelled(
            ::trace_runtime::__private::metered_call(
                ::trace_runtime::__private::call(&__TRACE_SITE),
                &__TRACE_METER,
            ),
            if ::trace_runtime::__private::metering() {
                ::trace_runtime::__private::Labels::new([::trace_runtime::__private::label(
                    &(self.shop),
                )])
            } else {
                ::trace_runtime::__private::Labels::NONE
            },
        );
        let __trace_returned: () = {
            #[allow()]
            {}
        };
        #[allow(unreachable_code)]
        let () = ::trace_runtime::__private::MeteredCall::leave(__trace_call);
        __trace_returned
    }
    fn len(&self) -> usize {
        #[used]
        #[cfg_attr(
            any(target_os = "linux", target_os = "android", target_os = "freebsd"),
            unsafe(link_section = "trace_sites_1_2_3")
        )]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,trs_1_2_3,regular,no_dead_strip")
        )]
        static __TRACE_SITE: ::trace_runtime::__private::Site =
            ::trace_runtime::__private::Site::new(
                ::trace_runtime::__private::core::concat!(
                    "Cart::len\0",
                    ::trace_runtime::__private::core::module_path!(),
                    "\0",
                    ::trace_runtime::__private::core::file!(),
                    "\x001.2.3\0\0"
                ),
                ::trace_runtime::__private::core::line!(),
            );
        let __trace_call = ::trace_runtime::__private::call(&__TRACE_SITE);
        let __trace_returned: usize = {
            #[allow()]
            {
                0
            }
        };
        #[allow(unreachable_code)]
        let () = ::trace_runtime::__private::Call::leave(__trace_call);
        __trace_returned
    }
    fn show(&self) {
        #[business_metric(__absorbed)]
        const _: () = ();
        static __TRACE_SITE: ::trace_runtime::__private::Site =
            ::trace_runtime::__private::Site::new(
                ::trace_runtime::__private::core::concat!(
                    "Cart::show\0",
                    ::trace_runtime::__private::core::module_path!(),
                    "\0",
                    ::trace_runtime::__private::core::file!(),
                    "\x001.2.3\0\0"
                ),
                ::trace_runtime::__private::core::line!(),
            );
        static __TRACE_METER: ::trace_runtime::__private::Meter =
            ::trace_runtime::__private::Meter::new(&__TRACE_SITE, "\0shop");
        static __TRACE_INSTRUMENT_0: ::trace_runtime::__private::Instrument =
            ::trace_runtime::__private::Instrument::gauge(&__TRACE_SITE, "cart.items\0\0");
        #[used]
        #[cfg_attr(
            any(target_os = "linux", target_os = "android", target_os = "freebsd"),
            unsafe(link_section = "trace_1_2_3")
        )]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,trc_1_2_3,regular,no_dead_strip")
        )]
        static __TRACE_ENTRIES: [::trace_runtime::__private::Entry; 2] = [
            ::trace_runtime::__private::Entry::Meter(&__TRACE_METER),
            ::trace_runtime::__private::Entry::Instrument(&__TRACE_INSTRUMENT_0),
        ];
        let __trace_call = ::trace_runtime::__private::metered(
            &__TRACE_METER,
            if ::trace_runtime::__private::metering() {
                ::trace_runtime::__private::Labels::new([::trace_runtime::__private::label(
                    &(self.shop),
                )])
            } else {
                ::trace_runtime::__private::Labels::NONE
            },
        );
        if ::trace_runtime::__private::metering() {
            ::trace_runtime::__private::measure(
                &__TRACE_INSTRUMENT_0,
                ::trace_runtime::__private::Labels::NONE,
                ::trace_runtime::__private::amount(&(self.len())),
            );
        }
        let __trace_returned: () = {
            #[allow()]
            {}
        };
        #[allow(unreachable_code)]
        let () = ::trace_runtime::__private::MeteredCall::leave(__trace_call);
        __trace_returned
    }
}
