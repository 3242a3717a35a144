//! Attributes for the source location of a site.

use super::fields::{length_limit, shortened};
use super::words::RecordedValue;
use crate::site::SiteInfo;

/// Which spans get the attributes of their place in the source: `code.function.name`, `code.file.path` and
/// `code.line.number`.
///
/// They double the bytes of a small span, and backends bill by the byte. A function's place is in the
/// [catalog](https://docs.rs/trace-runtime/latest/trace_runtime/catalog/) too, by the name of its spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeAttributes {
    /// All spans.
    Always,
    /// Spans that failed: the default, because people look for the place of a failure.
    #[default]
    Errors,
    /// No span.
    Never,
}

impl CodeAttributes {
    /// Returns whether a span gets them.
    #[inline]
    pub(super) fn are_shown(self, has_failed: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Errors => has_failed,
            Self::Never => false,
        }
    }
}

/// Iterates over the attributes that every span of a site carries.
#[derive(Clone)]
pub struct SiteAttributes {
    site: &'static SiteInfo,
    next: usize,
}

/// The number of attributes of a place in the source.
const PLACE: usize = 3;

impl Iterator for SiteAttributes {
    type Item = (&'static str, RecordedValue<'static>);

    fn next(&mut self) -> Option<Self::Item> {
        let site = self.site;
        let (key, value) = match self.next {
            0 => ("code.function.name", RecordedValue::Static(&site.function)),
            1 => ("code.file.path", RecordedValue::Static(site.file)),
            2 => ("code.line.number", RecordedValue::U64(site.line.into())),
            at => {
                let &(key, value) = site.constants.get(at - PLACE)?;
                (key, RecordedValue::Static(value))
            }
        };
        self.next += 1;
        Some((key, shortened(value, length_limit())))
    }
}

/// Returns the attributes that every span of the site carries: its location in the source ([source code
/// attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)), and its constants.
pub fn site_attributes(site: &'static SiteInfo) -> SiteAttributes {
    let next = match (&*site.function, site.file) {
        ("", "") => PLACE,
        // A block has a location, but no function name.
        ("", _) => 1,
        _ => 0,
    };
    SiteAttributes { site, next }
}

/// Returns those attributes without the location.
pub fn constants(site: &'static SiteInfo) -> SiteAttributes {
    SiteAttributes { site, next: PLACE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;

    #[test]
    fn constants_follow_the_place() {
        static SITE: Site = Site::new("\0m\0f.rs\0\0request\0", 3);
        SITE.set_constants(vec![("target", "shop")]);
        let keys: Vec<_> = site_attributes(SITE.info()).map(|(key, _)| key).collect();
        assert_eq!(keys, ["code.file.path", "code.line.number", "target"]);
    }
}
