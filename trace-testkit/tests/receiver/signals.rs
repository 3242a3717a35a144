//! Tests that assertions on metrics and logs encoded by the SDK work as on a capture.

use super::client::{post, request};
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue, SpanId, TraceId};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use prost::Message;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_testkit::matcher::{lt, ms};
use trace_testkit::model::Severity::Warn;
use trace_testkit::receiver::{Receiver, Signal};

fn send(receiver: &Receiver, signal: Signal, message: &impl Message) {
    let kind = [("content-type", "application/x-protobuf")];
    let reply = post(&receiver.http_endpoint(signal), &kind, &message.encode_to_vec()).unwrap();
    assert_eq!(reply.status(), 200);
}

/// Keeps what it would send.
#[derive(Clone)]
struct Outbox(Temporality, Arc<Mutex<Vec<ExportMetricsServiceRequest>>>);

impl PushMetricExporter for Outbox {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.1.lock().unwrap().push(metrics.into());
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.0
    }
}

#[test]
fn metrics_are_whole_whatever_the_temporality() {
    for temporality in [Temporality::Delta, Temporality::Cumulative] {
        let receiver = Receiver::start().unwrap();
        let outbox = Outbox(temporality, Arc::default());
        let reader = PeriodicReader::builder(outbox.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let meter = provider.meter("shop");
        let orders = meter.u64_counter("orders").with_unit("{order}").build();
        let duration = meter.f64_histogram("checkout.duration").with_unit("s").build();
        for seconds in [0.08, 0.12, 0.31] {
            orders.add(1, &[KeyValue::new("plan", "pro")]);
            duration.record(seconds, &[]);
            provider.force_flush().unwrap();
            let requests = std::mem::take(&mut *outbox.1.lock().unwrap());
            requests.iter().for_each(|request| send(&receiver, Signal::Metrics, request));
            if seconds < 0.1 {
                receiver.metrics().baseline();
            }
        }
        receiver.counter("orders").with("plan", "pro").delta(2).total(3).unit("{order}");
        receiver.histogram("checkout.duration").count(2).max(0.31).each(lt(ms(400)));
        assert_eq!(receiver.metrics().names(), ["checkout.duration", "orders"]);
        receiver.metrics().follow_conventions();
    }
}

/// Sends each record at once.
#[derive(Debug)]
struct Sent(Arc<Receiver>);

impl LogProcessor for Sent {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        let records = [(&*record, scope)];
        let batch = LogBatch::new(&records);
        let resource = ResourceAttributesWithSchema::default();
        let resource_logs = group_logs_by_resource_and_scope(&batch, &resource);
        send(&self.0, Signal::Logs, &ExportLogsServiceRequest { resource_logs });
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn logs_find_the_spans_that_they_were_written_in() {
    let receiver = Arc::new(Receiver::start().unwrap());
    let span = Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "charge".to_owned(),
        ..Span::default()
    };
    send(&receiver, Signal::Traces, &request(vec![span]));
    let provider = SdkLoggerProvider::builder().with_log_processor(Sent(receiver.clone())).build();
    let logger = provider.logger("shop");
    for span_id in [[2; 8], [3; 8]] {
        let mut record = logger.create_log_record();
        record.set_severity_number(Severity::Warn);
        record.set_body("retry".into());
        let trace_id = TraceId::from_bytes([1; 16]);
        record.set_trace_context(trace_id, SpanId::from_bytes(span_id), None);
        logger.emit(record);
    }
    receiver.logs().at(Warn).containing("retry").in_span("charge").one();
    let report = receiver.logs().scope("shop").try_all_in_spans().unwrap_err().to_string();
    assert!(report.contains("in span 0303030303030303, which was not captured"), "{report}");
}
