//! Tests the cuts that limits make, the data they leave alone, and values too large for any ring.
#![cfg(feature = "enabled")]

use crate::support::is_alone;
use opentelemetry::trace::{Event, Link, Span as _, Status as OtelStatus, Tracer as _};
use opentelemetry::{Array, KeyValue, Value, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::{
    Baggage, Span, SpanContext, Status, Telemetry, TelemetryBuilder, in_span,
    loss::LossReport,
    propagation::{SpanId, TraceFlags, TraceId},
    trace,
};

/// Keeps what it gets.
#[derive(Clone, Debug, Default)]
struct Kept {
    spans: Arc<Mutex<Vec<SpanData>>>,
    resource: Arc<Mutex<Option<Resource>>>,
}

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.spans.lock().unwrap().extend(batch);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        *self.resource.lock().unwrap() = Some(resource.clone());
    }
}

impl Kept {
    fn install(&self, variables: &'static [(&str, &str)]) -> TelemetryBuilder {
        Telemetry::builder()
            .with_env(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.into())
            })
            .with_otel_span_exporter(self.clone())
    }

    /// The span whose name begins so.
    fn span(&self, name: &str) -> SpanData {
        let spans = self.spans.lock().unwrap();
        spans.iter().find(|span| span.name.starts_with(name)).unwrap().clone()
    }
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> &'a Value {
    let found = attributes.iter().find(|it| it.key.as_str() == key);
    &found.unwrap_or_else(|| panic!("no {key} in {attributes:?}")).value
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    value(attributes, key).to_string()
}

/// The strings among all values, those of lists included.
fn strings(attributes: &[KeyValue]) -> Vec<String> {
    let of = |value: &Value| match value {
        Value::String(text) => vec![text.to_string()],
        Value::Array(Array::String(texts)) => texts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    attributes.iter().flat_map(|it| of(&it.value)).collect()
}

fn elsewhere() -> SpanContext {
    SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED)
        .with_trace_state("vendor=long-state")
}

#[derive(Debug)]
struct Failure;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = "message";
        write!(f, "a long {what}")
    }
}

impl std::error::Error for Failure {}

#[trace(attrs(
    several.one = "literal", several.two = text.to_owned(), shown = %text, debug = ?text,
    short = "éééé",
))]
fn attributes(text: &str) -> Result<(), Failure> {
    Span::current()
        .set_attribute("late.one", text)
        .set_attribute("late.two", "🦀🦀🦀🦀🦀")
        .set_attribute("strings", [text, "🦀🦀🦀🦀🦀", ""])
        .set_attribute("number", 1_234_567)
        .set_attribute("numbers", [1_234_567, 2])
        .add_event("a long event", &[("event.key", &text)])
        .add_link_with(elsewhere(), &[("link.key", &text)]);
    Err(Failure)
}

#[test]
fn only_string_values_are_cut_and_by_characters() {
    if !is_alone("only_string_values_are_cut_and_by_characters") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept
        .install(&[
            ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4"),
            ("OTEL_SERVICE_NAME", "a-long-name"),
        ])
        .with_baggage_attributes(["tenant"])
        .install()
        .unwrap();
    let _baggage = Baggage::new().with_entry("tenant", "long-tenant").attach();
    let _failed = attributes("äöüßÄÖÜ");
    in_span(String::from("a long name"), |span| {
        span.set_status(Status::Error { description: "a long description".into() });
    });
    let mut other = global::tracer("others").start("others' long name");
    other.set_attribute(KeyValue::new("others.one", "long text"));
    other.set_attribute(KeyValue::new(
        "others.two",
        Value::Array(Array::String(vec!["long text".into()])),
    ));
    other.add_event("others' event", vec![KeyValue::new("event.key", "long text")]);
    other.set_status(OtelStatus::error("others' description"));
    other.end();
    drop(telemetry);

    let span = kept.span("attributes");
    for (key, expected) in [
        ("several.one", "lite"),
        ("several.two", "äöüß"),
        ("shown", "äöüß"),
        ("debug", "\"äöü"),
        ("short", "éééé"),
        ("late.one", "äöüß"),
        ("late.two", "🦀🦀🦀🦀"),
        ("strings", "[\"äöüß\",\"🦀🦀🦀🦀\",\"\"]"),
        ("number", "1234567"),
        ("numbers", "[1234567,2]"),
        ("tenant", "long"),
    ] {
        assert_eq!(text(&span.attributes, key), expected, "{key}");
    }
    let others = kept.span("others' long name");
    assert_eq!(text(&others.attributes, "others.one"), "long");
    assert_eq!(text(&others.attributes, "others.two"), "[\"long\"]");

    // Every string value, `code.*` and `exception.*` included; nothing is lost.
    for span in [&span, &others, &kept.span("a long name")] {
        let events = span.events.iter().flat_map(|event| strings(&event.attributes));
        let links = span.links.iter().flat_map(|link| strings(&link.attributes));
        let long = strings(&span.attributes).into_iter().chain(events).chain(links);
        assert_eq!(long.filter(|text| text.chars().count() > 4).collect::<Vec<_>>(), [""; 0]);
        assert_eq!(span.dropped_attributes_count, 0);
    }

    // Keys were looked up above; names, descriptions and trace states are whole.
    let names = |events: &[Event]| events.iter().map(|it| it.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&span.events), ["a long event", "exception"]);
    assert_eq!(names(&others.events), ["others' event"]);
    let link: &Link = &span.links[0];
    assert_eq!(text(&link.attributes, "link.key"), "äöüß");
    assert_eq!(link.span_context.trace_state().header(), "vendor=long-state");
    assert_eq!(span.status, OtelStatus::error("a long message"));
    assert_eq!(others.status, OtelStatus::error("others' description"));
    assert_eq!(kept.span("a long name").status, OtelStatus::error("a long description"));
    let resource = kept.resource.lock().unwrap().clone().unwrap();
    assert_eq!(resource.get(&"service.name".into()), Some("a-long-name".into()));
}

