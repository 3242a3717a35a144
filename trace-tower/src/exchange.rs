//! One request from its beginning to its end, whoever sent it: its span, and what is measured.

use crate::conventions::Side;
use crate::conventions::failure::Failure;
use crate::conventions::grpc;
use crate::metrics::Instruments;
use crate::names::Operation;
use http::{HeaderMap, StatusCode};
use opentelemetry::KeyValue;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use trace_runtime::{Context, DetachedSpan, Outcome, Span, SpanKind, Status};

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

/// A request that has begun. Dropped before its end, it was given up.
#[derive(Debug)]
pub(crate) struct Exchange {
    request: Request,
    span: Option<DetachedSpan>,
    /// What is current while it is handled, where there is no span to carry it.
    carried: Option<Context>,
    instruments: Arc<Instruments>,
    began: Instant,
    /// Within the inner service; what is found so later has panicked.
    entered: bool,
    is_measured: bool,
    status: Option<StatusCode>,
    code: Option<&'static str>,
    failure: Option<Cow<'static, str>>,
    /// Of its body; `None`: nobody knows.
    response_size: Option<u64>,
}

impl Exchange {
    /// Begins under what is current. `describe` is called if the span is recorded.
    pub(crate) fn begin(request: Request, describe: impl FnOnce(&Span, &Request)) -> Self {
        let instruments = Instruments::current(request.side);
        let kind = match request.side {
            Side::Server => SpanKind::Server,
            Side::Client => SpanKind::Client,
        };
        let began = Instant::now();
        let detached = Span::builder(request.operation.name.clone()).with_kind(kind).start();
        let span = detached.span();
        if span.is_recording() {
            describe(&span, &request);
        }
        let carried = (!span.context().is_valid()).then(Context::current);
        let exchange = Self {
            request,
            span: Some(detached),
            carried,
            instruments,
            began,
            entered: false,
            is_measured: false,
            status: None,
            code: None,
            failure: None,
            response_size: Some(0),
        };
        exchange.add_active(1);
        exchange
    }

    pub(crate) fn is_grpc(&self) -> bool {
        self.request.is_grpc
    }

    pub(crate) fn side(&self) -> Side {
        self.request.side
    }

