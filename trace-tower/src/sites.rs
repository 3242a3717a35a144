//! Creates the sites of spans: one for each name, and one for each form of request for names that are
//! not kept.

use crate::conventions::{Side, keys};
use crate::runtime::layer::{Place, Site};
use std::sync::LazyLock;

/// The forms of requests, which have different attributes.
static UNNAMED: [LazyLock<&Site>; 4] = [
    LazyLock::new(|| named(Side::Server, false, "")),
    LazyLock::new(|| named(Side::Server, true, "")),
    LazyLock::new(|| named(Side::Client, false, "")),
    LazyLock::new(|| named(Side::Client, true, "")),
];

/// Creates the site of spans of this name, which lives as long as the program.
pub(crate) fn named(side: Side, is_grpc: bool, name: &str) -> &'static Site {
    let place = Place {
        name,
        module: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        file: "",
        line: 0,
        keys: keys::of(side, is_grpc),
        constants: Vec::new(),
    };
    place.into_site()
}

/// Returns the site of spans whose name is not kept.
pub(crate) fn unnamed(side: Side, is_grpc: bool) -> &'static Site {
    &UNNAMED[2 * usize::from(side == Side::Client) + usize::from(is_grpc)]
}