#[test]
fn a_limit_of_zero_leaves_empty_strings() {
    if !is_alone("a_limit_of_zero_leaves_empty_strings") {
        return;
    }
    let kept = Kept::default();
    let telemetry =
        kept.install(&[("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0")]).install().unwrap();
    let _failed = attributes("text");
    drop(telemetry);
    let span = kept.span("attributes");
    for key in ["several.one", "several.two", "shown", "debug", "late.one"] {
        assert_eq!(text(&span.attributes, key), "", "{key}");
    }
}

/// Formats as this many bytes.
struct Long(usize);

impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.0).try_for_each(|_| f.write_str("x"))
    }
}

impl fmt::Debug for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Long {}

const RING: usize = 1 << 16;
const TOO_LONG: usize = RING;

/// Records with small rings, each of which is empty when the next begins to record.
fn with_small_rings(kept: &Kept, records: &[&dyn Fn()]) -> LossReport {
    const LONG: Duration = Duration::from_secs(20);
    let telemetry = kept.install(&[]).with_ring_bytes(RING).install().unwrap();
    for record in records {
        record();
        telemetry.force_flush(LONG).unwrap();
    }
    telemetry.shutdown(LONG)
}

#[trace(attrs(before = 1, %value, after = "after"))]
fn starts_with(value: Long) {}

#[trace(attrs(strings = texts, numbers))]
fn lists(texts: &[String], numbers: &[u64]) {}

#[test]
fn what_fits_into_a_ring_is_whole() {
    if !is_alone("what_fits_into_a_ring_is_whole") {
        return;
    }
    let kept = Kept::default();
    let late = || {
        in_span("late", |span| {
            span.set_attribute("text", "x".repeat(RING / 3));
        });
    };
    let lists = || lists(&vec![String::from("text"); 1_100], &(0..1_500).collect::<Vec<_>>());
    // More than fits into one lap of the ring.
    let report =
        with_small_rings(&kept, &[&|| starts_with(Long(RING / 3)), &late, &late, &late, &lists]);
    let span = kept.span("starts_with");
    assert_eq!(text(&span.attributes, "value").len(), RING / 3);
    let span = kept.span("lists");
    let Value::Array(Array::String(texts)) = value(&span.attributes, "strings") else { panic!() };
    let Value::Array(Array::I64(numbers)) = value(&span.attributes, "numbers") else { panic!() };
    assert_eq!((texts.len(), numbers.len(), numbers[1_499]), (1_100, 1_500, 1_499));
    let spans = kept.spans.lock().unwrap();
    let late = spans.iter().filter(|span| span.name == "late");
    let lengths: Vec<_> = late.map(|span| text(&span.attributes, "text").len()).collect();
    assert_eq!(lengths, [RING / 3; 3]);
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
}

