//! Converts finished spans to OpenTelemetry's `SpanData`, and wraps stock exporters in the runtime's trait.
//!
//! The only file that uses `opentelemetry_sdk::trace::SpanExporter`, and `LogExporter` beside it:
//! these traits are not object safe, and they have changed in many releases.

use super::{ExportError, Exporter, FinishedEvent, FinishedLink, FinishedSpan, Status};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
use crate::kind::SpanKind;
use crate::recorder::RecordedValue;
use crate::site::SiteInfo;
use opentelemetry::trace as otel;
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
#[cfg(feature = "logs")]
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter, SpanLinks};
use std::borrow::Cow;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A stock OpenTelemetry exporter of spans or log records as an [`Exporter`].
///
/// Its future is driven to completion on the exporter's own thread, without an async runtime. An
/// exporter that needs tokio finds the runtime in which it was handed over, with the cargo feature
/// `tokio`. That runtime must have its own threads, or the export waits until the program
/// yields to it. [`TelemetryBuilder::with_otel_span_exporter`] creates one of these.
///
/// [`TelemetryBuilder::with_otel_span_exporter`]: crate::TelemetryBuilder::with_otel_span_exporter
#[derive(Debug)]
pub struct StockExporter<E> {
    name: Cow<'static, str>,
    inner: E,
    /// The runtime in which the exporter was handed over.
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Handle>,
}

impl<E> StockExporter<E> {
    /// Wraps an exporter; `name` appears in reports and warnings.
    pub fn new(name: impl Into<Cow<'static, str>>, inner: E) -> Self {
        Self {
            name: name.into(),
            inner,
            #[cfg(feature = "tokio")]
            runtime: tokio::runtime::Handle::try_current().ok(),
        }
    }
}

impl<E: SpanExporter + 'static> Exporter for StockExporter<E> {
    fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        #[cfg(feature = "tokio")]
        let _entered = self.runtime.as_ref().map(tokio::runtime::Handle::enter);
        let batch = batch.iter().map(|&span| span_data(span)).collect();
        futures_executor::block_on(self.inner.export(batch)).map_err(to_error)
    }

    fn force_flush(&mut self) -> Result<(), ExportError> {
        self.inner.force_flush().map_err(to_error)
    }

    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        self.inner.shutdown_with_timeout(timeout).map_err(to_error)
    }
}

/// Its batches borrow from the queue.
#[cfg(feature = "logs")]
impl<E: LogExporter + 'static> Exporter<EmittedLog> for StockExporter<E> {
    fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }

    fn export(&mut self, batch: &[&EmittedLog]) -> Result<(), ExportError> {
        #[cfg(feature = "tokio")]
        let _entered = self.runtime.as_ref().map(tokio::runtime::Handle::enter);
        let batch: Vec<_> = batch.iter().map(|log| (&log.record, &log.scope)).collect();
        futures_executor::block_on(self.inner.export(LogBatch::new(&batch))).map_err(to_error)
    }

    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        self.inner.shutdown_with_timeout(timeout).map_err(to_error)
    }
}

fn to_error(error: OTelSdkError) -> ExportError {
    match error {
        // Its own text only adds "Operation failed".
        OTelSdkError::InternalFailure(message) => ExportError::new(message),
        error => ExportError::new(error.to_string()),
    }
}

/// Converts a span for stock exporters.
pub(crate) fn span_data(span: FinishedSpan<'_>) -> SpanData {
    SpanData {
        span_context: otel::SpanContext::new(
            trace_id(span.trace_id()),
            span_id(span.span_id()),
            trace_flags(span.trace_flags()),
            false,
            trace_state(Some(span.trace_state()).filter(|state| !state.is_empty())),
        ),
        parent_span_id: span_id(span.parent_span_id()),
        parent_span_is_remote: span.parent_is_remote(),
        span_kind: span_kind(span.kind()),
        name: match span.has_own_name() {
            false => Cow::Borrowed(span.site().name),
            true => Cow::Owned(span.name().to_owned()),
        },
        start_time: time(span.start_unix_nanos()),
        end_time: time(span.end_unix_nanos()),
        attributes: key_values(span.attributes(), span.site(), span.site().keys.len() + 3),
        dropped_attributes_count: span.dropped_attributes(),
        events: span_events(span),
        links: span_links(span),
        status: match span.status() {
            Status::Ok => otel::Status::Ok,
            Status::Error { description } => otel::Status::Error { description },
            _ => otel::Status::Unset,
        },
        instrumentation_scope: scope(span.site()),
    }
}

