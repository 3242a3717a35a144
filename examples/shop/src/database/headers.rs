//! Stores the context of a job's sender in three columns.
//!
//! Rows outlive settings, so they use the W3C formats whatever `OTEL_PROPAGATORS` is.

use trace_runtime::propagation::{
    BaggagePropagator, Extractor, Injector, Propagator, TraceContextPropagator,
};
use trace_runtime::{SpanContext, propagation::Context};

/// A context, as the headers that would carry it in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Headers {
    pub(crate) traceparent: Option<String>,
    pub(crate) tracestate: Option<String>,
    pub(crate) baggage: Option<String>,
}

impl Headers {
    /// Returns the current span and baggage.
    pub(crate) fn current() -> Self {
        let mut headers = Self::default();
        TraceContextPropagator.inject(&Context::current(), &mut headers);
        BaggagePropagator.inject(&Context::current(), &mut headers);
        headers
    }

    /// Returns the context that was stored.
    pub(crate) fn context(&self) -> Context {
        BaggagePropagator.extract(TraceContextPropagator.extract(Context::default(), self), self)
    }
}

/// Returns the current span as a `traceparent`.
pub(crate) fn traceparent() -> Option<String> {
    Headers::current().traceparent
}

/// Returns the span of a `traceparent`, for a link.
pub(crate) fn span_of(traceparent: Option<&str>) -> Option<SpanContext> {
    let headers = Headers { traceparent: traceparent.map(str::to_owned), ..Headers::default() };
    Some(headers.context().span_context().clone()).filter(SpanContext::is_valid)
}

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        match key {
            "traceparent" => self.traceparent = Some(value),
            "tracestate" => self.tracestate = Some(value),
            "baggage" => self.baggage = Some(value),
            _ => {}
        }
    }
}

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.traceparent.as_deref(),
            "tracestate" => self.tracestate.as_deref(),
            "baggage" => self.baggage.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        ["traceparent", "tracestate", "baggage"]
            .into_iter()
            .filter(|key| self.get(key).is_some())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace_runtime::{Baggage, in_span};

    #[trace_testkit::test]
    fn a_context_comes_back_from_the_table_as_it_went(t: trace_testkit::Capture) {
        let _baggage = Baggage::new().with_entry("customer.tier", "gold").attach();
        let headers = in_span("send", |_| Headers::current());
        let context = headers.context();
        assert_eq!(context.baggage().get("customer.tier"), Some("gold"));
        assert_eq!(span_of(headers.traceparent.as_deref()).as_ref(), Some(context.span_context()));
        t.span("send").one().span_id(context.span_context().span_id());
    }

    #[test]
    fn what_is_no_context_is_no_link() {
        assert_eq!(span_of(Some("00-what-is-this")), None);
        assert_eq!(span_of(None), None);
    }
}
