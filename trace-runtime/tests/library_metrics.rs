//! Tests metrics of libraries: values of operations, with sets of attributes.
#![cfg(feature = "metrics")]

use crate::support::is_alone;
use crate::support::metrics::{flush, install};
use runtime::runtime::amount::Amount;
use runtime::runtime::instruments::{AttributeSet, AttributeValue};
use runtime::runtime::recorder::stopwatch::Stopwatch;
use runtime::{Instrument, Site};

trace_runtime::__versioned! {
    use trace_runtime::__private as runtime;
}

static LIBRARY: Site = Site::new("\0parcels\0\x001.2.3\0", 0);
static DURATION: Instrument =
    Instrument::histogram(&LIBRARY, "parcel.duration\0s\0How long parcels take.")
        .buckets(&[0.1, 1.0])
        .of_library("https://example.org/schema");
static OPEN: Instrument =
    Instrument::updown(&LIBRARY, "parcel.open\0{parcel}\0Parcels that are on their way.")
        .of_library("https://example.org/schema")
        .continued();

fn to(country: &str, zone: i64) -> AttributeSet {
    AttributeSet::of(&[
        ("country", AttributeValue::Text(country.into())),
        ("zone", AttributeValue::Number(zone)),
    ])
}

#[test]
fn values_have_the_attributes_of_their_set() {
    if !is_alone("values_have_the_attributes_of_their_set") {
        return;
    }
    let (telemetry, read) = install();
    let parcel = Stopwatch::start().unwrap();
    for (of, seconds) in [(to("de", 1), 0.5), (to("de", 2), 0.25), (to("fr", 1), 2.0)] {
        parcel.record(&DURATION, of, Amount::F64(seconds));
    }
    parcel.record(&DURATION, AttributeSet::NONE, Amount::F64(1.25));
    parcel.record(&DURATION, AttributeSet::OVERFLOW, Amount::F64(1.0));
    flush(&telemetry);
    let count = |attributes: &[_]| read.sum("parcel.duration", attributes);
    assert_eq!((count(&[("country", "de")]), count(&[("zone", "1")])), (2.0, 2.0));
    assert_eq!(count(&[("otel.metric.overflow", "true")]), 1.0);
    assert_eq!((count(&[]), read.series("parcel.duration")), (5.0, 5));
    assert_eq!(read.sum("parcel.duration.sum", &[]), 5.0);
}

#[test]
fn none_is_lost_where_a_ring_is_full() {
    if !is_alone("none_is_lost_where_a_ring_is_full") {
        return;
    }
    let (telemetry, read) = install();
    let parcel = Stopwatch::start().unwrap();
    assert!(runtime::testing::hold_ring(true));
    for number in 0..100 {
        parcel.record(&OPEN, to("de", number % 4), Amount::I64(1));
        parcel.record(&DURATION, to("de", number % 4), Amount::F64(0.5));
    }
    flush(&telemetry);
    runtime::testing::hold_ring(false);
    parcel.record(&OPEN, to("de", 0), Amount::I64(-1));
    flush(&telemetry);
    assert_eq!(read.sum("parcel.open", &[]), 99.0);
    assert_eq!(read.sum("parcel.open", &[("zone", "0")]), 24.0);
    assert_eq!(read.sum("parcel.duration", &[("country", "de")]), 100.0);
    assert_eq!(read.sum("parcel.duration.sum", &[]), 50.0);
}

#[test]
fn what_is_open_is_counted_by_the_next_pipeline() {
    if !is_alone("what_is_open_is_counted_by_the_next_pipeline") {
        return;
    }
    let (telemetry, read) = install();
    let parcels = [(); 3].map(|()| Stopwatch::start().unwrap());
    for parcel in &parcels {
        parcel.record(&OPEN, to("de", 1), Amount::I64(1));
    }
    parcels[0].record(&OPEN, to("de", 1), Amount::I64(-1));
    flush(&telemetry);
    assert_eq!(read.sum("parcel.open", &[]), 2.0);
    drop(telemetry);
    // It ends between two pipelines.
    parcels[1].record(&OPEN, to("de", 1), Amount::I64(-1));
    let (telemetry, read) = install();
    flush(&telemetry);
    assert_eq!(read.sum("parcel.open", &[("country", "de")]), 1.0);
    parcels[2].record(&OPEN, to("de", 1), Amount::I64(-1));
    flush(&telemetry);
    assert_eq!(read.sum("parcel.open", &[("country", "de")]), 0.0);
}
