//! The interface of samplers that can be composed, and their answer.

use super::threshold::Threshold;
use super::{SamplingAttributes, SamplingInput};
use crate::level::Level;
use crate::site::SiteInfo;
use std::fmt;
use std::sync::Arc;

/// A sampler that returns an intent instead of a decision, so that samplers can be composed
/// ([ComposableSampler](https://opentelemetry.io/docs/specs/otel/trace/sdk/#composablesampler)).
///
/// [`Composite`](super::Composite) turns an intent into a decision.
///
/// ```
/// use trace_runtime::sampling::{Composable, Composite, SamplingInput, SamplingIntent, Threshold};
///
/// /// Keeps a tenth of the spans of clients, and everything else.
/// #[derive(Debug)]
/// struct FewClients;
///
/// impl Composable for FewClients {
///     fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
///         match input.kind() {
///             trace_runtime::SpanKind::Client => SamplingIntent::new(Threshold::of_probability(0.1)),
///             _ => SamplingIntent::new(Some(Threshold::ALWAYS)),
///         }
///     }
/// }
///
/// let sampler = Composite::new(FewClients);
/// # let _ = sampler;
/// ```
pub trait Composable: Send + Sync + fmt::Debug + 'static {
    /// Returns the intent for a span
    /// ([GetSamplingIntent](https://opentelemetry.io/docs/specs/otel/trace/sdk/#getsamplingintent)).
    ///
    /// Called on the thread that starts the span, so it must be quick and must not block.
    fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent;

    /// Returns how the intent for a span at `site` depends on its parent, if that is a span of this
    /// process; `None`: at any site. Only samplers with an intent for such spans are asked about
    /// them, which takes their calls off the fast path.
    fn for_children(&self, site: Option<&SiteInfo>) -> ForChildren {
        let _ = site;
        ForChildren::Own
    }

    /// Returns whether the intent for a span at `site` depends on its attributes, so that they are
    /// evaluated before the decision; `None`: at any site.
    fn reads_attributes(&self, site: Option<&SiteInfo>) -> bool {
        let _ = site;
        false
    }

    /// Returns the patterns of names that it is configured with. Those that match no function are
    /// reported at start-up, if one has a similar name.
    fn name_patterns(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns its name and settings, such as `ComposableProbability{0.25}`.
    fn describe(&self) -> String {
        format!("{self:?}")
    }
}

macro_rules! by_pointer {
    ($($pointer:ident)*) => {$(
        impl<T: Composable + ?Sized> Composable for $pointer<T> {
            fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
                (**self).intent(input)
            }

            fn for_children(&self, site: Option<&SiteInfo>) -> ForChildren {
                (**self).for_children(site)
            }

            fn reads_attributes(&self, site: Option<&SiteInfo>) -> bool {
                (**self).reads_attributes(site)
            }

            fn name_patterns(&self) -> Vec<String> {
                (**self).name_patterns()
            }

            fn describe(&self) -> String {
                (**self).describe()
            }
        }
    )*};
}

by_pointer! { Arc Box }

/// How the intent of a sampler for a span depends on the span's parent in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForChildren {
    /// The span is treated as its parent was.
    AsParent,
    /// All spans of a trace have one intent: the span is treated as its parent was, if this sampler
    /// decided about the parent.
    Constant,
    /// The intent may differ from that for the parent.
    Own,
}

/// The intent of a sampler for a span
/// ([SamplingIntent](https://opentelemetry.io/docs/specs/otel/trace/sdk/#getsamplingintent)).
#[derive(Clone)]
#[must_use]
pub struct SamplingIntent {
    pub(super) threshold: Option<Threshold>,
    pub(super) is_reliable: bool,
    pub(super) attributes: SamplingAttributes,
    pub(super) trace_state: Option<TraceStateUpdate>,
    pub(super) level: Option<Level>,
    pub(super) thin: Option<Thin>,
}

/// Leaves a span out unless its trace is among a share; `None` leaves it out of all traces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thin(pub(super) Option<Threshold>);

/// Returns a `tracestate` for a given one.
type TraceStateUpdate = Arc<dyn Fn(&str) -> String + Send + Sync>;

impl SamplingIntent {
    /// The intent to drop the span.
    pub const DROP: Self = Self::new(None);

    /// Creates the intent to keep the span if the randomness of its trace reaches this threshold;
    /// `None`: to drop it.
    pub const fn new(threshold: Option<Threshold>) -> Self {
        Self {
            threshold,
            is_reliable: true,
            attributes: SamplingAttributes::NONE,
            trace_state: None,
            level: None,
            thin: None,
        }
    }

    /// Marks the threshold as unreliable: it is not the probability with which the span is kept, so
    /// spans cannot be counted by it. `th` is then removed from `tracestate`.
    pub fn unreliable(mut self) -> Self {
        self.is_reliable = false;
        self
    }

    /// Turns a level on for the trace in this process; see
    /// [`SamplingResult::with_level`](super::SamplingResult::with_level).
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Adds attributes to the span, if it is kept.
    pub fn with_attributes(mut self, attributes: impl Into<SamplingAttributes>) -> Self {
        self.attributes = attributes.into();
        self
    }

    /// Changes the `tracestate` of the span: `update` returns the new one, given that of the parent.
    /// The member `ot` is set afterwards.
    pub fn with_trace_state(
        mut self,
        update: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        self.trace_state = Some(Arc::new(update));
        self
    }

    /// Returns the threshold; `None`: the span is dropped.
    pub fn threshold(&self) -> Option<Threshold> {
        self.threshold
    }

    /// Returns whether spans can be counted by the threshold.
    pub fn is_reliable(&self) -> bool {
        self.is_reliable
    }

    /// Returns the level that is turned on for the trace.
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// Returns the attributes that are added to the span, if it is kept.
    pub fn attributes(&self) -> &SamplingAttributes {
        &self.attributes
    }
}

impl fmt::Debug for SamplingIntent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingIntent")
            .field("threshold", &self.threshold)
            .field("is_reliable", &self.is_reliable)
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}