#[test]
fn what_does_not_fit_is_left_out_and_counted() {
    if !is_alone("what_does_not_fit_is_left_out_and_counted") {
        return;
    }
    let kept = Kept::default();
    let lists = || lists(&vec![String::from("text"); TOO_LONG / 8], &vec![1; TOO_LONG / 8]);
    let late = || {
        in_span("late", |span| {
            let text = "x".repeat(TOO_LONG);
            span.set_attribute("text", &text)
                .set_attribute("other", 1)
                .add_event("event", &[("text", &text), ("other", &1)])
                .add_link_with(elsewhere(), &[("text", &text), ("other", &1)])
                .fail(&Long(TOO_LONG));
        });
    };
    let report = with_small_rings(&kept, &[&|| starts_with(Long(TOO_LONG)), &lists, &late]);
    let span = kept.span("starts_with");
    assert_eq!(span.dropped_attributes_count, 1);
    assert_eq!(text(&span.attributes, "before"), "1");
    assert_eq!(text(&span.attributes, "after"), "after");
    assert!(span.attributes.iter().all(|it| it.key.as_str() != "value"));
    assert_eq!(kept.span("lists").dropped_attributes_count, 2);

    let span = kept.span("late");
    assert_eq!(span.dropped_attributes_count, 1);
    assert_eq!(text(&span.attributes, "other"), "1");
    let [event, exception] = &span.events[..] else { panic!("{:?}", span.events) };
    assert_eq!((event.dropped_attributes_count, event.attributes.len()), (1, 1));
    assert_eq!((&*exception.name, exception.dropped_attributes_count), ("exception", 1));
    assert_eq!(text(&exception.attributes, "exception.type"), "suite::limits::Long");
    let link = &span.links[0];
    assert_eq!((link.dropped_attributes_count, link.attributes.len()), (1, 1));
    assert!(matches!(span.status, OtelStatus::Error { .. }), "an error is one without its message");

    assert_eq!(report.dropped_details, 7);
    assert!(report.is_balanced() && !report.is_lossless(), "{report}");
}

#[test]
fn a_chain_of_causes_without_end_says_so() {
    if !is_alone("a_chain_of_causes_without_end_says_so") {
        return;
    }
    #[derive(Debug)]
    struct Endless;
    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("endless")
        }
    }
    impl std::error::Error for Endless {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&Endless)
        }
    }
    let kept = Kept::default();
    let telemetry = kept.install(&[]).install().unwrap();
    in_span("span", |span| {
        span.fail(&Endless);
    });
    drop(telemetry);
    let span = kept.span("span");
    let chain = text(&span.events.events[0].attributes, "exception.stacktrace");
    assert!(chain.ends_with("\n    31: endless\n    …"), "{chain}");
}

#[test]
fn lists_of_all_numbers_are_lists() {
    if !is_alone("lists_of_all_numbers_are_lists") {
        return;
    }
    #[trace(attrs(
        i8s = [-1_i8, 2], i16s = vec![-1_i16, 2], i32s = &[-1_i32, 2][..], isizes = &[-1_isize, 2],
        i128s = Some([-1_i128, 2]), u8s = Box::<[u8]>::from([1, 2]), u16s = [1_u16, 2],
        u32s = [1_u32, 2], u64s = [1_u64, 2], usizes = vec![1_usize, 2], u128s = [1_u128, 2],
        f32s = [0.5_f32, -1.0], wide = [1, u64::MAX], wider = [i128::MIN], empty = [0_u64; 0],
    ))]
    fn lists() {}
    let kept = Kept::default();
    let telemetry = kept.install(&[]).install().unwrap();
    lists();
    in_span("late", |span| {
        span.set_attribute("u64s", [1_u64, 2]).set_attribute("usizes", &[usize::MAX][..]);
    });
    drop(telemetry);
    let span = kept.span("lists");
    let signed = Value::Array(Array::I64(vec![-1, 2]));
    let unsigned = Value::Array(Array::I64(vec![1, 2]));
    for key in ["i8s", "i16s", "i32s", "isizes", "i128s"] {
        assert_eq!(*value(&span.attributes, key), signed, "{key}");
    }
    for key in ["u8s", "u16s", "u32s", "u64s", "usizes", "u128s"] {
        assert_eq!(*value(&span.attributes, key), unsigned, "{key}");
    }
    let of_texts = |texts: &[&str]| {
        Value::Array(Array::String(texts.iter().map(|text| text.to_string().into()).collect()))
    };
    assert_eq!(*value(&span.attributes, "f32s"), Value::Array(Array::F64(vec![0.5, -1.0])));
    assert_eq!(*value(&span.attributes, "wide"), of_texts(&["1", "18446744073709551615"]));
    assert_eq!(*value(&span.attributes, "wider"), of_texts(&[&i128::MIN.to_string()]));
    assert_eq!(*value(&span.attributes, "empty"), Value::Array(Array::I64(Vec::new())));
    let late = kept.span("late");
    assert_eq!(*value(&late.attributes, "u64s"), unsigned);
    assert_eq!(*value(&late.attributes, "usizes"), of_texts(&["18446744073709551615"]));
}
