//! Builds finished spans for unit tests, and keeps what exporters write.

use super::{FinishedSpan, FinishedSpans, Status};
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::kind::SpanKind;
use crate::recorder::code::CodeAttributes;
use crate::recorder::pages::{MadeEvent, MadeLink, MadeSpan};
use crate::site::{Site, SiteInfo};
use crate::value::Value;
#[cfg(any(feature = "console", feature = "json", feature = "logs"))]
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

static SITE: Site = Site::new("checkout\0shop\0src/shop.rs\x001.2.3\0", 7);

/// Returns a span that contains every kind of data.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) fn whole_span() -> BuiltSpan {
    let other =
        SpanContext::remote(TraceId::from_u128(0x99), SpanId::from_u64(0x98), TraceFlags::SAMPLED);
    SpanMaker::new("checkout")
        .ids(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 0xb7ad, 0x00f0)
        .times(1_700_000_000_000_000_001, 1_700_000_000_500_000_002)
        .attributes(&[
            ("order.id", Value::U64(7)),
            ("huge", Value::U64(u64::MAX)),
            ("ratio", Value::F64(0.5)),
            ("free", Value::Bool(false)),
            ("tags", Value::Strs(&["a", "b"])),
        ])
        .error("no stock")
        .event("exception", 1_700_000_000_400_000_000, &[("exception.type", Value::Str("E"))])
        .link(other, &[("why", Value::Str("retry"))])
        .build(|span| {
            span.kind = SpanKind::Server;
            span.parent_is_remote = true;
            span.trace_state = "vendor=1";
            span.dropped_attributes = 4;
        })
}

/// Asserts that `span`, made by [`whole_span`], came over the wire whole. The testkit uses a separate build
/// of the crate, so types differ, but their numbers are equal.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) fn assert_whole(sent: &trace_testkit::model::SpanData, span: FinishedSpan<'_>) {
    assert_eq!(sent.trace_id.to_u128(), span.trace_id().to_u128());
    assert_eq!(sent.span_id.to_u64(), span.span_id().to_u64());
    assert_eq!(sent.parent_span_id.to_u64(), span.parent_span_id().to_u64());
    assert!(sent.parent_is_remote);
    assert_eq!((&*sent.trace_state, sent.flags.to_u8()), ("vendor=1", 1));
    assert_eq!((&*sent.name, format!("{:?}", sent.kind)), ("checkout", "Server".to_owned()));
    assert_eq!(sent.start_unix_nanos, 1_700_000_000_000_000_001);
    assert_eq!(sent.end_unix_nanos, 1_700_000_000_500_000_002);
    assert_eq!((sent.dropped_attributes, sent.dropped_events, sent.dropped_links), (4, 0, 0));
    assert_eq!(format!("{:?}", sent.status), r#"Error { description: "no stock" }"#);
    let attributes: Vec<_> =
        sent.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        attributes,
        [
            "order.id=7",
            r#"huge="18446744073709551615""#,
            "ratio=0.5",
            "free=false",
            r#"tags=["a", "b"]"#,
            r#"code.function.name="shop::checkout""#,
            r#"code.file.path="src/shop.rs""#,
            "code.line.number=7",
        ]
    );
    let event = sent.event("exception").unwrap();
    assert_eq!(event.unix_nanos, 1_700_000_000_400_000_000);
    assert_eq!(event.attribute("exception.type"), Some(&"E".into()));
    let link = &sent.links[0];
    assert_eq!((link.context.trace_id().to_u128(), link.context.span_id().to_u64()), (0x99, 0x98));
    assert!(link.context.is_remote());
    assert_eq!(link.attribute("why"), Some(&"retry".into()));
    assert_eq!((&*sent.scope.name, &*sent.scope.version), ("shop", "1.2.3"));
    assert_eq!(sent.resource.attribute("service.name"), Some(&"shop".into()));
}

/// A writer whose clones share what was written, one text per write.
#[cfg(any(feature = "console", feature = "json", feature = "logs"))]
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<String>>>);

#[cfg(any(feature = "console", feature = "json", feature = "logs"))]
impl Written {
    pub(crate) fn writes(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    #[cfg(any(feature = "console", feature = "json"))]
    pub(crate) fn text(&self) -> String {
        self.writes().concat()
    }
}

#[cfg(any(feature = "console", feature = "json", feature = "logs"))]
impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(str::from_utf8(bytes).unwrap().to_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A builder of one finished span.
pub(crate) struct SpanMaker<'a> {
    span: MadeSpan<'a>,
}

/// A finished span that was not recorded.
#[derive(Clone, Debug)]
pub(crate) struct BuiltSpan(FinishedSpans);

impl BuiltSpan {
    /// Returns this span and others as a chunk of a queue.
    pub(crate) fn chunk(spans: impl IntoIterator<Item = Self>) -> std::sync::Arc<FinishedSpans> {
        let mut chunk = FinishedSpans::default();
        spans.into_iter().for_each(|span| chunk.push_copy(span.view()));
        chunk.into()
    }

    pub(crate) fn view(&self) -> FinishedSpan<'_> {
        self.0.get(0).unwrap()
    }
}

/// Returns a batch of these spans.
pub(crate) fn batch_of(spans: &[BuiltSpan]) -> Vec<FinishedSpan<'_>> {
    spans.iter().map(BuiltSpan::view).collect()
}

/// Attributes, as tests write them.
type Pairs<'a> = [(&'static str, Value<'a>)];

impl<'a> SpanMaker<'a> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self::at(name, SITE.info())
    }

    pub(crate) fn at(name: &'static str, site: &'static SiteInfo) -> Self {
        Self {
            span: MadeSpan { name: Some(name), kind: SpanKind::Internal, ..MadeSpan::new(site) },
        }
    }

    /// Sets trace, own and parent id.
    pub(crate) fn ids(mut self, trace: u128, span: u64, parent: u64) -> Self {
        self.span.trace_id = TraceId::from_u128(trace);
        self.span.span_id = SpanId::from_u64(span);
        self.span.parent_span_id = SpanId::from_u64(parent);
        self
    }

    /// Sets start and end, in nanoseconds.
    pub(crate) fn times(mut self, start: u64, end: u64) -> Self {
        self.span.start_unix_nanos = start;
        self.span.end_unix_nanos = end;
        self
    }

    pub(crate) fn attributes(mut self, attributes: &Pairs<'a>) -> Self {
        self.span.attributes = vec![attributes.to_vec()];
        self
    }

    pub(crate) fn error(mut self, description: &'static str) -> Self {
        self.span.status = Status::Error { description: description.into() };
        self
    }

    pub(crate) fn event(
        mut self,
        name: &'static str,
        unix_nanos: u64,
        attributes: &Pairs<'a>,
    ) -> Self {
        let attributes = attributes.to_vec();
        self.span.events.push(MadeEvent { name, unix_nanos, attributes, limit: 20 });
        self
    }

    pub(crate) fn link(mut self, context: SpanContext, attributes: &Pairs<'a>) -> Self {
        let attributes = attributes.to_vec();
        self.span.links.push(MadeLink { context, attributes, dropped_attributes: 0 });
        self
    }

    pub(crate) fn build(mut self, change: impl FnOnce(&mut MadeSpan<'a>)) -> BuiltSpan {
        change(&mut self.span);
        let mut spans = FinishedSpans::new(128, CodeAttributes::Always);
        spans.add(&self.span);
        BuiltSpan(spans)
    }
}
