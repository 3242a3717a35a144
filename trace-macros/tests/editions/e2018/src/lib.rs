//! The functions of `trace-macros/tests/suite` in edition 2018.
#![deny(warnings, clippy::all)]

#[cfg(test)]
#[path = "../../../suite/mod.rs"]
mod suite;
