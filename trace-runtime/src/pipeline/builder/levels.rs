//! Configures levels, and what requests may choose.

use super::TelemetryBuilder;
use crate::level::Level;
use crate::site_rules::SiteRules;

impl TelemetryBuilder {
    /// Sets the most verbose level that is on: functions at a greater one, by `#[trace(level = debug)]`, have
    /// no spans; `Info` by default. Levels that are set here replace those of `TRACE_RUNTIME_LEVEL`.
    ///
    /// A call whose level is off costs two to three nanoseconds. What it calls has the span above as its parent, and
    /// its metrics are measured all the same. [`levels`](crate::Telemetry::levels) changes levels while the
    /// program runs.
    ///
    /// ```
    /// use trace_runtime::{Level, Telemetry};
    ///
    /// let builder = Telemetry::builder()
    ///     .with_level(Level::Info)
    ///     .with_module_level("shop::db", Level::Debug);
    /// # drop(builder);
    /// ```
    pub fn with_level(mut self, level: Level) -> Self {
        self.levels_mut().level = level;
        self
    }

    /// Sets the most verbose level that is on in a module and in what it contains. The longest path decides.
    pub fn with_module_level(mut self, path: &str, level: Level) -> Self {
        self.levels_mut().set_module(path, level);
        self
    }

    /// Lets baggage turn a level on: what works under an entry of this key, whose value is a level, records
    /// up to that level. The entry travels with the request, so it does so in other services, too. Of
    /// entries that come from other services, only those with
    /// [trusted](Self::with_trusted_baggage) keys count.
    ///
    /// ```
    /// use trace_runtime::{Baggage, Telemetry};
    ///
    /// let builder = Telemetry::builder().with_level_baggage("debug.level");
    /// # drop(builder);
    /// // Where the customer is known:
    /// let _request = Baggage::current().with_entry("debug.level", "debug").attach();
    /// ```
    pub fn with_level_baggage(mut self, key: impl Into<String>) -> Self {
        self.requests.level_key = Some(key.into());
        self
    }

    /// Lets baggage of these keys decide wherever it came from: about
    /// [levels](Self::with_level_baggage), by the
    /// [rules](crate::sampling::Rule::with_baggage) of sampling, and about the
    /// [tenant](crate::sampling::Tenants) of a trace.
    ///
    /// Clients can send any baggage. Without this, entries that come from other services, or that other
    /// code has attached through OpenTelemetry, decide nothing; those that this program sets do. Trust a key
    /// only if something in front of the service removes it from requests of clients.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_trusted_baggage(["customer.id"]);
    /// # drop(builder);
    /// ```
    pub fn with_trusted_baggage(
        mut self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.requests.trusted.extend(keys.into_iter().map(Into::into));
        self
    }

    fn levels_mut(&mut self) -> &mut SiteRules {
        self.levels.get_or_insert_default()
    }
}
