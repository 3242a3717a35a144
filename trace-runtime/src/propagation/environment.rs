//! Carries contexts in the environment of processes
//! ([environment variables as carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/)).

use super::{Extractor, Injector};
use std::process::Command;

/// Returns the variable for a header: `TRACEPARENT`, `X_B3_TRACEID`.
fn variable(header: &str) -> String {
    let letter = |letter: char| match letter.to_ascii_uppercase() {
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '_',
    };
    let prefix = if header.starts_with(|first: char| !first.is_ascii_digit()) { "" } else { "_" };
    prefix.chars().chain(header.chars().map(letter)).collect()
}

/// Writes into the environment of a child process: `TRACEPARENT`, `TRACESTATE`, `BAGGAGE`.
///
/// ```
/// use std::process::Command;
/// use trace_runtime::propagation::{self, CommandInjector};
///
/// let mut command = Command::new("true");
/// propagation::inject(&mut CommandInjector(&mut command));
/// # drop(command);
/// ```
#[derive(Debug)]
pub struct CommandInjector<'a>(
    /// The command to be started.
    pub &'a mut Command,
);

impl Injector for CommandInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        self.0.env(variable(key), value);
    }
}

/// Reads the context that a parent process has put into the environment of this one.
///
/// It is read only on request, because a process may inherit a `TRACEPARENT` that was not
/// meant for it. Read it at the start, on the thread that does the work:
///
/// ```
/// use trace_runtime::propagation::{self, EnvExtractor};
///
/// fn main() {
///     // let _telemetry = trace_runtime::init()?;
///     let _context = propagation::extract(&EnvExtractor::new()).attach();
///     // … the program …
/// }
/// ```
#[derive(Clone, Debug)]
pub struct EnvExtractor {
    /// Names of headers and their values.
    found: Vec<(String, String)>,
}

impl EnvExtractor {
    /// Reads the variables of the formats in force.
    pub fn new() -> Self {
        // Formats ignore invalid parts of a value, including those that are not UTF-8.
        Self::with_env(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }

    /// Reads variables through `lookup` instead of the process's environment.
    ///
    /// ```
    /// use trace_runtime::propagation::{self, EnvExtractor};
    ///
    /// let variables = EnvExtractor::with_env(|name| {
    ///     (name == "BAGGAGE").then(|| "tenant=acme".to_owned())
    /// });
    /// let context = propagation::extract(&variables);
    /// # #[cfg(feature = "enabled")]
    /// assert_eq!(context.baggage().get("tenant"), Some("acme"));
    /// ```
    pub fn with_env(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let fields = super::fields().into_iter();
        let found = fields.filter_map(|name| Some((name.to_owned(), lookup(&variable(name))?)));
        Self { found: found.collect() }
    }
}

impl Default for EnvExtractor {
    fn default() -> Self {
        Self::new()
    }
}

impl Extractor for EnvExtractor {
    fn get(&self, key: &str) -> Option<&str> {
        let found = self.found.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        self.found.iter().map(|(name, _)| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn variables_are_named_after_headers() {
        assert_eq!(variable("traceparent"), "TRACEPARENT");
        assert_eq!(variable("X-B3-TraceId"), "X_B3_TRACEID");
        assert_eq!(variable("ä.1"), "__1");
        assert_eq!(variable("1-trace"), "_1_TRACE");
        assert_eq!(variable(""), "_");
    }
}
