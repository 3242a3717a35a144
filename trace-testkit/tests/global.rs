//! Tests the capture of a whole process, in a single test.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use std::sync::mpsc;
use std::thread;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan};
use trace_runtime::sampling::{AlwaysOff, ParentBased};
use trace_runtime::{Telemetry, in_span, trace};
use trace_testkit::{GlobalCapture, capture, capture_global};

#[trace]
fn serve() {
    handle();
}

#[trace]
fn handle() {}

fn names(t: &GlobalCapture) -> Vec<String> {
    t.spans().into_iter().map(|span| span.name).collect()
}

/// Sends the names of what it gets.
struct Own(mpsc::Sender<String>);

impl Exporter for Own {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "own".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        batch.iter().for_each(|span| drop(self.0.send(span.name().to_owned())));
        Ok(())
    }
}

/// A program that installs and shuts down its own telemetry.
fn program(telemetry: trace_runtime::TelemetryBuilder) -> Vec<String> {
    let (own, exported) = mpsc::channel();
    let telemetry = telemetry.without_env().with_exporter(Own(own)).install().unwrap();
    thread::spawn(serve).join().unwrap();
    drop(telemetry);
    exported.into_iter().collect()
}

#[test]
fn all_that_the_process_records_is_seen() {
    let t = capture_global();
    // A program without telemetry.
    serve();
    assert_eq!(names(&t), ["serve", "handle"]);

    // One with telemetry, which is in force; what it exports is seen besides.
    let attributes = [KeyValue::new("zone", "b"), KeyValue::new("cell", 7)];
    let resource = Resource::builder_empty().with_schema_url(attributes, "https://shop.example/1");
    let telemetry = Telemetry::builder().with_resource(resource.build()).with_service_name("shop");
    assert_eq!(program(telemetry), ["handle", "serve"]);
    assert_eq!(names(&t), ["serve", "handle", "serve", "handle"]);
    let resource = &t.spans()[2].resource;
    assert_eq!(resource.attribute("service.name"), Some(&"shop".into()));
    assert_eq!(resource.attribute("cell"), Some(&7.into()));
    assert_eq!(resource.schema_url, "https://shop.example/1");
    assert!(resource.attributes.is_sorted_by(|(one, _), (next, _)| one < next), "{resource:?}");

    // What it does not record is not seen.
    let sampler = ParentBased::new(AlwaysOff);
    assert!(program(Telemetry::builder().with_sampler(sampler)).is_empty());
    assert_eq!(t.spans().len(), 4);
    drop(t);

    // The next begins with nothing, and captures go on beside it.
    let t = capture_global();
    let mine = capture();
    in_span("open", |_| assert_eq!(t.snapshot().open[0].name, "open"));
    thread::spawn(handle).join().unwrap();
    assert_eq!(names(&t), ["open", "handle"]);
    assert_eq!(mine.spans().len(), 1);
    let again = std::panic::catch_unwind(capture_global).unwrap_err();
    let message = again.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| again.downcast_ref::<&str>().copied()).unwrap();
    assert!(message.contains("another global capture is alive"), "{message}");
}
