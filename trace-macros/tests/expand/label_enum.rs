// Written:
// #[derive(Label)]
// #[label(rename_all = "kebab-case")]
// pub enum Tier<T> {
//     Free,
//     #[label(rename = "pro")]
//     Paid {
//         until: T,
//     },
//     HttpOnly(T),
// }

// Expanded:
#[automatically_derived]
#[allow(deprecated, unreachable_patterns)]
impl<T> ::trace_runtime::__private::Label for Tier<T> {
    #[inline]
    fn __label(&self) -> ::trace_runtime::__private::LabelId {
        static VALUES: ::trace_runtime::__private::LabelValues =
            ::trace_runtime::__private::LabelValues::new("free\0pro\0http-only");
        ::trace_runtime::__private::LabelValues::id(
            &VALUES,
            match self {
                Self::Free { .. } => 0usize,
                Self::Paid { .. } => 1usize,
                Self::HttpOnly { .. } => 2usize,
            },
        )
    }
}
