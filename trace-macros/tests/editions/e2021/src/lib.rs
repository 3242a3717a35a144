//! The functions of `trace-macros/tests/suite` in edition 2021.
#![deny(warnings, clippy::all)]
// Intended: each time, `trace` is another attribute.
#![allow(clippy::duplicate_mod)]
#![cfg(test)]

#[path = "../../../suite/mod.rs"]
mod suite;
