//! Carries contexts in the headers of requests without looking at carriers: for layers, which do it for
//! every request.

use super::formats::{Composite, Member};
use super::headers::{HeaderExtractor, HeaderInjector, text};
use super::installed::{self, with_installed};
use super::{Context, trace_context, w3c_baggage};
use http::{HeaderMap, HeaderName, HeaderValue};

static TRACEPARENT: HeaderName = HeaderName::from_static(trace_context::TRACEPARENT);
static TRACESTATE: HeaderName = HeaderName::from_static(trace_context::TRACESTATE);
static BAGGAGE: HeaderName = HeaderName::from_static(w3c_baggage::BAGGAGE);

/// Returns the current context, as [`inject`](super::inject) sends it.
pub fn current() -> Context {
    installed::current()
}

/// Returns the context in the headers, as [`extract`](super::extract) does.
// HOT: once for each request.
pub fn extract_headers(headers: &HeaderMap) -> Context {
    with_installed(|formats| extract_by(formats, headers))
}

/// Writes a context into the headers, as [`inject_context`](super::inject_context) does. Formats of other
/// code may want to see the context as the current one: then nothing is written, and the result is `false`.
// HOT: once for each request.
pub fn inject_headers(context: &Context, headers: &mut HeaderMap) -> bool {
    with_installed(|formats| inject_by(formats, context, headers))
}

fn extract_by(formats: &Composite, headers: &HeaderMap) -> Context {
    let all = |name| headers.get_all(name).iter().map(text);
    formats.members().iter().fold(Context::default(), |context, format| match format {
        Member::TraceContext => {
            let mut parents = all(&TRACEPARENT);
            let parent = parents.next().filter(|_| parents.next().is_none());
            trace_context::read(context, parent, || all(&TRACESTATE))
        }
        Member::Baggage if !headers.contains_key(&BAGGAGE) => context,
        Member::Baggage => w3c_baggage::read(context, all(&BAGGAGE)),
        other => other.extract(context, &HeaderExtractor(headers)),
    })
}

fn inject_by(formats: &Composite, context: &Context, headers: &mut HeaderMap) -> bool {
    if formats.members().iter().any(|format| matches!(format, Member::Other(_))) {
        return false;
    }
    let context = &*formats.outgoing(context);
    for format in formats.members() {
        match format {
            Member::TraceContext => put_span(context, headers),
            Member::Baggage if context.baggage().is_empty() => {}
            other => other.inject(context, &mut HeaderInjector(headers)),
        }
    }
    true
}

fn put_span(context: &Context, headers: &mut HeaderMap) {
    let span = context.span_context();
    let mut put = |name: &HeaderName, value: &[u8]| {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name.clone(), value);
        }
    };
    let Some(parent) = trace_context::parent_of(span) else { return };
    put(&TRACEPARENT, &parent);
    if let Some(state) = trace_context::state_of(span) {
        put(&TRACESTATE, state.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, JaegerPropagator};
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn headers_are_read_and_written_as_by_carriers() {
        for formats in [
            Composite::default(),
            Composite::of(&[Format::B3, Format::TraceContext]),
            Composite::of(&[Format::Jaeger, Format::B3Multi, Format::Baggage]),
        ] {
            read_and_write(&formats);
        }
        let others = Composite::new(vec![Box::new(JaegerPropagator)]);
        assert!(!inject_by(&others, &Context::default(), &mut HeaderMap::new()));
    }

    fn read_and_write(formats: &Composite) {
        for pairs in [
            &[][..],
            &[("traceparent", PARENT)],
            &[("traceparent", PARENT), ("traceparent", PARENT)],
            &[("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2, c=3")],
            &[("traceparent", "00-0-0-0"), ("tracestate", "a=1"), ("baggage", "a=1,b=%20")],
            &[("traceparent", PARENT), ("baggage", "a=1"), ("baggage", "b=2;p=q")],
            &[("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"), ("uberctx-a", "1")],
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            let context = extract_by(formats, &headers);
            let expected = formats.extract(Context::default(), &HeaderExtractor(&headers));
            assert_eq!(format!("{context:?}"), format!("{expected:?}"));
            let (mut one, mut other) = (HeaderMap::new(), HeaderMap::new());
            assert!(inject_by(formats, &context, &mut one));
            formats.inject(&context, &mut HeaderInjector(&mut other));
            assert_eq!(one, other);
        }
    }
}
