// Written:
// #[derive(Label)]
// #[label(range = -1..=1)]
// struct Sign(i8);

// Expanded:
#[automatically_derived]
#[allow(deprecated, unreachable_patterns)]
impl ::trace_runtime::__private::Label for Sign {
    #[inline]
    fn __label(&self) -> ::trace_runtime::__private::LabelId {
        static VALUES: ::trace_runtime::__private::LabelValues =
            ::trace_runtime::__private::LabelValues::new("-1\x000\x001");
        ::trace_runtime::__private::LabelValues::id(
            &VALUES,
            match self.0 {
                -1 => 0usize,
                0 => 1usize,
                1 => 2usize,
                _ => return ::trace_runtime::__private::LabelId::OTHER,
            },
        )
    }
}
