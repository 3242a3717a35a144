// Written:
// #[trace]
// fn finish<'a, W: Write>(&'a mut self, writer: W) -> Result<&'a [u8], FinishError<W>> {
//     self.close(writer)
// }

// Expanded:
fn finish<'a, W: Write>(&'a mut self, writer: W) -> Result<&'a [u8], FinishError<W>> {
    #[used]
    #[cfg_attr(
        any(target_os = "linux", target_os = "android", target_os = "freebsd"),
        unsafe(link_section = "trace_sites_1_2_3")
    )]
    #[cfg_attr(
        target_vendor = "apple",
        unsafe(link_section = "__DATA,trs_1_2_3,regular,no_dead_strip")
    )]
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "finish\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    let __trace_call = ::trace_runtime::__private::call(&__TRACE_SITE);
    let __trace_returned =
        ::trace_runtime::__private::once::<Result<&'_ [u8], FinishError<W>>, _>({
            #[inline(always)]
            move || {
                #[allow()]
                {
                    let _ = &self;
                    let writer = writer;
                    #[allow()]
                    {
                        self.close(writer)
                    }
                }
            }
        });
    {
        use ::trace_runtime::__private::probe::tiers::*;
        (&&&::trace_runtime::__private::Probe(&__trace_returned)).__leave(__trace_call);
    }
    __trace_returned
}
