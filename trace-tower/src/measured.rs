//! Measures one request.

use crate::metrics::Instruments;
use crate::request::Request;
use crate::series::Labels;
use http::StatusCode;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

/// A request that is being measured, and counted as active until its end.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) request: Request,
    pub(crate) status: Option<StatusCode>,
    /// The status code of an RPC.
    pub(crate) code: Option<&'static str>,
    /// `error.type`
    pub(crate) failure: Option<Cow<'static, str>>,
    /// The size of the response body; `None` if unknown or measured.
    pub(crate) response_size: Option<u64>,
    instruments: Arc<Instruments>,
    began: Instant,
    is_active: bool,
}

impl Measured {
    pub(crate) fn begin(request: Request) -> Self {
        let instruments = Instruments::current(request.side);
        let measured = Self {
            request,
            status: None,
            code: None,
            failure: None,
            response_size: Some(0),
            instruments,
            began: Instant::now(),
            is_active: true,
        };
        measured.add_active(1);
        measured
    }

    /// Measures what has not been measured: duration and request size, and if the response `is_whole`,
    /// its size too.
    pub(crate) fn end(&mut self, is_whole: bool) {
        let has_ended = std::mem::take(&mut self.is_active);
        let is_http = !self.request.is_grpc;
        let has_answer = is_http && is_whole && self.status.is_some();
        let answer = if has_answer { self.response_size.take() } else { None };
        if !has_ended && answer.is_none() {
            return;
        }
        let instruments = &*self.instruments;
        let series = instruments.series(self.labels());
        if has_ended {
            let took = self.began.elapsed().as_secs_f64();
            self.add_active(-1);
            series.record_duration(instruments.duration(self.request.is_grpc), took);
            if let (true, Some(size)) = (is_http, self.request.size) {
                series.record_request_size(&instruments.request_size, size);
            }
        }
        if let Some(size) = answer {
            series.record_response_size(&instruments.response_size, size);
        }
    }

    fn add_active(&self, number: i64) {
        // The conventions have no such metric for RPCs.
        if !self.request.is_grpc {
            self.instruments.add_active(number, [self.request.method, self.request.scheme]);
        }
    }

    fn labels(&self) -> Labels {
        let Request { operation, method, scheme, version, server, is_grpc, side, .. } =
            &self.request;
        Labels {
            side: *side,
            is_grpc: *is_grpc,
            method,
            scheme,
            target: operation.label(),
            version: *version,
            status: self.status.map(|status| status.as_u16()),
            code: self.code,
            server: server.clone(),
            failure: self.failure.clone(),
        }
    }
}
