//! Tests contexts that leave and enter the program: both APIs, all carriers, all formats.
#![cfg(all(feature = "enabled", feature = "http"))]

use crate::support::{is_alone, test_command};
use http::{HeaderMap, HeaderValue, Request};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{self as otel, TraceContextExt as _};
use opentelemetry::{Context as OtelContext, KeyValue, global};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::collections::HashMap;
use std::ffi::OsString;
use std::future::Future;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;
use trace_runtime::export::NullExporter;
use trace_runtime::propagation::{
    self, B3Propagator, CommandInjector, EnvExtractor, Extractor, HeaderExtractor, HeaderInjector,
    JaegerPropagator, Propagator as _,
};
use trace_runtime::{
    Baggage, Instrument, Span, SpanContext, Telemetry, in_span,
    propagation::{Context, SpanId, TraceFlags, TraceId},
    trace,
};
use trace_testkit::Capture;
use trace_testkit::assert::Incoming;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn sent() -> HeaderMap {
    let mut headers = HeaderMap::new();
    propagation::inject(&mut HeaderInjector(&mut headers));
    headers
}

fn sent_by_others() -> HeaderMap {
    let mut headers = HeaderMap::new();
    global::get_text_map_propagator(|it| it.inject(&mut HeaderInjector(&mut headers)));
    headers
}

fn other(span: u64) -> otel::SpanContext {
    let span = SpanId::from_u64(span);
    SpanContext::new(TraceId::from_u128(7), span, TraceFlags::SAMPLED).into()
}

#[trace(kind = Client)]
fn call() -> HeaderMap {
    sent()
}

#[trace(parent = caller, kind = Server)]
fn handle(caller: Context) -> HeaderMap {
    call()
}

#[trace_testkit::test]
fn a_request_leads_from_service_to_service(t: Capture) {
    let caller = Incoming::new(PARENT).with_tracestate("vendor=1").with_baggage("tenant", "a b");
    let context = propagation::extract(&HeaderExtractor(&caller.headers()));
    let sent = context.in_scope(|| handle(context.clone()));
    t.outgoing(&sent).propagates("call").tracestate("vendor", "1").has_baggage("tenant", "a b");
    let served = t.span("handle").one();
    assert_eq!(served.parent_span_id, caller.span_id());
    assert!(served.parent_is_remote);
}

#[trace_testkit::test]
fn nothing_is_sent_where_there_is_nothing(t: Capture) {
    t.outgoing(&sent()).carries_nothing();
    t.outgoing(&sent_by_others()).carries_nothing();
}

#[trace_testkit::test]
fn who_uses_opentelemetry_sends_our_span(t: Capture) {
    let headers = in_span("ours", |_| sent_by_others());
    t.outgoing(&headers).propagates("ours");
}

#[test]
fn without_a_span_of_ours_what_others_have_attached_is_sent() {
    let context = OtelContext::new()
        .with_remote_span_context(other(1))
        .with_baggage([KeyValue::new("tenant", "acme")]);
    let _attached = context.attach();
    for headers in [sent(), sent_by_others()] {
        assert_eq!(
            headers["traceparent"],
            "00-00000000000000000000000000000007-0000000000000001-01"
        );
        assert_eq!(headers["baggage"], "tenant=acme");
    }
    assert_eq!(Baggage::current().get("tenant"), Some("acme"));
    assert_eq!(Context::current().span_context().span_id(), SpanId::from_u64(1));
}

#[trace_testkit::test]
fn under_an_attached_context_our_span_is_sent_and_a_context_of_its_own_is_itself(t: Capture) {
    let attached = OtelContext::new().with_remote_span_context(other(1)).attach();
    let (inner, own) = in_span("ours", |_| {
        let mut own = HeaderMap::new();
        let context = OtelContext::current().with_remote_span_context(other(2));
        global::get_text_map_propagator(|it| {
            it.inject_context(&context, &mut HeaderInjector(&mut own));
        });
        (sent_by_others(), own)
    });
    drop(attached);
    t.outgoing(&inner).propagates("ours");
    assert_eq!(own["traceparent"], "00-00000000000000000000000000000007-0000000000000002-01");
    assert_eq!(t.span("ours").one().trace_id, TraceId::from_u128(7));
}

