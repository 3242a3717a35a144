// Written:
// #[trace]
// pub fn first(items: &[u64]) -> Option<u64> {
//     Some(items.first()? + 1)
// }

// Expanded:
pub fn first(items: &[u64]) -> Option<u64> {
    static __TRACE_SITE: ::trace_runtime::__private::Site = ::trace_runtime::__private::Site::new(
        ::trace_runtime::__private::core::concat!(
            "first\0",
            ::trace_runtime::__private::core::module_path!(),
            "\0",
            ::trace_runtime::__private::core::file!(),
            "\x001.2.3\0"
        ),
        ::trace_runtime::__private::core::line!(),
    );
    {
        let __trace_guard = ::trace_runtime::__private::enter(&__TRACE_SITE);
        #[allow()]
        {
            Some(items.first()? + 1)
        }
    }
}