fn span_events(span: FinishedSpan<'_>) -> SpanEvents {
    let mut events = SpanEvents::default();
    events.events.extend(span.events().map(|event| self::event(event, span.site())));
    events.dropped_count = span.dropped_events();
    events
}

fn event(event: FinishedEvent<'_>, site: &'static SiteInfo) -> otel::Event {
    otel::Event::new(
        Cow::Owned(event.name().to_owned()),
        time(event.unix_nanos()),
        key_values(event.attributes(), site, 0),
        event.dropped_attributes(),
    )
}

fn span_links(span: FinishedSpan<'_>) -> SpanLinks {
    let mut links = SpanLinks::default();
    links.links.extend(span.links().map(|link| self::link(link, span.site())));
    links.dropped_count = span.dropped_links();
    links
}

fn link(link: FinishedLink<'_>, site: &'static SiteInfo) -> otel::Link {
    otel::Link::new(
        span_context(&link.context()),
        key_values(link.attributes(), site, 0),
        link.dropped_attributes(),
    )
}

/// Converts a span context to OpenTelemetry's.
pub(crate) fn span_context(context: &SpanContext) -> otel::SpanContext {
    otel::SpanContext::new(
        trace_id(context.trace_id()),
        span_id(context.span_id()),
        trace_flags(context.trace_flags()),
        context.is_remote(),
        trace_state(Some(context.trace_state()).filter(|state| !state.is_empty())),
    )
}

fn trace_id(id: TraceId) -> otel::TraceId {
    otel::TraceId::from(id.to_u128())
}

fn span_id(id: SpanId) -> otel::SpanId {
    otel::SpanId::from(id.to_u64())
}

fn trace_flags(flags: TraceFlags) -> opentelemetry::TraceFlags {
    opentelemetry::TraceFlags::new(flags.to_u8())
}

fn trace_state(header: Option<&str>) -> otel::TraceState {
    header.and_then(|header| otel::TraceState::from_str(header).ok()).unwrap_or_default()
}

fn span_kind(kind: SpanKind) -> otel::SpanKind {
    match kind {
        SpanKind::Server => otel::SpanKind::Server,
        SpanKind::Client => otel::SpanKind::Client,
        SpanKind::Producer => otel::SpanKind::Producer,
        SpanKind::Consumer => otel::SpanKind::Consumer,
        _ => otel::SpanKind::Internal,
    }
}

/// Returns the instrumentation scope: the crate that contains the annotated function. All of it is static
/// text, so building it each time allocates nothing.
fn scope(site: &'static SiteInfo) -> InstrumentationScope {
    if let Some(scope) = site.instrumentation_scope() {
        return scope.clone();
    }
    let scope = InstrumentationScope::builder(site.scope);
    if site.version.is_empty() { scope } else { scope.with_version(site.version) }.build()
}

fn time(unix_nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(unix_nanos)
}

fn key_values<'a>(
    attributes: impl Iterator<Item = (&'a str, RecordedValue<'a>)>,
    site: &'static SiteInfo,
    expected: usize,
) -> Vec<KeyValue> {
    let mut keys = StaticKeys { site, next: 0 };
    let mut all = Vec::with_capacity(expected);
    all.extend(attributes.map(|(name, recorded)| KeyValue::new(keys.key(name), value(recorded))));
    all
}

/// Finds keys that are the site's own or the runtime's by their address: those are static and
/// need no copy.
struct StaticKeys {
    site: &'static SiteInfo,
    next: usize,
}

