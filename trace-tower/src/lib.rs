#![doc = include_str!("../docs/crate.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod client;
mod conventions;
mod defaults;
mod ends;
mod exchange;
mod future;
mod headers;
mod health;
mod kept;
mod measured;
mod metrics;
mod operation;
mod provider;
#[cfg(feature = "reqwest")]
pub mod reqwest;
mod route;
mod server;
mod sites;
mod within;

trace_runtime::__versioned! {
    use trace_runtime::__private as runtime;
}

pub use body::ResponseBody;
pub use client::{ClientLayer, ClientService, ResendCount, UrlTemplate};
pub use future::ResponseFuture;
pub use health::HealthService;
pub use server::{ServerLayer, ServerService};

#[doc(no_inline)]
pub use http;
