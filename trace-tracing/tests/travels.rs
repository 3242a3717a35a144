//! Tests that spans of `tracing` carry all that travels with a request.
#![cfg(feature = "logs")]

use std::borrow::Cow;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;
use trace_runtime::export::{
    AllSpans, ExportError, Exporter, FinishedSpan, OtlpSettings, TenantRoutes,
};
use trace_runtime::sampling::{
    Composite, Decision, Rule, RuleBased, Sampler, SamplingInput, SamplingResult, TailSampling,
};
use trace_runtime::{Baggage, Level, Span, Telemetry, TelemetryBuilder, in_span, trace};
use trace_testkit::model::LogData;
use trace_testkit::receiver::{Receiver, Signal};
use trace_tracing::{Events, SpanExt as _};
use tracing::{error, info, info_span};
use tracing_subscriber::prelude::*;

const PATIENCE: Duration = Duration::from_secs(60);

/// The pipeline is one per process, so tests take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn builder() -> TelemetryBuilder {
    Telemetry::builder().without_env().without_startup_line().without_metrics()
}

/// Runs under the layer, and under the subscriber.
fn under_each(events: Events, run: impl Fn()) {
    let layer = || trace_tracing::layer().with_events(events);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer()), &run);
    tracing::subscriber::with_default(layer().into_subscriber(), &run);
}

/// Runs on another thread, under the same subscriber.
fn elsewhere(run: impl FnOnce() + Send) {
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let run = || tracing::dispatcher::with_default(&dispatch, run);
    thread::scope(|scope| scope.spawn(run).join().unwrap());
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Runs a function where it takes the context of its caller.
type Carrier = (&'static str, fn(fn()));

static CARRIERS: &[Carrier] = &[
    ("span", |run| info_span!("inner").in_scope(run)),
    ("span on another thread", |run| {
        let span = info_span!("inner");
        elsewhere(|| span.in_scope(run));
    }),
    ("span on another thread, without fields and under another", |run| {
        let span = info_span!("inner");
        elsewhere(|| {
            let _other = info_span!("other request").entered();
            span.in_scope(run);
        });
    }),
    ("instrumented future", |run| {
        use tracing::Instrument as _;
        let future = async move {
            tokio::task::yield_now().await;
            run();
        };
        let future = future.instrument(info_span!("inner"));
        elsewhere(|| block_on(future));
    }),
    ("parent by its id", |run| {
        let outer = info_span!("outer");
        elsewhere(|| info_span!(parent: &outer, "inner").in_scope(run));
    }),
    ("parent by its context", |run| {
        let outer = info_span!("outer");
        elsewhere(|| Span::builder("inner").with_parent(outer.span_context()).in_scope(|_| run()));
    }),
    ("current span on another thread", |run| {
        info_span!("inner").in_scope(|| {
            let current = tracing::Span::current();
            elsewhere(|| current.in_scope(run));
        });
    }),
    ("guards in another order", |run| {
        let outer = info_span!("outer").entered();
        let inner = info_span!("inner").entered();
        drop(outer);
        run();
        drop(inner);
    }),
];

#[trace]
fn inside() {}

#[trace(level = debug)]
fn detail() {}

/// Decides about requests, and turns a level on for them.
#[derive(Clone, Copy, Debug)]
struct Decides(Decision);

impl Sampler for Decides {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        if input.name() == "request" { self.0 } else { Decision::RecordAndSample }
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let result = SamplingResult::from(self.sample(input));
        if input.name() == "request" { result.with_level(Level::Debug) } else { result }
    }
}

/// An exporter that keeps the names of what it gets, and what was added to it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl Exporter for Kept {
    fn name(&self) -> Cow<'static, str> {
        "kept".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let names = batch.iter().map(|span| {
            let is_changed = span.is_error() || span.events().next().is_some();
            format!("{}{}", span.name(), if is_changed { " changed" } else { "" })
        });
        self.0.lock().unwrap().extend(names);
        Ok(())
    }
}

impl Kept {
    fn take(&self, telemetry: &Telemetry) -> Vec<String> {
        let report = telemetry.force_flush(PATIENCE).unwrap();
        assert!(report.is_balanced() && report.is_lossless(), "{report}");
        let mut names = std::mem::take(&mut *self.0.lock().unwrap());
        names.sort();
        names
    }
}

fn count(names: &[String], name: &str) -> usize {
    names.iter().filter(|it| *it == name).count()
}

