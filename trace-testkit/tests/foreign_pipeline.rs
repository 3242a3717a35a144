//! Tests a capture in a process that runs another pipeline.

use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;

#[test]
#[should_panic(expected = "this process already runs another")]
fn a_capture_reports_another_pipeline() {
    let builder = Telemetry::builder().without_env().with_exporter(NullExporter::new());
    let _telemetry = builder.install().unwrap();
    let _t = trace_testkit::capture();
}
