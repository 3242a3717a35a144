//! Follows one request from beginning to end, of clients and servers: its span and its measurements.

use crate::conventions::failure::{Failure, Kind};
use crate::conventions::{OTHER, Protocol, Side, grpc, keys};
use crate::ends::End;
use crate::measured::Measured;
use crate::operation::Operation;
use crate::route::Key;
use crate::runtime::layer::{
    Lineage, Subject, context_of, shows_attributes, start_detached, within,
};
use crate::runtime::requests::inject_headers;
use http::{HeaderMap, StatusCode};
use trace_runtime::propagation::{self, Context, HeaderInjector};
use trace_runtime::span::{DetachedSpan, Outcome};
use trace_runtime::{SpanKind, Status, Value};

/// A request in progress. Dropping it before its end counts as cancelled.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// `None` after its end.
    span: Option<DetachedSpan>,
    /// The context of its handling, if there is no span to carry it.
    carried: Option<Box<Context>>,
    /// Whether the inner service runs; if it is still set later, that panicked.
    entered: bool,
    measured: Measured,
}

/// What is known of a request before it is handled.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) operation: Operation,
    /// Known at the start for servers; for clients, from the response.
    pub(crate) version: Option<Protocol>,
    /// The size of its body, if known beforehand.
    pub(crate) size: Option<u64>,
}

impl Exchange {
    /// Begins a request. `request` passes on the values of the request's attributes; it is called if the
    /// span is recorded, or if a sampler looks at them. `rest` records the others, if the span is
    /// recorded. `context` returns the context of the handling, and is called if there is no span.
    pub(crate) fn begin(
        Begun { operation, version, size }: Begun,
        lineage: Lineage<'_>,
        request: impl FnOnce(&Operation, &mut dyn FnMut(&[Value<'_>])),
        rest: impl FnOnce(Subject),
        context: impl FnOnce() -> Context,
    ) -> Self {
        let kind = match operation.side {
            Side::Server => SpanKind::Server,
            Side::Client => SpanKind::Client,
        };
        let measured = Measured::begin(operation, End { version, ..End::default() }, size);
        let operation = &measured.operation;
        let (site, name) = operation.site();
        let name = name.as_deref();
        let start = |values: &[Value<'_>]| start_detached(site, kind, name, lineage, values);
        let span = if shows_attributes(site, name.is_some()) {
            let mut span = None;
            request(operation, &mut |values| {
                let before = vec![Value::Absent; keys::REQUEST.into()];
                span = Some(start(&[&before, values].concat()));
            });
            span.unwrap_or_else(|| start(&[]))
        } else {
            let span = start(&[]);
            if let Some(subject) = Subject::of_detached(&span) {
                request(operation, &mut |values| subject.set_values(keys::REQUEST, values));
            }
            span
        };
        let carried = match Subject::of_detached(&span) {
            Some(subject) => {
                rest(subject);
                None
            }
            None => (!span.context().is_valid()).then(|| context().into()),
        };
        Self { span: Some(span), carried, entered: false, measured }
    }

    pub(crate) fn is_grpc(&self) -> bool {
        self.measured.operation.is_grpc
    }

    pub(crate) fn side(&self) -> Side {
        self.measured.operation.side
    }

    /// Runs a part of the handling with the request's span current, unless that has ended.
    pub(crate) fn within<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let Some(span) = &mut self.span else { return body() };
        let _carried = self.carried.as_ref().map(|context| context.attach());
        let has_panicked = std::mem::replace(&mut self.entered, true);
        let result = within(span, body);
        self.entered = has_panicked;
        result
    }

    /// Writes the context of the handling into the headers of a request.
    pub(crate) fn inject(&mut self, headers: &mut HeaderMap) {
        let is_injected = match (&self.carried, &self.span) {
            (Some(context), _) => inject_headers(context, headers),
            (None, Some(span)) => inject_headers(&context_of(span), headers),
            (None, None) => true,
        };
        if !is_injected {
            self.within(|| propagation::inject(&mut HeaderInjector(headers)));
        }
    }

    /// Returns the span for additions; `None`: it is not recorded, or has ended.
    pub(crate) fn subject(&self) -> Option<Subject> {
        self.span.as_ref().and_then(Subject::of_detached)
    }

    /// Records the response head.
    pub(crate) fn has_head(&mut self, status: StatusCode, version: Protocol, headers: &HeaderMap) {
        let (side, is_grpc) = (self.side(), self.is_grpc());
        self.measured.end.status = Some(status);
        if side == Side::Client {
            self.measured.end.version = Some(version);
        }
        if let Some(subject) = self.subject() {
            let (code, version) = (u64::from(status.as_u16()), Value::Static(version.as_str()));
            match (side, is_grpc) {
                (Side::Server, false) => subject.set(keys::STATUS, Value::U64(code)),
                (Side::Server, true) => {}
                (Side::Client, false) => {
                    subject.set_values(keys::STATUS, &[Value::U64(code), version]);
                }
                (Side::Client, true) => subject.set(keys::VERSION, version),
            }
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
        self.measured.end.code = Some(code);
        if let Some(subject) = self.subject() {
            subject.set(keys::STATUS, Value::Static(code));
        }
        match self.side() {
            Side::Server if code == grpc::UNIMPLEMENTED => self.has_unknown_method(),
            Side::Server if grpc::is_of_handler(code) => self.measured.operation.confirm(),
            _ => {}
        }
        if grpc::is_error(code, self.side()) {
            self.fails(Failure { kind: Kind::Code(code), message: message.map(str::to_owned) });
        }
    }

    /// Replaces a method that the server does not have: clients can send any name, so it must not
    /// become a label.
    fn has_unknown_method(&mut self) {
        let unknown = Operation::of(&Key::of_rpc(Side::Server, "", None));
        let original = std::mem::replace(&mut self.measured.operation, unknown);
        if let (Some(subject), Some(target)) = (self.subject(), original.target()) {
            let values = [Value::Static(OTHER), Value::Str(target)];
            subject.set_values(keys::RPC_METHOD, &values);
            subject.set_name("grpc");
        }
    }

    /// Records a failure.
    pub(crate) fn fails(&mut self, failure: Failure) {
        let Failure { kind, message } = failure;
        if let Some(subject) = self.subject() {
            subject.set(keys::ERROR_TYPE, Value::Str(kind.as_str()));
            let description = message.unwrap_or_default().into();
            subject.set_status(&Status::Error { description });
        }
        self.measured.end.failure = Some(kind);
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
            (self.is_grpc(), self.measured.end.code, self.measured.end.status)
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
        if self.measured.end.failure.is_some() { Outcome::Error } else { Outcome::Ok }
    }

    /// Ends span and measurements.
    fn end_as(&mut self, outcome: Outcome, is_whole: bool) {
        self.measured.end(is_whole);
        if let Some(span) = self.span.take() {
            span.end_as(outcome);
        }
    }
}

/// Ends as cancelled, or with a panic.
impl Drop for Exchange {
    fn drop(&mut self) {
        let outcome = if self.entered { Outcome::Panic } else { Outcome::Cancelled };
        if self.span.is_some() {
            let failure = &mut self.measured.end.failure;
            match outcome {
                Outcome::Panic => *failure = Some(Kind::Panic),
                _ => drop(failure.get_or_insert(Kind::Cancelled)),
            }
        }
        self.end_as(outcome, true);
    }
}
