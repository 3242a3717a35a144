//! The telemetry that the receiver got, as OpenTelemetry's own Python classes read it (`decode.py`).

use super::receiver::Receiver;
use crate::support::python::Python;
use crate::{Outcome, root, succeed};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Span {
    pub(super) service: String,
    pub(super) resource: Map<String, Value>,
    pub(super) trace_id: String,
    pub(super) span_id: String,
    /// Empty: it is a root.
    pub(super) parent_id: String,
    pub(super) is_remote: bool,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) failed: bool,
    pub(super) attributes: Map<String, Value>,
    /// Trace and span.
    pub(super) links: Vec<(String, String)>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Log {
    pub(super) trace_id: String,
    pub(super) span_id: String,
    pub(super) body: Value,
}

/// A data point of a metric.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Point {
    pub(super) service: String,
    pub(super) name: String,
    pub(super) time: u64,
    pub(super) attributes: Map<String, Value>,
    /// Of a histogram: the count.
    pub(super) value: f64,
}

/// What could not be read.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Bad {
    pub(super) requests: u64,
    pub(super) torn_bytes: u64,
}

pub(super) struct Decoded {
    pub(super) spans: Vec<Span>,
    pub(super) logs: Vec<Log>,
    pub(super) points: Vec<Point>,
    pub(super) bad: Bad,
}

impl Decoded {
    pub(super) fn read(python: &Python, receiver: &Receiver<'_>, folder: &Path) -> Outcome<Self> {
        let mut decode = python.command();
        decode.arg(root().join("xtask/src/e2e/decode.py")).arg(receiver.stored()).arg(folder);
        succeed(&mut decode)?;
        Ok(Self {
            spans: lines(&folder.join("spans.jsonl"))?,
            logs: lines(&folder.join("logs.jsonl"))?,
            points: lines(&folder.join("points.jsonl"))?,
            bad: serde_json::from_str(&fs::read_to_string(folder.join("bad.json"))?)?,
        })
    }

    /// The last value of each series of a metric of a service, by its attributes.
    pub(super) fn last(&self, service: &str, metric: &str) -> Vec<(&Map<String, Value>, f64)> {
        let mut last: HashMap<String, &Point> = HashMap::new();
        let is_meant = |point: &&Point| point.service == service && point.name == metric;
        for point in self.points.iter().filter(is_meant) {
            let known = last.entry(Value::Object(point.attributes.clone()).to_string());
            let known = known.or_insert(point);
            if point.time >= known.time {
                *known = point;
            }
        }
        last.into_values().map(|point| (&point.attributes, point.value)).collect()
    }
}

impl Span {
    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str()
    }

    pub(super) fn number(&self, attribute: &str) -> Option<i64> {
        self.attributes.get(attribute)?.as_i64()
    }

    /// As rows tell of it.
    pub(super) fn title(&self) -> String {
        format!("{} {} ({}, trace {})", self.service, self.name, self.kind, self.trace_id)
    }
}

/// Records, one a line.
pub(super) fn lines<T: DeserializeOwned>(file: &Path) -> Outcome<Vec<T>> {
    let text = fs::read_to_string(file)?;
    let record = |line| {
        serde_json::from_str(line).map_err(|error| format!("{}: {error}: {line}", file.display()))
    };
    Ok(text.lines().map(record).collect::<Result<_, _>>()?)
}