impl StaticKeys {
    fn key(&mut self, name: &str) -> Key {
        const RUNTIME: [&str; 8] = [
            "code.function.name",
            "code.file.path",
            "code.line.number",
            "error.type",
            "exception.type",
            "exception.message",
            "exception.stacktrace",
            "cancelled",
        ];
        let same = |key: &&&'static str| std::ptr::eq(key.as_ptr(), name.as_ptr()) && **key == name;
        let rest = self.site.keys.get(self.next..).unwrap_or_default();
        // Values come in the order of the site's keys, so the first comparison nearly always finds it.
        if let Some(skipped) = rest.iter().position(|key| same(&key)) {
            self.next += skipped + 1;
            return Key::from_static_str(rest[skipped]);
        }
        match RUNTIME.iter().find(|key| **key == name) {
            Some(key) => Key::from_static_str(key),
            None => Key::from(name.to_owned()),
        }
    }
}

/// Converts a recorded value to OpenTelemetry's.
pub(crate) fn value(recorded: RecordedValue<'_>) -> Value {
    match recorded {
        RecordedValue::Bool(value) => Value::Bool(value),
        RecordedValue::I64(value) => Value::I64(value),
        // OpenTelemetry's integers are signed.
        RecordedValue::U64(value) => match i64::try_from(value) {
            Ok(value) => Value::I64(value),
            Err(_) => Value::from(value.to_string()),
        },
        RecordedValue::F64(value) => Value::F64(value),
        RecordedValue::Static(value) => Value::from(value),
        RecordedValue::Str(value) => Value::from(value.to_owned()),
        RecordedValue::Bools(values) => Value::Array(Array::Bool(values)),
        RecordedValue::I64s(values) => Value::Array(Array::I64(values)),
        RecordedValue::F64s(values) => Value::Array(Array::F64(values)),
        RecordedValue::Strs(values) => Value::Array(Array::String(
            values.into_iter().map(|value| StringValue::from(value.to_owned())).collect(),
        )),
        other => Value::from(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::SpanMaker;
    use crate::value::Value as Given;

    #[test]
    fn a_span_becomes_what_opentelemetry_defines() {
        let span = SpanMaker::new("checkout")
            .ids(0x0af7, 0x51, 0x50)
            .times(1_000_000_007, 2_500_000_009)
            .attributes(&[
                ("order.id", Given::U64(7)),
                ("huge", Given::U64(u64::MAX)),
                ("tags", Given::Strs(&["a", "b"])),
            ])
            .build(|span| {
                span.parent_is_remote = true;
                span.trace_state = "vendor=1,other=2";
                span.kind = SpanKind::Server;
                span.status = Status::Error { description: "no stock".into() };
                span.dropped_attributes = 1;
                span.dropped_events = 2;
                span.dropped_links = 3;
            });
        let data = span_data(span.view());
        assert_eq!(data.span_context.trace_id().to_string(), format!("{:032x}", 0x0af7));
        assert_eq!(data.span_context.span_id().to_string(), format!("{:016x}", 0x51));
        assert_eq!(data.parent_span_id.to_string(), format!("{:016x}", 0x50));
        assert!(data.parent_span_is_remote && data.span_context.is_sampled());
        assert_eq!(data.span_context.trace_state().header(), "vendor=1,other=2");
        assert_eq!(data.start_time, UNIX_EPOCH + Duration::new(1, 7));
        assert_eq!(data.end_time, UNIX_EPOCH + Duration::new(2, 500_000_009));
        assert_eq!(data.status, otel::Status::error("no stock"));
        assert_eq!(data.span_kind, otel::SpanKind::Server);
        assert_eq!(data.dropped_attributes_count, 1);
        assert_eq!((data.events.dropped_count, data.links.dropped_count), (2, 3));
        assert_eq!(data.instrumentation_scope.name(), "shop");
        assert_eq!(data.instrumentation_scope.version(), Some("1.2.3"));
        let expected = [
            KeyValue::new("order.id", 7_i64),
            KeyValue::new("huge", u64::MAX.to_string()),
            KeyValue::new("tags", Value::Array(Array::String(vec!["a".into(), "b".into()]))),
            KeyValue::new("code.function.name", "shop::checkout"),
            KeyValue::new("code.file.path", "src/shop.rs"),
            KeyValue::new("code.line.number", 7_i64),
        ];
        assert_eq!(data.attributes, expected);
    }
}
