//! Reads spans from JSON lines in the format of OTLP files
//! ([OTLP file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/)).
//!
//! It reads what [`Snapshot::save`] and OpenTelemetry Collectors write. Lines of other signals, unknown
//! members and spans without ids are skipped, so a file from a later version of OTLP can still be read.

use super::Snapshot;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::export::{FinishedSpans, adapter};
use crate::interop;
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::RecordedValue;
use crate::recorder::code::CodeAttributes;
use crate::recorder::pages::{MadeEvent, MadeLink, MadeSpan};
use crate::status::Status;
use crate::value::{ToValue, Value};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use serde_json::Value as Json;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

/// A line with more bytes than this is not read.
const MOST_BYTES_OF_LINE: u64 = 64 << 20;

/// Why a file of spans cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be opened or read.
    Io(io::Error),
    /// A line is not JSON.
    #[non_exhaustive]
    NotJson {
        /// The number of the line, from 1.
        line: usize,
        /// The column and the problem.
        problem: String,
    },
    /// A line is too long.
    #[non_exhaustive]
    TooLong {
        /// The number of the line, from 1.
        line: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot read the file: {error}"),
            Self::NotJson { line, problem } => write!(
                f,
                "line {line} is not JSON ({problem}); each line of the file is one OTLP message in JSON"
            ),
            Self::TooLong { line } => write!(
                f,
                "line {line} is longer than {} MiB, the most that is read",
                MOST_BYTES_OF_LINE >> 20
            ),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::NotJson { .. } | Self::TooLong { .. } => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads all spans, in one snapshot for each resource.
pub(super) fn read(mut input: impl BufRead) -> Result<Vec<Snapshot>, ReadError> {
    let mut resources: Vec<(Resource, FinishedSpans)> = Vec::new();
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        if input.by_ref().take(MOST_BYTES_OF_LINE + 1).read_until(b'\n', &mut text)? == 0 {
            break;
        }
        if text.len() as u64 > MOST_BYTES_OF_LINE {
            return Err(ReadError::TooLong { line });
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        let message: Json = serde_json::from_slice(&text)
            .map_err(|error| ReadError::NotJson { line, problem: without_line(&error) })?;
        for of_resource in list(&message["resourceSpans"]) {
            let resource = resource_of(of_resource);
            let known = resources.iter().position(|(known, _)| *known == resource);
            let at = known.unwrap_or_else(|| {
                let page = FinishedSpans::new(u32::MAX, CodeAttributes::Never);
                resources.push((resource, page));
                resources.len() - 1
            });
            list(&of_resource["scopeSpans"]).for_each(|group| add(&mut resources[at].1, group));
        }
    }
    let snapshots = resources.into_iter();
    Ok(snapshots.map(|(resource, page)| Snapshot::new(vec![Arc::new(page)], resource)).collect())
}

/// Returns the problem and its column; the parser sees a single line.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or(&text);
    format!("column {}: {problem}", error.column())
}

fn resource_of(of_resource: &Json) -> Resource {
    let attributes = key_values(&of_resource["resource"]["attributes"]);
    let attributes: Vec<_> = attributes.iter().map(Attribute::to_api).collect();
    match text(&of_resource["schemaUrl"]) {
        "" => Resource::builder_empty().with_attributes(attributes).build(),
        url => Resource::builder_empty().with_schema_url(attributes, url.to_owned()).build(),
    }
}

