//! The functions of `suite`, in this crate's own edition.
#![deny(warnings, clippy::all)]

mod suite;
