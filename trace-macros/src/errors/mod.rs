//! Lists every mistake with its message: what is wrong, what is allowed, and the nearest fix.
//!
//! Mistakes are collected, so that all of them are reported at once. Nothing here depends on how
//! options are parsed or expanded.

mod collected;
mod fields;
mod metrics;
mod nearest;
mod options;
mod outcome;
mod places;
mod spans;

pub(crate) use collected::Errors;
pub(crate) use fields::*;
pub(crate) use metrics::*;
pub(crate) use options::*;
pub(crate) use outcome::*;
pub(crate) use places::*;
pub(crate) use spans::*;
