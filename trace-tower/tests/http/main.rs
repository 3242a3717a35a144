//! Tests the layers by what captures see.

mod client;
mod ends;
mod grpc;
mod hostile;
mod loopback;
mod measured;
#[cfg(feature = "reqwest")]
mod middleware;
mod server;
mod support;
