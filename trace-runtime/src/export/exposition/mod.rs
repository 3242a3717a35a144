//! Writes metrics in Prometheus's formats, for Prometheus and for people.
//!
//! | file | contents |
//! |---|---|
//! | `convert.rs` | the conversion of collected metrics to families and series |
//! | `page.rs` | the text, in both formats |
//! | `value.rs` | numbers, and sums of merged series |
//! | `names.rs` | the translation of names, units and keys |

mod convert;
mod names;
mod page;
mod value;

pub(crate) use convert::{PageOptions, page};
pub(crate) use page::TextFormat;
