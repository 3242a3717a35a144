//! A capture in a process whose telemetry is somebody else's.

use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;

#[test]
#[should_panic(expected = "this process already runs another")]
fn a_capture_says_that_another_pipeline_is_in_its_way() {
    let builder = Telemetry::builder().without_env().with_exporter(NullExporter::new());
    let _telemetry = builder.install().unwrap();
    let _t = trace_testkit::capture();
}
