// Written:
// #[business_metric(histogram("cart.items", buckets = [1, 10]), value = cart.as_ref().map(Cart::len), labels(code = err.code()), on = error)]
// fn checkout(cart: Option<Cart>) -> Result<(), Error> {
//     pay(cart)
// }

// Expanded:
fn checkout(cart: Option<Cart>) -> Result<(), Error> {
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
    static __TRACE_INSTRUMENT_0: ::trace_runtime::__private::Instrument =
        ::trace_runtime::__private::Instrument::histogram(&__TRACE_SITE, "cart.items\0\0\0code")
            .buckets(&[1.0, 10.0]);
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
    let __trace_held_0 = if ::trace_runtime::__private::metering() {
        ::trace_runtime::__private::Option::Some((
            ::trace_runtime::__private::Labels::NONE,
            ::trace_runtime::__private::amount(&(cart.as_ref().map(Cart::len))),
        ))
    } else {
        ::trace_runtime::__private::Option::None
    };
    let __trace_returned = ::trace_runtime::__private::once::<Result<(), Error>, _>({
        #[inline(always)]
        move || {
            #[allow()]
            {
                let cart = cart;
                let _ = &cart;
                #[allow()]
                {
                    pay(cart)
                }
            }
        }
    });
    {
        #[allow(unused_imports)]
        use ::trace_runtime::__private::probe::tiers::*;
        if let ::trace_runtime::__private::Option::Some((mut __trace_labels, __trace_amount)) =
            __trace_held_0
        {
            if (&::trace_runtime::__private::Probe(&__trace_returned)).__failed() {
                if let ::trace_runtime::__private::Option::Some(__trace_error) =
                    ::trace_runtime::__private::probe::Fallible::error(&__trace_returned)
                {
                    #[allow(unused_variables)]
                    let err = __trace_error;
                    ::trace_runtime::__private::Labels::set(
                        &mut __trace_labels,
                        0,
                        ::trace_runtime::__private::label(&(err.code())),
                    );
                }
                ::trace_runtime::__private::measure(
                    &__TRACE_INSTRUMENT_0,
                    __trace_labels,
                    __trace_amount,
                );
            }
        }
    }
    __trace_returned
}
