//! Holds what is known of a request before it is handled.

use crate::conventions::Side;
use crate::names::Operation;
use std::sync::Arc;

/// What is known of a request before it is handled.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) side: Side,
    pub(crate) operation: Operation,
    /// `http.request.method`
    pub(crate) method: &'static str,
    pub(crate) scheme: &'static str,
    /// Known of servers; of clients it is what the answer says.
    pub(crate) version: Option<&'static str>,
    /// The attributes of metrics have it for clients.
    pub(crate) server: Option<(Arc<str>, Option<u16>)>,
    pub(crate) is_grpc: bool,
    /// The size of its body, if that is known beforehand.
    pub(crate) size: Option<u64>,
}
