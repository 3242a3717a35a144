//! Sets which traces are kept once they have ended.

use super::error::{RuleProblem, SamplingError};
use super::tenants::Tenants;
use crate::glob::Glob;
use std::time::Duration;

/// Keeps the traces for which something speaks, and a share of the others, once they have ended.
///
/// All traces are recorded. When the last open span of a trace in this process has ended, the trace is
/// kept or dropped as a whole. It is kept if a span failed or panicked, if its local root was slow, or if
/// a span has an attribute or an event that was asked for; otherwise if the sampler in force has sampled
/// it, and its randomness is within the share. The attribute `sampling.reason` of the local root is the
/// reason why a trace was kept: `panic`, `error`, `slow`, `unusual_duration`, `attribute`, `event` or `probability`.
/// Metrics do not depend on verdicts.
///
/// A kept span has a threshold in its `tracestate`
/// ([probability sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/))
/// if it was kept by probability alone, so that backends can extrapolate counts. Other services have
/// decided about their spans of the trace when it reached them, by the sampler in force here.
///
/// | data | bound |
/// |---|---|
/// | undecided spans | an eighth of the memory limit, or [`with_bytes`](Self::with_bytes); the oldest traces are decided early if it is not enough, and their spans counted as `evicted` |
/// | recent spans, for snapshots | 16 MiB, or [`with_recent_spans`](Self::with_recent_spans) |
/// | remembered verdicts | 16,384, 128 KiB |
/// | names whose durations are observed | 512, 1 MiB |
///
/// ```no_run
/// use std::time::Duration;
/// use trace_runtime::Telemetry;
/// use trace_runtime::sampling::TailSampling;
///
/// let tail = TailSampling::new(0.01)
///     .with_slow(Duration::from_secs(1))
///     .with_slow_named("GET /search*", Duration::from_secs(5))
///     .with_attribute("customer.tier", "gold")
///     .with_budget(1_000.0);
/// let telemetry = Telemetry::builder().with_tail_sampling(tail).install()?;
/// # drop(telemetry);
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TailSampling {
    pub(crate) share: f64,
    pub(crate) keeps_errors: bool,
    /// Limits for the durations of local roots; the first that fits a name is used.
    pub(crate) slow: Vec<Slow>,
    pub(crate) keeps_unusual: bool,
    pub(crate) attributes: Vec<(String, Glob)>,
    pub(crate) events: Vec<Glob>,
    /// Spans per second.
    pub(crate) budget: Option<f64>,
    pub(crate) reserve: Option<f64>,
    pub(crate) tenants: Option<Tenants>,
    /// The tenants of which nothing is kept, set by switches.
    pub(crate) tenants_off: Vec<String>,
    pub(crate) timeout: Duration,
    pub(crate) bytes: Option<usize>,
    /// The bytes and the age of the spans that snapshots contain.
    pub(crate) recent: Option<(usize, Duration)>,
    /// The first setting that is invalid.
    problem: Option<SamplingError>,
}

/// Local roots of these names that take at least this long are slow.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    pub(crate) name: Glob,
    pub(crate) limit: Duration,
}

impl TailSampling {
    /// Keeps traces with errors, and this share of the others, from 0 to 1.
    ///
    /// `install` returns an error if a setting is invalid.
    pub fn new(share: f64) -> Self {
        let settings = Self {
            share,
            keeps_errors: true,
            slow: Vec::new(),
            keeps_unusual: false,
            attributes: Vec::new(),
            events: Vec::new(),
            budget: None,
            reserve: None,
            tenants: None,
            tenants_off: Vec::new(),
            timeout: Duration::from_secs(30),
            bytes: None,
            recent: Some((16 << 20, Duration::from_secs(30))),
            problem: None,
        };
        settings.checked(SamplingError::check_share(share))
    }

    /// Sets whether a trace is kept because a span failed or panicked, as by default. A span failed if
    /// its status is an error; an error that `err(ignore)` covers does not count.
    pub fn with_errors(mut self, kept: bool) -> Self {
        self.keeps_errors = kept;
        self
    }

    /// Keeps traces whose local root takes at least this long.
    pub fn with_slow(self, limit: Duration) -> Self {
        self.with_slow_named("*", limit)
    }

