//! Metrics as Prometheus writes them, for it and for people.
//!
//! | file | what it holds |
//! |---|---|
//! | `convert.rs` | from what was collected to families and series |
//! | `page.rs` | the text, in both formats |
//! | `value.rs` | numbers, and sums of what is one series |
//! | `names.rs` | what names, units and keys are called there |

mod convert;
mod names;
mod page;
mod value;

pub(crate) use convert::page;
pub(crate) use page::TextFormat;
