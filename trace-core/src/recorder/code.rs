//! Attributes for the source location of a site.

use super::fields::shortened;
use super::words::RecordedValue;
use crate::site::SiteInfo;
use std::iter::{Chain, Skip};
use std::{array, slice};

/// The iterator returned by [`code_attributes`].
#[derive(Clone)]
pub struct CodeAttributes(
    Chain<Skip<array::IntoIter<(&'static str, RecordedValue<'static>), 3>>, Constants>,
);

impl Iterator for CodeAttributes {
    type Item = (&'static str, RecordedValue<'static>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, shortened(value)))
    }
}

/// The attributes that every span of a site carries in addition to its source location.
#[derive(Clone)]
pub(crate) struct Constants(slice::Iter<'static, (&'static str, &'static str)>);

impl Iterator for Constants {
    type Item = (&'static str, RecordedValue<'static>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (*key, RecordedValue::Static(value)))
    }
}

/// Returns the attributes that every span of the site carries ([source code
/// attributes](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/)).
pub fn code_attributes(site: &'static SiteInfo) -> CodeAttributes {
    let all = [
        ("code.function.name", RecordedValue::Static(&site.function)),
        ("code.file.path", RecordedValue::Static(site.file)),
        ("code.line.number", RecordedValue::U64(site.line.into())),
    ];
    let unknown = match (&*site.function, site.file) {
        ("", "") => 3,
        // A block has a location, but no function name.
        ("", _) => 1,
        _ => 0,
    };
    let place = all.into_iter().skip(unknown);
    CodeAttributes(place.chain(Constants(site.constants.iter())))
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