#[trace_testkit::test]
fn who_extracts_by_opentelemetry_gives_us_a_parent(t: Capture) {
    let headers = Incoming::new(PARENT).with_baggage("tenant", "acme").headers();
    let context = global::get_text_map_propagator(|it| it.extract(&HeaderExtractor(&headers)));
    assert!(context.span().span_context().is_remote());
    assert_eq!(context.baggage().get("tenant").map(|it| it.as_str()), Some("acme"));
    let _attached = context.clone().attach();
    let sent = in_span("root", |_| {
        assert_eq!(Baggage::current().get("tenant"), Some("acme"));
        sent()
    });
    t.outgoing(&sent).propagates("root").has_baggage("tenant", "acme");
    let root = t.span("root").one();
    assert_eq!(root.parent_span_id.to_string(), "00f067aa0ba902b7");
    // The same without attaching it.
    let handed: Context = context.into();
    assert_eq!(handed, propagation::extract(&HeaderExtractor(&headers)));
}

#[test]
fn what_arrives_twice_or_is_no_text_begins_a_new_trace() {
    let mut headers = Incoming::new(PARENT).headers();
    let read = |headers: &HeaderMap| propagation::extract(&HeaderExtractor(headers));
    assert!(read(&headers).span_context().is_valid());
    headers.append("traceparent", HeaderValue::from_bytes(b"\xff").unwrap());
    assert!(!read(&headers).span_context().is_valid());
    headers.insert("traceparent", HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(read(&headers), Context::default());
}

#[trace_testkit::test]
fn requests_of_any_map_and_commands_carry_it(t: Capture) {
    in_span("here", |_| {
        let _baggage = Baggage::current().with_entry("tenant", "acme").attach();
        let mut map = HashMap::new();
        propagation::inject(&mut map);
        t.outgoing(&map).propagates("here").has_baggage("tenant", "acme");

        let mut request = Request::new("body");
        propagation::inject(&mut HeaderInjector(request.headers_mut()));
        t.outgoing(&request).propagates("here");

        let mut command = Command::new("program");
        propagation::inject(&mut CommandInjector(&mut command));
        let variables: HashMap<_, _> = command
            .get_envs()
            .filter_map(|(name, value)| {
                Some((name.to_str()?.to_owned(), value?.to_str()?.to_owned()))
            })
            .collect();
        assert_eq!(variables.keys().len(), 2, "{variables:?}");
        let child = EnvExtractor::with_env(|name| variables.get(name).cloned());
        assert_eq!(child.keys(), ["traceparent", "baggage"]);
        let context = propagation::extract(&child);
        let here = Span::current().context();
        assert_eq!(context.span_context().span_id(), here.span_id());
        assert_eq!(context.baggage().get("tenant"), Some("acme"));
    });
}

#[test]
fn a_child_process_continues_the_trace() {
    const NAME: &str = "a_child_process_continues_the_trace";
    if std::env::var_os("PROPAGATION_CHILD").is_some() {
        let context = propagation::extract(&EnvExtractor::new());
        assert_eq!(context.span_context().trace_id(), TraceId::from_u128(7));
        assert_eq!(context.baggage().get("tenant"), Some("acme"));
        return;
    }
    let context = Context::from(SpanContext::from(other(1)))
        .with_baggage(Baggage::new().with_entry("tenant", "acme"));
    let mut command = test_command(NAME);
    propagation::inject_context(&context, &mut CommandInjector(&mut command));
    let output = command.env("PROPAGATION_CHILD", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn telemetry(variables: &'static [(&'static str, &'static str)]) -> Telemetry {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    };
    Telemetry::builder().with_env(lookup).with_exporter(NullExporter::new()).install().unwrap()
}

fn names_sent() -> Vec<String> {
    let headers = in_span("span", |_| {
        let _baggage = Baggage::current().with_entry("a", 1).attach();
        let (headers, others) = (sent(), sent_by_others());
        assert_eq!(headers, others);
        headers
    });
    let mut names: Vec<_> = headers.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

#[test]
fn the_environment_names_the_formats() {
    if !is_alone("the_environment_names_the_formats") {
        return;
    }
    let installed = |value| {
        let telemetry = telemetry(value);
        let names = names_sent();
        drop(telemetry);
        names
    };
    assert_eq!(installed(&[]), ["baggage", "traceparent"]);
    assert_eq!(installed(&[("OTEL_PROPAGATORS", "b3")]), ["b3"]);
    assert_eq!(
        installed(&[("OTEL_PROPAGATORS", "b3multi,tracecontext")]),
        ["traceparent", "x-b3-sampled", "x-b3-spanid", "x-b3-traceid"]
    );
    assert_eq!(installed(&[("OTEL_PROPAGATORS", "jaeger")]), [""; 0]);
    assert_eq!(installed(&[("OTEL_PROPAGATORS", "xray")]), ["x-amzn-trace-id"]);
    assert_eq!(installed(&[("OTEL_PROPAGATORS", "none")]), [""; 0]);
}

#[test]
fn a_disabled_program_passes_on_what_it_gets() {
    if !is_alone("a_disabled_program_passes_on_what_it_gets") {
        return;
    }
    let variables = &[("OTEL_SDK_DISABLED", "true"), ("OTEL_PROPAGATORS", "tracecontext,b3")];
    let _telemetry = telemetry(variables);
    let headers = Incoming::new(PARENT).headers();
    let context = global::get_text_map_propagator(|it| it.extract(&HeaderExtractor(&headers)));
    let _attached = context.attach();
    for headers in [sent(), sent_by_others()] {
        assert_eq!(headers["traceparent"], PARENT);
        assert_eq!(headers["b3"], format!("{}-1", &PARENT[3..52]));
    }
}

#[trace_testkit::test]
fn a_debug_flag_is_sent_on_and_not_exported(t: Capture) {
    const IDS: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    let (single, multi) = (B3Propagator::single(), B3Propagator::multi());
    let sent_by = |format: B3Propagator| {
        let mut headers = HeaderMap::new();
        format.inject(&Context::current(), &mut HeaderInjector(&mut headers));
        headers
    };
    let ways = [
        HashMap::from([("b3".to_owned(), format!("{IDS}-d"))]),
        HashMap::from([
            ("x-b3-traceid".to_owned(), IDS[..32].to_owned()),
            ("x-b3-spanid".to_owned(), IDS[33..].to_owned()),
            ("x-b3-flags".to_owned(), "1".to_owned()),
        ]),
        HashMap::from([(
            "uber-trace-id".to_owned(),
            format!("{}:3", IDS.replace('-', ":") + ":0"),
        )]),
    ];
    for headers in ways {
        let caller =
            JaegerPropagator.extract(single.extract(Context::default(), &headers), &headers);
        // As code that uses OpenTelemetry's API passes it on.
        let caller = Context::from(&OtelContext::from(&caller));
        let _context = caller.attach();
        let (one, several, other) =
            in_span("serve", |_| in_span("call", |_| (sent_by(single), sent_by(multi), sent())));
        let state = one["b3"].to_str().unwrap();
        assert!(state.starts_with(&IDS[..32]) && state.ends_with("-d"), "{state}");
        assert_eq!(several["x-b3-flags"], "1");
        assert!(!several.contains_key("x-b3-sampled"));
        assert!(other["traceparent"].to_str().unwrap().ends_with("-01"), "{other:?}");
    }
    let flags = t.spans().iter().map(|span| span.flags).collect::<Vec<_>>();
    assert_eq!(flags, [TraceFlags::SAMPLED; 6]);
}

#[trace_testkit::test]
fn a_wrong_member_costs_no_other(t: Capture) {
    let mut headers = Incoming::new(PARENT).headers();
    // Not of the letters that headers of baggage have, and not even UTF-8.
    headers.insert("baggage", HeaderValue::from_bytes("a=1,b=ä,c=%ff".as_bytes()).unwrap());
    headers.insert("tracestate", HeaderValue::from_static("foo@@bar=1,foo@=2,a=3"));
    let caller = propagation::extract(&HeaderExtractor(&headers));
    assert_eq!(caller.baggage().iter().collect::<Vec<_>>(), [("a", "1"), ("c", "\u{fffd}")]);
    assert_eq!(caller.span_context().trace_state(), "foo@@bar=1,foo@=2,a=3");
    // OpenTelemetry's type cannot hold the first.
    let theirs = OtelContext::from(&caller);
    assert_eq!(theirs.span().span_context().trace_state().header(), "foo@=2,a=3");
    let sent = handle(caller);
    assert_eq!(sent["tracestate"], "foo@@bar=1,foo@=2,a=3");
    t.span("call").one().not_failed();
}

#[test]
fn the_builder_comes_before_the_environment() {
    if !is_alone("the_builder_comes_before_the_environment") {
        return;
    }
    let _telemetry = Telemetry::builder()
        .with_env(|name| (name == "OTEL_PROPAGATORS").then(|| "none".into()))
        .with_propagator(B3Propagator::multi())
        .with_exporter(NullExporter::new())
        .install()
        .unwrap();
    assert_eq!(names_sent(), ["x-b3-sampled", "x-b3-spanid", "x-b3-traceid"]);
    let fields: Vec<_> =
        global::get_text_map_propagator(|it| it.fields().map(str::to_owned).collect());
    assert_eq!(fields.first().map(String::as_str), Some("b3"));
}

#[trace_testkit::test]
async fn a_handler_runs_in_the_context_that_was_extracted(t: Capture) {
    let caller = Incoming::new(PARENT).with_baggage("tenant", "acme");
    let context = propagation::extract(&HeaderExtractor(&caller.headers()));
    let sent = async { call() }.with_context(context).await;
    t.outgoing(&sent).propagates("call").has_baggage("tenant", "acme");
    assert_eq!(t.span("call").one().parent_span_id, caller.span_id());
    assert!(Baggage::current().is_empty());
}

/// Hands on what it gets.
#[derive(Debug)]
struct Channel(mpsc::Sender<Vec<SpanData>>);

impl SpanExporter for Channel {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.send(batch).map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }
}

#[test]
fn only_allowed_baggage_is_recorded_and_only_on_local_roots() {
    if !is_alone("only_allowed_baggage_is_recorded_and_only_on_local_roots") {
        return;
    }
    let (sender, batches) = mpsc::channel();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_otel_span_exporter(Channel(sender))
        .with_baggage_attributes(["tenant", "plan"])
        .install()
        .unwrap();
    let caller = Incoming::new(PARENT).with_baggage("tenant", "acme").with_baggage("card", "1234");
    let context = propagation::extract(&HeaderExtractor(&caller.headers()));
    // From another service, in a future, by a builder; and what others have attached.
    context.in_scope(|| handle(context.clone()));
    ready(async { call() }.with_context(context.clone()));
    context.in_scope(|| Span::builder("built").start().end());
    {
        let baggage = [KeyValue::new("plan", "pro"), KeyValue::new("card", "1234")];
        let _attached = OtelContext::new().with_baggage(baggage).attach();
        in_span("attached", |_| ());
    }
    in_span("without", |_| ());
    telemetry.shutdown(Duration::from_secs(20));
    let mut found: Vec<_> = batches
        .iter()
        .flatten()
        .map(|span| {
            let own = span.attributes.iter().filter(|it| !it.key.as_str().starts_with("code."));
            let own = own.map(|it| format!(" {}={}", it.key, it.value));
            format!("{}{}", span.name, own.collect::<String>())
        })
        .collect();
    found.sort();
    let expected = [
        "attached plan=pro",
        "built tenant=acme",
        "call",
        "call tenant=acme",
        "handle tenant=acme",
    ];
    assert_eq!(found, [&expected[..], &["without"]].concat());
}

#[test]
fn private_baggage_is_not_sent() {
    if !is_alone("private_baggage_is_not_sent") {
        return;
    }
    let _telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_private_baggage(["session.*", "card"])
        .with_private_baggage_of("tenant", "ac*", ["plan"])
        .install()
        .unwrap();
    let sent = |tenant: &str| {
        let baggage = Baggage::new().with_entry("tenant", tenant).with_entry("plan", "pro");
        let baggage = baggage.with_entry("session.id", 7).with_entry("card", 1234);
        let _baggage = baggage.with_entry("sessions", 3).attach();
        let by_layers = in_span("call", |_| {
            let mut headers = HeaderMap::new();
            propagation::inject(&mut HeaderInjector(&mut headers));
            headers
        });
        let mut by_api = HashMap::new();
        global::get_text_map_propagator(|it| {
            it.inject_context(&OtelContext::current(), &mut by_api)
        });
        assert_eq!(Baggage::current().get("session.id"), Some("7"));
        assert_eq!(by_api["baggage"], by_layers["baggage"]);
        by_layers["baggage"].to_str().unwrap().to_owned()
    };
    assert_eq!(sent("globex"), "tenant=globex,plan=pro,sessions=3");
    assert_eq!(sent("acme"), "tenant=acme,sessions=3");
    assert_eq!(sent("ac"), "tenant=ac,sessions=3");
}

/// Runs a future that is never pending.
fn ready<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => unreachable!("it waits for nothing"),
    }
}
