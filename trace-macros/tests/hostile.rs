//! The functions of `suite` in this crate's own edition.
#![deny(warnings, clippy::all)]
// Intended: each time, `trace` is another attribute.
#![allow(clippy::duplicate_mod)]

mod suite;
