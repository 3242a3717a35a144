//! Follows one request from beginning to end, of clients and servers: its span and its measurements.

use crate::conventions::Side;
use crate::conventions::failure::Failure;
use crate::conventions::grpc;
use crate::measured::Measured;
use crate::names::Operation;
use crate::request::Request;
use http::{HeaderMap, StatusCode};
use trace_runtime::{
    Span, SpanKind, Status,
    propagation::Context,
    span::{DetachedSpan, Outcome},
};

/// A request in progress. Dropping it before its end counts as cancelled.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// `None` after its end.
    span: Option<DetachedSpan>,
    /// The context of its handling and measurements, if there is no span to carry it.
    carried: Option<Context>,
    /// Whether the inner service runs; if it is still set later, that panicked.
    entered: bool,
    measured: Measured,
}

impl Exchange {
    /// Begins a request in the current context. `describe` is called if the span is recorded.
    pub(crate) fn begin(request: Request, describe: impl FnOnce(&Span, &Request)) -> Self {
        let kind = match request.side {
            Side::Server => SpanKind::Server,
            Side::Client => SpanKind::Client,
        };
        let name = request.operation.name.clone();
        let scope = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let measured = Measured::begin(request);
        let detached = Span::builder(name).with_kind(kind).with_scope(scope.0, scope.1).start();
        let span = detached.span();
        if span.is_recording() {
            describe(&span, &measured.request);
        }
        let carried = (!span.context().is_valid()).then(Context::current);
        Self { span: Some(detached), carried, entered: false, measured }
    }

    pub(crate) fn is_grpc(&self) -> bool {
        self.measured.request.is_grpc
    }

    pub(crate) fn side(&self) -> Side {
        self.measured.request.side
    }

    /// Runs a part of the handling with the request's span current, unless that has ended.
    pub(crate) fn within<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let Some(span) = &mut self.span else { return body() };
        let _carried = self.carried.as_ref().map(Context::attach);
        let has_panicked = std::mem::replace(&mut self.entered, true);
        let result = span.in_scope(|_| body());
        self.entered = has_panicked;
        result
    }

    /// Returns the span, if it is recording.
    pub(crate) fn recorded(&self) -> Option<Span> {
        self.span.as_ref().map(DetachedSpan::span).filter(Span::is_recording)
    }

    /// Records the response head.
    pub(crate) fn has_head(
        &mut self,
        status: StatusCode,
        version: &'static str,
        headers: &HeaderMap,
    ) {
        let Request { side, is_grpc, .. } = self.measured.request;
        self.measured.status = Some(status);
        if side == Side::Client {
            self.measured.request.version = Some(version);
        }
        if let Some(span) = self.recorded() {
            let code = (!is_grpc).then(|| status.as_u16());
            let version = (side == Side::Client).then_some(version);
            span.set_attributes(&[
                ("http.response.status_code", &code),
                ("network.protocol.version", &version),
            ]);
        }
        if is_grpc {
            self.has_trailers(headers);
        } else if let Some(failure) = Failure::of_status(status, side) {
            self.fails(failure);
        }
    }

    /// Records the code of an RPC, if these headers contain it.
    pub(crate) fn has_trailers(&mut self, trailers: &HeaderMap) {
        if let (true, Some(code)) = (self.is_grpc(), grpc::code(trailers)) {
            self.has_code(code, grpc::message(trailers));
        }
    }

    fn has_code(&mut self, code: &'static str, message: Option<&str>) {
        self.measured.code = Some(code);
        if let Some(span) = self.recorded() {
            span.set_attribute("rpc.response.status_code", code);
        }
        match self.side() {
            Side::Server if code == grpc::UNIMPLEMENTED => self.has_unknown_method(),
            Side::Server if grpc::is_of_handler(code) => self.measured.request.operation.confirm(),
            _ => {}
        }
        if grpc::is_error(code, self.side()) {
            self.fails(Failure { kind: code.into(), message: message.map(str::to_owned) });
        }
    }

    /// Replaces a method that the server does not have: clients can send any name, so it must not
    /// become a label.
    fn has_unknown_method(&mut self) {
        let unknown = Operation { target: "_OTHER".into(), ..Operation::plain("grpc") };
        let original = std::mem::replace(&mut self.measured.request.operation, unknown).target;
        if let (Some(span), false) = (self.recorded(), original.is_empty()) {
            span.set_attributes(&[("rpc.method", &"_OTHER"), ("rpc.method_original", &original)]);
            span.update_name("grpc");
        }
    }

    /// Records a failure.
    pub(crate) fn fails(&mut self, failure: Failure) {
        let Failure { kind, message } = failure;
        if let Some(span) = self.recorded() {
            span.set_attribute("error.type", &*kind);
            span.set_status(Status::Error { description: message.unwrap_or_default().into() });
        }
        self.measured.failure = Some(kind);
    }

    /// Counts a frame of the response body.
    pub(crate) fn has_data(&mut self, bytes: usize) {
        self.measured.response_size = self.measured.response_size.map(|size| size + bytes as u64);
    }

    /// Ends the span and measures the duration; the response size is measured later.
    pub(crate) fn end_span(&mut self) {
        self.end_as(self.outcome(), false);
    }

    /// Ends the request after its last frame.
    pub(crate) fn end(mut self) {
        // A response without a code gets one from its HTTP status; an error stands for itself.
        if let (true, None, Some(status)) =
            (self.is_grpc(), self.measured.code, self.measured.status)
        {
            self.has_code(grpc::code_of_status(status), None);
        }
        self.end_as(self.outcome(), true);
    }

    /// Like [`end`](Self::end), for a response body that is not seen, with its size if known.
    #[cfg(feature = "reqwest")]
    pub(crate) fn end_with_size(mut self, size: Option<u64>) {
        self.measured.response_size = size;
        self.end();
    }

    fn outcome(&self) -> Outcome {
        if self.measured.failure.is_some() { Outcome::Error } else { Outcome::Ok }
    }

    /// Ends span and measurements, in the capture in which the request began.
    fn end_as(&mut self, outcome: Outcome, is_whole: bool) {
        let Self { span, carried, measured, .. } = self;
        let _carried = carried.as_ref().map(Context::attach);
        let Some(mut span) = span.take() else {
            return measured.end(is_whole);
        };
        span.in_scope(|_| measured.end(is_whole));
        if !is_whole {
            carried.get_or_insert_with(|| span.context().into());
        }
        span.end_as(outcome);
    }
}

/// Ends as cancelled, or with a panic.
impl Drop for Exchange {
    fn drop(&mut self) {
        let outcome = if self.entered { Outcome::Panic } else { Outcome::Cancelled };
        if self.span.is_some() {
            let failure = &mut self.measured.failure;
            match outcome {
                Outcome::Panic => *failure = Some("panic".into()),
                _ => drop(failure.get_or_insert("cancelled".into())),
            }
        }
        self.end_as(outcome, true);
    }
}