#[test]
fn each_carrier_takes_route_and_level_along() {
    let _turn = turn();
    let (acme, rest) = (Kept::default(), Kept::default());
    let telemetry = builder()
        .with_sampler(Decides(Decision::RecordAndSample))
        .with_exporter(rest.clone())
        .with_tenant_routes(TenantRoutes::default().with_exporter("acme", acme.clone()))
        .install()
        .unwrap();
    under_each(Events::SpanEvents, || {
        for (name, carry) in CARRIERS {
            for request in [
                |run: &dyn Fn()| info_span!("request", tenant = "acme").in_scope(run),
                |run: &dyn Fn()| {
                    Span::builder("request").with_attribute("tenant", "acme").in_scope(|_| run());
                },
            ] {
                request(&|| {
                    carry(|| {
                        inside();
                        detail();
                    });
                });
                let (of_acme, of_rest) = (acme.take(&telemetry), rest.take(&telemetry));
                let counts = ["inside", "detail"].map(|name| count(&of_acme, name));
                assert_eq!(counts, [1, 1], "{name}: {of_acme:?}, {of_rest:?}");
            }
        }
    });
}

#[test]
fn each_carrier_takes_the_decision_along() {
    let _turn = turn();
    for decision in [Decision::Drop, Decision::RecordOnly] {
        let all = Kept::default();
        let telemetry = builder()
            .with_sampler(Decides(decision))
            .with_exporter(AllSpans(all.clone()))
            .install()
            .unwrap();
        let expected = usize::from(decision == Decision::RecordOnly);
        under_each(Events::SpanEvents, || {
            for (name, carry) in CARRIERS {
                info_span!("request").in_scope(|| carry(inside));
                let names = all.take(&telemetry);
                assert_eq!(count(&names, "inside"), expected, "{name}: {names:?}");
            }
        });
    }
}

#[test]
fn events_in_a_span_that_is_left_out_change_no_other() {
    let _turn = turn();
    let kept = Kept::default();
    let rules = [Rule::thin(0.0).with_names(["thin"]), Rule::keeping(1.0)];
    let telemetry = builder()
        .with_sampler(Composite::new(RuleBased::new(rules).unwrap()))
        .with_exporter(kept.clone())
        .install()
        .unwrap();
    #[trace]
    fn thin(run: fn()) {
        run();
    }
    under_each(Events::SpanEvents, || {
        info_span!("request").in_scope(|| {
            thin(|| error!("no"));
            info_span!("thin").in_scope(|| {
                error!("no");
                inside();
            });
            let span = info_span!("thin");
            elsewhere(|| span.in_scope(|| error!("no")));
        });
        assert_eq!(kept.take(&telemetry), ["inside", "request"]);
        info_span!("request").in_scope(|| error!("no"));
        assert_eq!(kept.take(&telemetry), ["request changed"]);
    });
}

#[test]
fn the_verdict_about_a_trace_holds_below_a_span_that_is_left_out() {
    let _turn = turn();
    let kept = Kept::default();
    let rules = [Rule::thin(0.0).with_names(["thin"]), Rule::keeping(1.0)];
    let telemetry = builder()
        .with_sampler(Composite::new(RuleBased::new(rules).unwrap()))
        .with_tail_sampling(TailSampling::new(0.0))
        .with_exporter(kept.clone())
        .install()
        .unwrap();
    under_each(Events::SpanEvents, || {
        let later = in_span("request", |_| {
            let later = info_span!("thin");
            error!("no");
            later
        });
        assert_eq!(kept.take(&telemetry), ["request changed"]);
        elsewhere(|| later.in_scope(inside));
        assert_eq!(kept.take(&telemetry), ["inside"]);
    });
}

fn bodies(of: &Receiver) -> Vec<String> {
    let body = |log: LogData| log.body.as_ref()?.as_str().map(str::to_owned);
    of.logs().iter().filter_map(body).collect()
}

#[test]
fn an_event_goes_where_the_span_goes_that_it_names() {
    let _turn = turn();
    for baggage in [None, Some("customer")] {
        let [acme, rest] = [(); 2].map(|()| Receiver::start().unwrap());
        let otlp = |to: &Receiver, of| OtlpSettings::default().with_endpoint(to.http_endpoint(of));
        let routes = TenantRoutes::default().with_otlp("acme", otlp(&acme, Signal::Traces));
        let telemetry = builder()
            .with_exporter(Kept::default())
            .with_otlp_logs(otlp(&rest, Signal::Logs))
            .with_baggage_log_attributes(baggage)
            .with_tenant_routes(routes)
            .install()
            .unwrap();
        under_each(Events::Logs, || {
            let _baggage = Baggage::new().with_entry("customer", "7").attach();
            let of_acme = info_span!("request", tenant = "acme");
            info_span!("request", tenant = "other").in_scope(|| {
                info!(parent: &of_acme, "to acme");
                info!("to the rest");
            });
            info!(parent: &of_acme, "to acme");
        });
        telemetry.force_flush(PATIENCE).unwrap();
        assert_eq!(bodies(&acme), ["to acme"; 4], "{baggage:?}");
        assert_eq!(bodies(&rest), ["to the rest"; 2], "{baggage:?}");
    }
}
