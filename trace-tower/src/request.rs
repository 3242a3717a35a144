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
    /// Known at the start for servers; for clients, from the response.
    pub(crate) version: Option<&'static str>,
    /// An attribute of client metrics.
    pub(crate) server: Option<(Arc<str>, Option<u16>)>,
    pub(crate) is_grpc: bool,
    /// The size of its body, if known beforehand.
    pub(crate) size: Option<u64>,
}