/// Adds the spans of a scope to a page.
fn add(page: &mut FinishedSpans, group: &Json) {
    let scope = &group["scope"];
    let attributes = key_values(&scope["attributes"]);
    let mut declared = InstrumentationScope::builder(text(&scope["name"]).to_owned())
        .with_attributes(attributes.iter().map(Attribute::to_api));
    declared = match text(&scope["version"]) {
        "" => declared,
        version => declared.with_version(version.to_owned()),
    };
    declared = match text(&group["schemaUrl"]) {
        "" => declared,
        url => declared.with_schema_url(url.to_owned()),
    };
    let site = interop::site_of(declared.build()).info();
    for span in list(&group["spans"]) {
        let (Some(trace_id), Some(span_id)) = (trace_id(&span["traceId"]), id(&span["spanId"]))
        else {
            continue;
        };
        let attributes = key_values(&span["attributes"]);
        let events: Vec<_> =
            list(&span["events"]).map(|it| (it, key_values(&it["attributes"]))).collect();
        let links: Vec<_> =
            list(&span["links"]).map(|it| (it, key_values(&it["attributes"]))).collect();
        let status = status_of(&span["status"]);
        page.add(&MadeSpan {
            trace_id,
            span_id,
            parent_span_id: id(&span["parentSpanId"]).unwrap_or(SpanId::INVALID),
            parent_is_remote: is_remote(span),
            trace_flags: flags(span),
            trace_state: text(&span["traceState"]),
            name: Some(text(&span["name"])),
            kind: kind_of(&span["kind"]),
            start_unix_nanos: number(&span["startTimeUnixNano"]),
            end_unix_nanos: number(&span["endTimeUnixNano"]),
            outcome: match status {
                Status::Error { .. } => Outcome::Error,
                _ => Outcome::Ok,
            },
            status,
            order: page.len() as u64,
            attributes: vec![attributes.iter().map(Attribute::pair).collect()],
            events: events
                .iter()
                .map(|(event, attributes)| made_event(event, attributes))
                .collect(),
            links: links
                .iter()
                .filter_map(|(link, attributes)| made_link(link, attributes))
                .collect(),
            dropped_attributes: count(&span["droppedAttributesCount"]),
            dropped_events: count(&span["droppedEventsCount"]),
            dropped_links: count(&span["droppedLinksCount"]),
            ..MadeSpan::new(site)
        });
    }
}

fn made_event<'a>(event: &'a Json, attributes: &'a [Attribute<'a>]) -> MadeEvent<'a> {
    MadeEvent {
        name: text(&event["name"]),
        unix_nanos: number(&event["timeUnixNano"]),
        attributes: attributes.iter().map(Attribute::pair).collect(),
        limit: u32::MAX,
    }
}

fn made_link<'a>(link: &'a Json, attributes: &'a [Attribute<'a>]) -> Option<MadeLink<'a>> {
    let context = SpanContext::new(trace_id(&link["traceId"])?, id(&link["spanId"])?, flags(link));
    Some(MadeLink {
        context: match text(&link["traceState"]) {
            "" => context,
            state => context.with_trace_state(state),
        },
        attributes: attributes.iter().map(Attribute::pair).collect(),
        dropped_attributes: count(&link["droppedAttributesCount"]),
    })
}

/// An attribute of a file.
struct Attribute<'a> {
    key: &'a str,
    value: AttributeValue<'a>,
}

enum AttributeValue<'a> {
    Recorded(RecordedValue<'a>),
    /// A value of a type that attributes of spans do not have here; it is shown as JSON.
    Other(&'a Json),
}

impl<'a> Attribute<'a> {
    fn of(attribute: &'a Json) -> Self {
        let value = &attribute["value"];
        let value = recorded(value).map_or(AttributeValue::Other(value), AttributeValue::Recorded);
        Self { key: text(&attribute["key"]), value }
    }

    fn pair(&self) -> (&str, Value<'_>) {
        let value = match &self.value {
            AttributeValue::Recorded(value) => value.to_value(),
            AttributeValue::Other(json) => Value::Display(json),
        };
        (self.key, value)
    }

    fn to_api(&self) -> KeyValue {
        let key = self.key.to_owned();
        match &self.value {
            AttributeValue::Recorded(value) => KeyValue::new(key, adapter::value(value.clone())),
            AttributeValue::Other(json) => KeyValue::new(key, json.to_string()),
        }
    }
}

fn key_values(attributes: &Json) -> Vec<Attribute<'_>> {
    list(attributes).map(Attribute::of).collect()
}

