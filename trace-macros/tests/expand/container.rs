// Written:
// #[trace(kind = Server)]
// impl<T> Cart<T> {
//     const MAX: u8 = 1;
//     fn add(&mut self) {}
//     #[trace(skip)]
//     fn len(&self) -> usize {
//         0
//     }
// }

// Expanded:
impl<T> Cart<T> {
    const MAX: u8 = 1;
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
            )
            .kind(::trace_runtime::__private::SpanKind::Server);
        let __trace_call = ::trace_runtime::__private::call(&__TRACE_SITE);
        let __trace_returned: () = {
            #[allow()]
            {}
        };
        #[allow(unreachable_code)]
        let () = ::trace_runtime::__private::Call::leave(__trace_call);
        __trace_returned
    }
    fn len(&self) -> usize {
        0
    }
}