    /// Keeps traces whose local root has such a name and takes at least this long. In the pattern, `*`
    /// stands for any characters and `?` for one. Of several patterns that match, the first decides.
    pub fn with_slow_named(mut self, pattern: &str, limit: Duration) -> Self {
        let name = self.pattern("a name of slow roots", pattern);
        // The limit for all names comes last, whenever it was set.
        let at = match pattern {
            "*" => self.slow.len(),
            _ => self
                .slow
                .iter()
                .position(|slow| slow.name.as_str() == "*")
                .unwrap_or(self.slow.len()),
        };
        self.slow.insert(at, Slow { name, limit });
        self
    }

    /// Keeps traces whose local root takes longer than 99 % of those of the same name in the last
    /// minutes. Names that are seen less than 200 times in two minutes are not judged. About one trace in
    /// a hundred is kept by this.
    pub fn with_unusual_durations(mut self) -> Self {
        self.keeps_unusual = true;
        self
    }

    /// Keeps traces in which a span has this attribute, with a value whose text matches the pattern.
    pub fn with_attribute(mut self, key: &str, pattern: &str) -> Self {
        if key.is_empty() {
            let (condition, problem) = ("an attribute", RuleProblem::EmptyKey);
            self.problem.get_or_insert(SamplingError::Tail { condition, problem });
        }
        let pattern = self.pattern("a value of an attribute", pattern);
        self.attributes.push((key.to_owned(), pattern));
        self
    }

    /// Keeps traces in which a span has an event with such a name.
    pub fn with_event(mut self, pattern: &str) -> Self {
        let pattern = self.pattern("an event", pattern);
        self.events.push(pattern);
        self
    }

    /// Limits the spans per second of traces that are kept by probability, with bursts of one second's
    /// worth. Spans of traces beyond it are dropped, and counted as
    /// [`Quota`](crate::loss::DropReason::Quota). Counts cannot be extrapolated from what is kept within a
    /// budget, so these spans have no threshold in their `tracestate`.
    pub fn with_budget(mut self, spans_per_second: f64) -> Self {
        self.budget = Some(spans_per_second);
        self.checked(SamplingError::check_rate("spans per second of the budget", spans_per_second))
    }

    /// Limits the spans per second of traces that are kept for another reason than probability; without
    /// a limit, all are kept. Traces beyond it are kept by probability, within the budget.
    pub fn with_reserve(mut self, spans_per_second: f64) -> Self {
        self.reserve = Some(spans_per_second);
        self.checked(SamplingError::check_rate("spans per second of the reserve", spans_per_second))
    }

    /// Distinguishes tenants, and limits what is kept of each.
    pub fn with_tenants(mut self, tenants: Tenants) -> Self {
        let checked = tenants.check();
        self.tenants = Some(tenants);
        self.checked(checked)
    }

    /// Sets how long a trace waits for its last open span; 30 s by default. After that it is decided by
    /// what is known, and what ends later follows the verdict.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the bytes that undecided spans may take; an eighth of the
    /// [memory limit](crate::TelemetryBuilder::with_memory_limit) by default.
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Sets the bytes and the age of the recent spans, kept or dropped, that
    /// [`snapshot`](crate::Telemetry::snapshot) returns; 16 MiB and 30 s by default, whichever is less.
    pub fn with_recent_spans(mut self, bytes: usize, age: Duration) -> Self {
        self.recent = Some((bytes, age));
        self
    }

    /// Keeps no recent spans for snapshots.
    pub fn without_recent_spans(mut self) -> Self {
        self.recent = None;
        self
    }

    /// Returns the settings, unless one is invalid.
    pub(crate) fn check(self) -> Result<Self, SamplingError> {
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(self),
        }
    }

    /// Returns the attribute that names the tenant.
    pub(crate) fn tenant_key(&self) -> Option<String> {
        self.tenants.as_ref().map(|tenants| tenants.key.clone())
    }

    fn pattern(&mut self, condition: &'static str, pattern: &str) -> Glob {
        if pattern.is_empty() {
            let problem = RuleProblem::EmptyPattern;
            self.problem.get_or_insert(SamplingError::Tail { condition, problem });
        }
        Glob::new(pattern)
    }

    /// Remembers the first problem.
    fn checked<T>(mut self, setting: Result<T, SamplingError>) -> Self {
        self.problem = self.problem.or(setting.err());
        self
    }
}
