//! Configures logs.

use super::{TelemetryBuilder, type_name};
use crate::export::{OtlpSettings, QueueSettings, StockExporter};
use crate::level::Level;
use crate::logs::LogLimits;
use opentelemetry_sdk::logs::{LogExporter, LogProcessor};

impl TelemetryBuilder {
    /// Adds a stock OpenTelemetry exporter of log records. Exporters added here replace
    /// those that the environment names.
    ///
    /// It runs on its own thread behind a bounded queue, as exporters of spans do.
    pub fn with_otel_log_exporter(mut self, exporter: impl LogExporter + 'static) -> Self {
        let name = type_name(&exporter);
        self.logs.add_exporter(StockExporter::new(name, exporter));
        self
    }

    /// Sends logs over OTLP with these settings.
    pub fn with_otlp_logs(mut self, settings: OtlpSettings) -> Self {
        self.logs.add_otlp(settings);
        self
    }

    /// Adds a processor of log records, which is called on the emitting thread, with the ids of the
    /// current span, before the exporters get the record; they see its changes.
    pub fn with_log_processor(mut self, processor: impl LogProcessor + 'static) -> Self {
        self.logs.add_processor(processor);
        self
    }

    /// Sets how many log records wait for each exporter, and how they are batched.
    pub fn with_log_queue(mut self, queue: QueueSettings) -> Self {
        self.logs.set_queue(queue);
        self
    }

    /// Sets the most verbose level of log records; all by default. Those that are more verbose are not emitted, so
    /// no exporter gets them, and no report counts them.
    ///
    /// ```
    /// use trace_runtime::{Level, Telemetry};
    ///
    /// let builder = Telemetry::builder().with_log_level(Level::Info);
    /// # drop(builder);
    /// ```
    pub fn with_log_level(mut self, level: Level) -> Self {
        self.logs.set_level(level);
        self
    }

    /// Sets the limits of one log record.
    pub fn with_log_limits(mut self, limits: LogLimits) -> Self {
        self.logs.set_limits(limits);
        self
    }

    /// Copies baggage of these keys onto log records, as attributes of the same names. No other
    /// baggage is recorded, because it comes from outside.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_baggage_log_attributes(["tenant"]);
    /// # drop(builder);
    /// ```
    pub fn with_baggage_log_attributes(
        mut self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.logs.add_baggage(keys.into_iter().map(Into::into));
        self
    }

    /// Exports no logs, regardless of the environment and of other methods.
    pub fn without_logs(mut self) -> Self {
        self.logs.turn_off();
        self
    }
}
