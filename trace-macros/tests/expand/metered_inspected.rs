// Written:
// #[metered(labels(status = ret.status, code = err.code(), tier), err(when = !err.is_not_found()))]
// fn load((tier, id): (Tier, u64)) -> Result<Page, Error> {
//     read(id)
// }

// Expanded:
fn load(__trace_arg0: (Tier, u64)) -> Result<Page, Error> {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "load\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    static __TRACE_METER: ::trace_runtime::__private::Meter =
        ::trace_runtime::__private::Meter::new(&__TRACE_SITE, "\0status\0code\0tier");
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
    let mut __trace_call = ::trace_runtime::__private::MeteredCall::off();
    let __trace_slot = &mut __trace_call;
    let __trace_returned = ::trace_runtime::__private::once::<Result<Page, Error>, _>({
        #[inline(always)]
        move || {
            #[allow()]
            {
                let __trace_arg0 = __trace_arg0;
                let (tier, id) = __trace_arg0;
                *__trace_slot = ::trace_runtime::__private::metered(
                    &__TRACE_METER,
                    if ::trace_runtime::__private::metering() {
                        ::trace_runtime::__private::Labels::new([
                            ::trace_runtime::__private::LabelId::NONE,
                            ::trace_runtime::__private::LabelId::NONE,
                            ::trace_runtime::__private::label(&tier),
                        ])
                    } else {
                        ::trace_runtime::__private::Labels::NONE
                    },
                );
                #[allow()]
                {
                    read(id)
                }
            }
        }
    });
    {
        #[allow(unused_imports)]
        use ::trace_runtime::__private::probe::tiers::*;
        let __trace_finish = ::trace_runtime::__private::MeteredCall::finish(&mut __trace_call);
        let __trace_labels_of_ret = if ::trace_runtime::__private::Finish::judging(__trace_finish) {
            if let ::trace_runtime::__private::Option::Some(__trace_value) =
                (&::trace_runtime::__private::Probe(&__trace_returned)).__value()
            {
                #[allow(unused_variables)]
                let ret = __trace_value;
                ::trace_runtime::__private::Option::Some((::trace_runtime::__private::label(
                    &(ret.status),
                ),))
            } else {
                ::trace_runtime::__private::Option::None
            }
        } else {
            ::trace_runtime::__private::Option::None
        };
        let __trace_labels_of_err = if ::trace_runtime::__private::Finish::judging(__trace_finish) {
            if let ::trace_runtime::__private::Option::Some(__trace_error) =
                ::trace_runtime::__private::probe::Fallible::error(&__trace_returned)
            {
                #[allow(unused_variables)]
                let err = __trace_error;
                ::trace_runtime::__private::Option::Some((::trace_runtime::__private::label(
                    &(err.code()),
                ),))
            } else {
                ::trace_runtime::__private::Option::None
            }
        } else {
            ::trace_runtime::__private::Option::None
        };
        if ::trace_runtime::__private::Finish::judging(__trace_finish) {
            if let ::trace_runtime::__private::Option::Some(__trace_error) =
                ::trace_runtime::__private::probe::Fallible::error(&__trace_returned)
            {
                #[allow(unused_variables)]
                let err = __trace_error;
                if !err.is_not_found() {
                    (&&&&&::trace_runtime::__private::ErrorProbe(__trace_error))
                        .__record(__trace_finish, ::trace_runtime::__private::Option::None);
                }
            }
            if let ::trace_runtime::__private::Option::Some((__trace_label_0,)) =
                __trace_labels_of_ret
            {
                ::trace_runtime::__private::Finish::set_label(__trace_finish, 0, __trace_label_0);
            }
            if let ::trace_runtime::__private::Option::Some((__trace_label_0,)) =
                __trace_labels_of_err
            {
                ::trace_runtime::__private::Finish::set_label(__trace_finish, 1, __trace_label_0);
            }
        }
    }
    ::trace_runtime::__private::MeteredCall::leave(__trace_call);
    __trace_returned
}