    /// Runs a part of the handling, with the request's span current.
    pub(crate) fn within<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let has_panicked = std::mem::replace(&mut self.entered, true);
        let result = self.in_context(body);
        self.entered = has_panicked;
        result
    }

    fn in_context<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let _carried = self.carried.as_ref().map(Context::attach);
        match &mut self.span {
            Some(span) => span.in_scope(|_| body()),
            None => body(),
        }
    }

    /// The span, if anything said of it is recorded.
    pub(crate) fn recorded(&self) -> Option<Span> {
        self.span.as_ref().map(DetachedSpan::span).filter(Span::is_recording)
    }

    /// The head of the answer is there.
    pub(crate) fn has_head(
        &mut self,
        status: StatusCode,
        version: &'static str,
        headers: &HeaderMap,
    ) {
        self.status = Some(status);
        if self.request.side == Side::Client {
            self.request.version = Some(version);
        }
        if let Some(span) = self.recorded() {
            let code = status.as_u16();
            let version = (self.request.side == Side::Client).then_some(version);
            if self.request.is_grpc {
                span.set_attributes(&[("network.protocol.version", &version)]);
            } else {
                span.set_attributes(&[
                    ("http.response.status_code", &code),
                    ("network.protocol.version", &version),
                ]);
            }
        }
        if self.request.is_grpc {
            self.has_trailers(headers);
        } else if let Some(failure) = Failure::of_status(status, self.request.side) {
            self.fails(failure);
        }
    }

    /// Headers that may bring the code of an RPC.
    pub(crate) fn has_trailers(&mut self, trailers: &HeaderMap) {
        if let (true, Some(code)) = (self.request.is_grpc, grpc::code(trailers)) {
            self.has_code(code, grpc::message(trailers));
        }
    }

    fn has_code(&mut self, code: &'static str, message: Option<&str>) {
        self.code = Some(code);
        if let Some(span) = self.recorded() {
            span.set_attribute("rpc.response.status_code", code);
        }
        match self.request.side {
            Side::Server if code == grpc::UNIMPLEMENTED => self.has_unknown_method(),
            Side::Server if grpc::is_of_handler(code) => self.request.operation.confirm(),
            _ => {}
        }
        if grpc::is_error(code, self.request.side) {
            self.fails(Failure { kind: code.into(), message: message.map(str::to_owned) });
        }
    }

    /// Whoever calls may call it anything: such names are no labels.
    fn has_unknown_method(&mut self) {
        let unknown = Operation { target: "_OTHER".into(), ..Operation::plain("grpc") };
        let original = std::mem::replace(&mut self.request.operation, unknown).target;
        if let Some(span) = self.recorded() {
            let original = (original != "_OTHER").then_some(original);
            span.set_attributes(&[("rpc.method", &"_OTHER"), ("rpc.method_original", &original)]);
            span.update_name("grpc");
        }
    }

    /// It has gone wrong; the span is told when it ends.
    pub(crate) fn fails(&mut self, failure: Failure) {
        let Failure { kind, message } = failure;
        if let Some(span) = self.recorded() {
            span.set_attribute("error.type", &*kind);
            span.set_status(Status::Error { description: message.unwrap_or_default().into() });
        }
        self.failure = Some(kind);
    }

    /// A piece of the answer's body has come.
    pub(crate) fn has_data(&mut self, bytes: usize) {
        self.response_size = self.response_size.map(|size| size + bytes as u64);
    }

    /// Ends the span and measures how long it took; what is left is the size of the answer.
    pub(crate) fn end_span(&mut self) {
        let outcome = if self.failure.is_some() { Outcome::Error } else { Outcome::Ok };
        self.end_as(outcome);
    }

    /// All has come that will.
    pub(crate) fn end(mut self) {
        if self.request.is_grpc && self.code.is_none() {
            match self.status {
                Some(status) => self.has_code(grpc::code_of_status(status), None),
                None if self.failure.is_none() => self.has_code("UNKNOWN", None),
                None => {}
            }
        }
        self.end_span();
        self.end_of_answer();
    }

    /// The same where the answer's body goes unseen, and says its size or not.
    #[cfg(feature = "reqwest")]
    pub(crate) fn end_with_size(mut self, size: Option<u64>) {
        self.response_size = size;
        self.end();
    }

    fn end_as(&mut self, outcome: Outcome) {
        if self.is_measured {
            return;
        }
        self.is_measured = true;
        let took = self.began.elapsed();
        self.in_context_of_end(|this| {
            this.add_active(-1);
            let attributes = this.attributes();
            let Self { instruments, request, .. } = this;
            instruments.record_duration(took.as_secs_f64(), request.is_grpc, &attributes);
            if let (Some(size), false) = (request.size, request.is_grpc) {
                instruments.record_request_size(size, &attributes);
            }
        });
        // What is measured at the end of the answer belongs to the same capture and trace.
        if let Some(span) = self.span.take() {
            self.carried.get_or_insert_with(|| span.context().into());
            span.end_as(outcome);
        }
    }

    fn end_of_answer(&mut self) {
        let (false, Some(_), Some(size)) =
            (self.request.is_grpc, self.status, self.response_size.take())
        else {
            return;
        };
        self.in_context_of_end(|this| {
            this.instruments.record_response_size(size, &this.attributes());
        });
    }

    fn in_context_of_end(&mut self, measure: impl FnOnce(&Self)) {
        let context = match (&self.carried, &self.span) {
            (Some(carried), _) => carried.clone(),
            (None, Some(span)) => span.context().into(),
            (None, None) => Context::default(),
        };
        context.in_scope(|| measure(self));
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
        let target = operation.label();
        if *is_grpc {
            attributes.push(KeyValue::new("rpc.system.name", "grpc"));
            attributes.push(KeyValue::new("rpc.method", target.unwrap_or("_OTHER")));
            let code = self.code.map(|code| KeyValue::new("rpc.response.status_code", code));
            attributes.extend(code);
        } else {
            let key = match side {
                Side::Server => "http.route",
                Side::Client => "url.template",
            };
            attributes.push(KeyValue::new("http.request.method", *method));
            attributes.push(KeyValue::new("url.scheme", *scheme));
            attributes.extend(target.map(|target| KeyValue::new(key, target)));
            attributes.extend(version.map(|it| KeyValue::new("network.protocol.version", it)));
            let status = self.status.map(|status| i64::from(status.as_u16()));
            attributes.extend(status.map(|it| KeyValue::new("http.response.status_code", it)));
        }
        if let Some((address, port)) = server {
            attributes.push(KeyValue::new("server.address", address.clone()));
            let port = port.map(|port| KeyValue::new("server.port", i64::from(port)));
            attributes.extend(port);
        }
        let failure = self.failure.clone();
        attributes.extend(failure.map(|failure| KeyValue::new("error.type", failure)));
        attributes
    }
}

/// Given up, or gone with a panic.
impl Drop for Exchange {
    fn drop(&mut self) {
        if self.entered {
            self.failure = Some("panic".into());
            self.end_as(Outcome::Panic);
        } else if !self.is_measured {
            self.failure.get_or_insert("cancelled".into());
            self.end_as(Outcome::Cancelled);
        }
        self.end_of_answer();
    }
}
