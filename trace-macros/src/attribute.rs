//! Lists the attributes of this crate.

use syn::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Macro {
    /// `#[trace]`
    Trace,
    /// `#[metered]`
    Metered,
    /// `#[business_metric]`
    BusinessMetric,
}

impl Macro {
    /// The attribute that a path names. Only its last segment counts, because the crate may be
    /// renamed or re-exported; attributes of the same name in other libraries do not count.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        const FOREIGN: &[&str] = &["fastrace", "metered", "minitrace", "opentelemetry", "tracing"];
        let last = path.segments.last()?.ident.to_string();
        if path.segments.len() > 1 && FOREIGN.iter().any(|name| path.segments[0].ident == name) {
            return None;
        }
        let name = last.strip_prefix("core_").unwrap_or(&last);
        [Self::Trace, Self::Metered, Self::BusinessMetric]
            .into_iter()
            .find(|attribute| name == attribute.name())
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Metered => "metered",
            Self::BusinessMetric => "business_metric",
        }
    }

    /// The word for a function that has the attribute.
    pub(crate) fn participle(self) -> &'static str {
        match self {
            Self::Trace => "traced",
            Self::Metered => "metered",
            Self::BusinessMetric => "measured",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Macro;

    #[test]
    fn attributes_are_known_by_their_last_segment() {
        for (path, expected) in [
            ("trace", Some(Macro::Trace)),
            ("trace_runtime::trace", Some(Macro::Trace)),
            ("trace_core::metered", Some(Macro::Metered)),
            ("trace_macros::core_business_metric", Some(Macro::BusinessMetric)),
            ("crate::telemetry::core_trace", Some(Macro::Trace)),
            ("fastrace::trace", None),
            ("core_span", None),
            ("instrument", None),
        ] {
            assert_eq!(Macro::of(&syn::parse_str(path).unwrap()), expected, "{path}");
        }
    }
}
