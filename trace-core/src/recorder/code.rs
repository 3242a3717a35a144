//! Attributes for the source location of a site.

use super::fields::shortened;
use super::words::RecordedValue;
use crate::site::SiteInfo;

/// The iterator returned by [`code_attributes`].
#[derive(Clone)]
pub struct CodeAttributes {
    site: &'static SiteInfo,
    next: usize,
}

/// The number of attributes of a place in the source.
const PLACE: usize = 3;

impl Iterator for CodeAttributes {
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
        Some((key, shortened(value)))
    }
}

/// Returns the attributes that every span of the site carries: its location in the source ([source code
/// attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)), and its constants.
pub fn code_attributes(site: &'static SiteInfo) -> CodeAttributes {
    let next = match (&*site.function, site.file) {
        ("", "") => PLACE,
        // A block has a location, but no function name.
        ("", _) => 1,
        _ => 0,
    };
    CodeAttributes { site, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;

    #[test]
    fn constants_follow_the_place() {
        static SITE: Site = Site::new("\0m\0f.rs\0\0request\0", 3);
        SITE.set_constants(vec![("target", "shop")]);
        let keys: Vec<_> = code_attributes(SITE.info()).map(|(key, _)| key).collect();
        assert_eq!(keys, ["code.file.path", "code.line.number", "target"]);
    }
}
