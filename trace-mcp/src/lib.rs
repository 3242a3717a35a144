#![doc = include_str!("../docs/crate.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod delegate;
mod failure;
mod handler;
mod meta;
mod metrics;

pub use handler::TracedHandler;
pub use meta::inject;

#[doc(no_inline)]
pub use rmcp;
