//! What captures offer for metrics and logs.

use super::{Capture, GlobalCapture};
use crate::model::{LogData, Metric};

macro_rules! with_signals {
    ($capture:ident) => {
        impl $capture {
            /// The meter provider of this capture: what its instruments measure is in the capture
            /// and nowhere else. Shutting it down loses nothing.
            ///
            /// Code that takes its meters from `opentelemetry::global` needs no provider: it
            /// reaches the capture by itself, and wakes [`eventually`](crate::Recorded::eventually)
            /// with each measurement, which a provider of the SDK cannot.
            ///
            /// ```
            /// use opentelemetry::metrics::MeterProvider as _;
            ///
            /// let t = trace_testkit::capture();
            /// t.meter_provider().meter("shop").u64_counter("orders").build().add(1, &[]);
            /// t.counter("orders").delta(1);
            /// ```
            #[cfg(feature = "metrics")]
            #[must_use]
            pub fn meter_provider(&self) -> opentelemetry_sdk::metrics::SdkMeterProvider {
                self.signals().meter_provider()
            }

            /// A reader that brings what another meter provider measures into this capture: for
            /// providers with views, with a resource, or with delta temporality.
            ///
            /// ```
            /// use opentelemetry::metrics::MeterProvider as _;
            /// use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
            ///
            /// let t = trace_testkit::capture();
            /// let reader = t.meter_reader(Temporality::Delta);
            /// let provider = SdkMeterProvider::builder().with_reader(reader).build();
            /// let orders = provider.meter("shop").u64_counter("orders").build();
            /// orders.add(1, &[]);
            /// t.counter("orders").delta(1);
            /// orders.add(1, &[]);
            /// t.counter("orders").delta(2).temporality(trace_testkit::model::Temporality::Delta);
            /// ```
            #[cfg(feature = "metrics")]
            pub fn meter_reader(
                &self,
                temporality: opentelemetry_sdk::metrics::Temporality,
            ) -> crate::MeterReader {
                self.signals().meter_reader(temporality)
            }

            /// The logger provider of this capture: what is written to it is in the capture and
            /// nowhere else. Records that are written in a span get its ids.
            ///
            /// ```
            /// use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
            ///
            /// let t = trace_testkit::capture();
            /// let logger = t.logger_provider().logger("shop");
            /// trace_runtime::in_span("charge", |_| {
            ///     let mut record = logger.create_log_record();
            ///     record.set_body("retry".into());
            ///     logger.emit(record);
            /// });
            /// t.logs().containing("retry").in_span("charge").one();
            /// ```
            #[cfg(feature = "logs")]
            #[must_use]
            pub fn logger_provider(&self) -> opentelemetry_sdk::logs::SdkLoggerProvider {
                self.signals().logger_provider()
            }

            /// A processor that brings what another logger provider is given into this capture.
            #[cfg(feature = "logs")]
            #[must_use]
            pub fn log_collector(&self) -> crate::LogCollector {
                crate::LogCollector::of(self.signals())
            }

            /// Plugs in metrics of any origin: `so_far` is asked whenever the capture is read, and
            /// tells all that was measured until then.
            pub fn add_metrics(&self, so_far: impl Fn() -> Vec<Metric> + Send + Sync + 'static) {
                self.signals().add_metrics(so_far);
            }

            /// Plugs in a log record of any origin.
            pub fn add_log(&self, log: LogData) {
                self.signals().add_log(log);
            }
        }
    };
}

with_signals!(Capture);
with_signals!(GlobalCapture);
