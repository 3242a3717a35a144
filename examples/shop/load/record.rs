//! Writes one line of JSON per request: what its trace must contain.

use crate::client::Answer;
use crate::mix::Ask;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

/// A request, with what is needed to check its trace.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    trace_id: String,
    span_id: String,
    method: &'a str,
    route: &'a str,
    path: &'a str,
    /// `None` if there was no answer.
    status: Option<u16>,
    latency_us: u64,
    started_unix_nanos: u128,
    /// The order that was placed, shown or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<i64>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(
        (trace, span): (u128, u64),
        ask: &'a Ask,
        answer: Option<&Answer>,
        started_unix_nanos: u128,
        latency_us: u64,
    ) -> Self {
        Self {
            trace_id: format!("{trace:032x}"),
            span_id: format!("{span:016x}"),
            method: ask.method,
            route: ask.route,
            path: &ask.path,
            status: answer.map(|answer| answer.status),
            latency_us,
            started_unix_nanos,
            order_id: ask.order_id.or_else(|| answer?.order_id),
        }
    }
}

/// The file.
pub(crate) struct Record(Mutex<BufWriter<File>>);

impl Record {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(Mutex::new(BufWriter::with_capacity(1 << 20, File::create(path)?))))
    }

    pub(crate) fn write(&self, line: &Line<'_>) -> io::Result<()> {
        let mut json = serde_json::to_vec(line)?;
        json.push(b'\n');
        self.0.lock().map_err(|_| io::Error::other("the record is broken"))?.write_all(&json)
    }

    pub(crate) fn finish(&self) -> io::Result<()> {
        self.0.lock().map_err(|_| io::Error::other("the record is broken"))?.flush()
    }
}
