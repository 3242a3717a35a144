//! The functions of `trace-macros/tests/suite` in edition 2021.
#![deny(warnings, clippy::all)]

#[cfg(test)]
#[path = "../../../suite/mod.rs"]
mod suite;