/// Returns a value of a type that attributes of spans have.
fn recorded(value: &Json) -> Option<RecordedValue<'_>> {
    let (kind, value) = value.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "stringValue" => RecordedValue::Str(value.as_str()?),
        "boolValue" => RecordedValue::Bool(value.as_bool()?),
        "intValue" => RecordedValue::I64(integer(value)?),
        "doubleValue" => RecordedValue::F64(double(value)?),
        "arrayValue" => {
            let values = list(&value["values"]).map(recorded).collect::<Option<Vec<_>>>()?;
            recorded_list(&values)?
        }
        _ => return None,
    })
}

/// Returns a list whose values have one type.
fn recorded_list<'a>(values: &[RecordedValue<'a>]) -> Option<RecordedValue<'a>> {
    macro_rules! all {
        ($variant:ident, $list:ident) => {
            values
                .iter()
                .map(|value| match value {
                    RecordedValue::$variant(value) => Some(*value),
                    _ => None,
                })
                .collect::<Option<_>>()
                .map(RecordedValue::$list)
        };
    }
    match values.first() {
        None | Some(RecordedValue::Str(_)) => all!(Str, Strs),
        Some(RecordedValue::Bool(_)) => all!(Bool, Bools),
        Some(RecordedValue::I64(_)) => all!(I64, I64s),
        Some(RecordedValue::F64(_)) => all!(F64, F64s),
        Some(_) => None,
    }
}

fn status_of(status: &Json) -> Status {
    match (&status["code"], status["code"].as_u64()) {
        (Json::String(name), _) if name == "STATUS_CODE_OK" => Status::Ok,
        (Json::String(name), _) if name == "STATUS_CODE_ERROR" => failed(status),
        (_, Some(1)) => Status::Ok,
        (_, Some(2)) => failed(status),
        _ => Status::Unset,
    }
}

fn failed(status: &Json) -> Status {
    Status::Error { description: text(&status["message"]).to_owned().into() }
}

fn kind_of(kind: &Json) -> SpanKind {
    match (kind.as_u64(), kind.as_str()) {
        (Some(2), _) | (_, Some("SPAN_KIND_SERVER")) => SpanKind::Server,
        (Some(3), _) | (_, Some("SPAN_KIND_CLIENT")) => SpanKind::Client,
        (Some(4), _) | (_, Some("SPAN_KIND_PRODUCER")) => SpanKind::Producer,
        (Some(5), _) | (_, Some("SPAN_KIND_CONSUMER")) => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

fn flags(of: &Json) -> TraceFlags {
    TraceFlags::new(number(&of["flags"]) as u8)
}

/// Returns whether the parent is known to be a span of another process.
fn is_remote(span: &Json) -> bool {
    const REMOTE: u64 = 0x300;
    number(&span["flags"]) & REMOTE == REMOTE
}

fn trace_id(hex: &Json) -> Option<TraceId> {
    let id = u128::from_str_radix(hex.as_str()?, 16).ok()?;
    (id != 0).then(|| TraceId::from_u128(id))
}

fn id(hex: &Json) -> Option<SpanId> {
    let id = u64::from_str_radix(hex.as_str()?, 16).ok()?;
    (id != 0).then(|| SpanId::from_u64(id))
}

fn list(of: &Json) -> impl Iterator<Item = &Json> {
    of.as_array().into_iter().flatten()
}

fn text(of: &Json) -> &str {
    of.as_str().unwrap_or_default()
}

/// Reads a 64-bit integer, which protobuf's JSON writes as text.
fn integer(of: &Json) -> Option<i64> {
    of.as_i64().or_else(|| of.as_str()?.parse().ok())
}

fn number(of: &Json) -> u64 {
    of.as_u64().or_else(|| of.as_str()?.parse().ok()).unwrap_or_default()
}

fn count(of: &Json) -> u32 {
    u32::try_from(number(of)).unwrap_or(u32::MAX)
}

fn double(of: &Json) -> Option<f64> {
    of.as_f64().or_else(|| match of.as_str()? {
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        text => text.parse().ok(),
    })
}
