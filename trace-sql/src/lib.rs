#![doc = include_str!("../docs/crate.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection;
mod database;
mod failure;
mod metrics;
mod pool;
mod query;
mod shared;
mod statement;
mod text;

pub use connection::{TracedConnection, TracedPoolConnection, TracedTransaction};
pub use pool::TracedPool;

#[doc(no_inline)]
pub use sqlx;
