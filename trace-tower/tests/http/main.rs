//! Requests through the layers, as captures see them.

mod server;
mod support;
