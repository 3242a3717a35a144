//! What is measured of one request.

use crate::conventions::Side;
use crate::exchange::Request;
use crate::metrics::Instruments;
use http::StatusCode;
use opentelemetry::KeyValue;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

/// A request that is measured: one more is active until its end.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) request: Request,
    pub(crate) status: Option<StatusCode>,
    /// Of an RPC.
    pub(crate) code: Option<&'static str>,
    /// `error.type`
    pub(crate) failure: Option<Cow<'static, str>>,
    /// Of the answer's body; `None`: nobody knows, or it was measured.
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

    /// Measures what has not been measured: the time it took and the size of the request; if the
    /// answer `is_whole`, its size too.
    pub(crate) fn end(&mut self, is_whole: bool) {
        let has_ended = std::mem::take(&mut self.is_active);
        let is_http = !self.request.is_grpc;
        let has_answer = is_http && is_whole && self.status.is_some();
        let answer = if has_answer { self.response_size.take() } else { None };
        if !has_ended && answer.is_none() {
            return;
        }
        let attributes = self.attributes();
        if has_ended {
            let took = self.began.elapsed().as_secs_f64();
            self.add_active(-1);
            self.instruments.record_duration(took, self.request.is_grpc, &attributes);
            if let (true, Some(size)) = (is_http, self.request.size) {
                self.instruments.record_request_size(size, &attributes);
            }
        }
        if let Some(size) = answer {
            self.instruments.record_response_size(size, &attributes);
        }
    }

    fn add_active(&self, number: i64) {
        // An RPC has no metric of this kind.
        if !self.request.is_grpc {
            let Request { method, scheme, .. } = self.request;
            let attributes =
                [KeyValue::new("http.request.method", method), KeyValue::new("url.scheme", scheme)];
            self.instruments.add_active(number, &attributes);
        }
    }

    /// The attributes of its metrics. They have few values, whatever strangers send.
    fn attributes(&self) -> Vec<KeyValue> {
        let Request { operation, method, scheme, version, server, is_grpc, side, .. } =
            &self.request;
        let mut attributes = Vec::with_capacity(8);
        let mut put = |key: &'static str, value: Option<opentelemetry::Value>| {
            attributes.extend(value.map(|value| KeyValue::new(key, value)));
        };
        let target = operation.label();
        if *is_grpc {
            put("rpc.system.name", Some("grpc".into()));
            put("rpc.method", Some(target.unwrap_or("_OTHER").into()));
            put("rpc.response.status_code", self.code.map(Into::into));
        } else {
            put("http.request.method", Some((*method).into()));
            put("url.scheme", Some((*scheme).into()));
            let key = match side {
                Side::Server => "http.route",
                Side::Client => "url.template",
            };
            put(key, target.map(Into::into));
            put("network.protocol.version", version.map(Into::into));
            let status = self.status.map(|status| i64::from(status.as_u16()));
            put("http.response.status_code", status.map(Into::into));
        }
        if let Some((address, port)) = server {
            put("server.address", Some(address.clone().into()));
            put("server.port", port.map(|port| i64::from(port).into()));
        }
        put("error.type", self.failure.clone().map(Into::into));
        attributes
    }
}
