//! Mistakes that the compiler finds, reported on the user's expressions.

use trace_macros::{business_metric, metered};

#[metered(labels(path))]
fn text(path: &str) {}

#[metered(labels(number = ret.0))]
fn later() -> Result<(String,), String> {
    Ok((String::new(),))
}

#[metered(labels(number(cap = 10)))]
fn not_a_text(number: u32) {}

#[metered(labels(missing))]
fn missing() {}

#[business_metric(counter("texts"), value = text)]
fn not_a_number(text: &str) {}

#[business_metric(counter("moved"), value = ret.len() + text.len())]
fn moved(text: String) -> Result<String, String> {
    Ok(text)
}

#[metered(labels(long = ret.len() > text.len()))]
async fn moved_later(text: String) -> Result<String, String> {
    Ok(text)
}

#[metered(slo = MISSING)]
fn no_objective() {}

#[metered(slo = NUMBER)]
fn wrong_objective() {}

const NUMBER: u8 = 1;

#[metered(buckets = DESCENDING)]
fn descending() {}

const DESCENDING: [f64; 2] = [1.0, 0.5];

#[business_metric(counter("errors"), value = err.len())]
fn no_error() -> NotAResult {
    NotAResult
}

struct NotAResult;

fn main() {}
