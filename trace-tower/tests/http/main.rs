//! Requests through the layers, as captures see them.

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
