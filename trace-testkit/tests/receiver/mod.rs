//! Tests the receiver: what it takes, how it answers, and that nothing breaks it.
#![cfg(feature = "receiver-tls")]

mod client;
mod hostile;
mod misbehave;
mod runtimes;
mod signals;
mod taken;
