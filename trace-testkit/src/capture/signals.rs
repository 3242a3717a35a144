//! Adds the methods for metrics and logs to captures.

use super::{Capture, GlobalCapture};
use crate::model::{LogData, Metric};

macro_rules! with_signals {
    ($capture:ident) => {
        impl $capture {
            /// Returns the meter provider of this capture: measurements of its instruments reach this
            /// capture only. Shutting it down loses nothing.
            ///
            /// Code that gets its meters from `opentelemetry::global` needs no provider: its
            /// measurements reach the current capture, and each wakes
            /// [`eventually`](crate::Recorded::eventually), which a provider of the SDK cannot do.
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

            /// Returns a reader that delivers the measurements of another meter provider to this
            /// capture: for providers with views, a resource, or delta temporality.
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

            /// Returns the logger provider of this capture: its records reach this capture only.
            /// Records written in a span get its ids.
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

            /// Returns a processor that delivers the records of another logger provider to this
            /// capture.
            #[cfg(feature = "logs")]
            #[must_use]
            pub fn log_collector(&self) -> crate::LogCollector {
                crate::LogCollector::of(self.signals())
            }

            /// Adds a source of metrics: `so_far` is called whenever the capture is read, and returns
            /// everything measured so far.
            pub fn add_metrics(&self, so_far: impl Fn() -> Vec<Metric> + Send + Sync + 'static) {
                self.signals().add_metrics(so_far);
            }

            /// Adds a log record.
            pub fn add_log(&self, log: LogData) {
                self.signals().add_log(log);
            }
        }
    };
}

with_signals!(Capture);
with_signals!(GlobalCapture);
