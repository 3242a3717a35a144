//! Tests that each carrier takes all that travels with a request to where it runs.
#![cfg(feature = "enabled")]

mod carriers;

use crate::support::is_alone;
use carriers::{CARRIERS, Carrier, Carry, ROOTS, Run, block_on, elsewhere, off, poll, tracer};
use opentelemetry::trace::Tracer as _;
use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::export::{AllSpans, ExportError, Exporter, FinishedSpan, TenantRoutes};
use trace_runtime::propagation::{Context, TraceId};
use trace_runtime::sampling::{
    Composite, Decision, Rule, RuleBased, Sampler, SamplerNeeds, SamplingInput, SamplingResult,
    TailSampling,
};
use trace_runtime::{Baggage, Level, Span, Telemetry, TelemetryBuilder, in_span, trace};

const PATIENCE: Duration = Duration::from_secs(60);

#[trace(level = debug)]
fn detail() {}

#[trace]
fn inside() {
    SEEN.lock().unwrap().push(Context::current());
}

static SEEN: Mutex<Vec<Context>> = Mutex::new(Vec::new());

/// Decides about requests, and turns a level on for them.
#[derive(Clone, Copy, Debug)]
struct Decides {
    request: Decision,
    asks: bool,
}

impl Sampler for Decides {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        match input.parent() {
            Some(parent) if !parent.is_remote() => self.request,
            _ if input.name() == "request" => self.request,
            _ => Decision::RecordAndSample,
        }
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let result = SamplingResult::from(self.sample(input));
        if input.name() == "request" { result.with_level(Level::Debug) } else { result }
    }

    fn needs(&self) -> SamplerNeeds {
        if self.asks { SamplerNeeds::NONE.with_children() } else { SamplerNeeds::NONE }
    }
}

/// An exporter that keeps the names of what it gets, and whether anything was added to a span.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl Exporter for Kept {
    fn name(&self) -> Cow<'static, str> {
        "kept".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.0.lock().unwrap().extend(batch.iter().map(|span| {
            let mark = if span.attribute("defaced").is_some() { " defaced" } else { "" };
            format!("{}{mark}", span.name())
        }));
        Ok(())
    }
}

impl Kept {
    fn take(&self, telemetry: &Telemetry) -> Vec<String> {
        let report = telemetry.force_flush(PATIENCE).unwrap();
        assert!(report.is_balanced(), "{report}");
        let mut names = std::mem::take(&mut *self.0.lock().unwrap());
        names.sort();
        names
    }
}

fn builder() -> TelemetryBuilder {
    Telemetry::builder().without_env().without_startup_line()
}

/// Calls `check` for each root and each carrier, with what they are called, and fails with all complaints.
fn for_each(mut check: impl FnMut(&Carrier, Carry) -> Option<String>) {
    let mut complaints = Vec::new();
    for (root, begin) in ROOTS {
        for carrier in CARRIERS {
            if let Some(complaint) = check(carrier, *begin) {
                complaints.push(format!("{root} / {}: {complaint}", carrier.name));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn count(names: &[String], name: &str) -> usize {
    names.iter().filter(|it| *it == name).count()
}

fn travels(asks: bool) {
    let (acme, rest) = (Kept::default(), Kept::default());
    let telemetry = builder()
        .with_sampler(Decides { request: Decision::RecordAndSample, asks })
        .with_exporter(rest.clone())
        .with_tenant_routes(TenantRoutes::default().with_exporter("acme", acme.clone()))
        .install()
        .unwrap();
    telemetry.switches().set_module("suite::travels::carriers::off", false).unwrap();
    for_each(|carrier, begin| {
        SEEN.lock().unwrap().clear();
        let baggage = Baggage::new().with_entry("customer", "acme").attach();
        let run = || {
            inside();
            detail();
        };
        begin(&|| (carrier.carry)(&run));
        drop(baggage);
        let (of_acme, of_rest) = (acme.take(&telemetry), rest.take(&telemetry));
        let seen = SEEN.lock().unwrap();
        let mut complaint = String::new();
        if count(&of_acme, "inside") != 1 || !of_rest.is_empty() {
            complaint += &format!("route: {of_acme:?}, {of_rest:?}; ");
        }
        if count(&of_acme, "detail") + count(&of_rest, "detail") != 1 {
            complaint += "level; ";
        }
        match &seen[..] {
            [seen] => {
                if seen.span_context().trace_state() != "vendor=1" {
                    complaint += &format!("state {:?}; ", seen.span_context());
                }
                if carrier.has_baggage && seen.baggage().get("customer") != Some("acme") {
                    complaint += "baggage; ";
                }
                if seen.span_context().trace_id() != TraceId::from_u128(1) {
                    complaint += "trace; ";
                }
            }
            _ => complaint += "not run; ",
        }
        (!complaint.is_empty()).then_some(complaint)
    });
}

#[test]
fn route_level_state_and_baggage() {
    if is_alone("route_level_state_and_baggage") {
        travels(false);
    }
}

#[test]
fn route_level_state_and_baggage_where_a_sampler_is_asked_everywhere() {
    if is_alone("route_level_state_and_baggage_where_a_sampler_is_asked_everywhere") {
        travels(true);
    }
}

#[test]
fn the_decision_to_record_nothing() {
    if !is_alone("the_decision_to_record_nothing") {
        return;
    }
    let kept = Kept::default();
    let telemetry = builder()
        .with_sampler(Decides { request: Decision::Drop, asks: false })
        .with_exporter(kept.clone())
        .install()
        .unwrap();
    telemetry.switches().set_module("suite::travels::carriers::off", false).unwrap();
    for_each(|carrier, begin| {
        begin(&|| (carrier.carry)(&inside));
        let names = kept.take(&telemetry);
        (!names.is_empty()).then(|| format!("{names:?}"))
    });
}

#[test]
fn the_decision_to_record_without_sampling() {
    if !is_alone("the_decision_to_record_without_sampling") {
        return;
    }
    let (kept, all) = (Kept::default(), Kept::default());
    let telemetry = builder()
        .with_sampler(Decides { request: Decision::RecordOnly, asks: false })
        .with_exporter(kept.clone())
        .with_exporter(AllSpans(all.clone()))
        .install()
        .unwrap();
    telemetry.switches().set_module("suite::travels::carriers::off", false).unwrap();
    for_each(|carrier, begin| {
        begin(&|| (carrier.carry)(&inside));
        let (names, all) = (kept.take(&telemetry), all.take(&telemetry));
        (!names.is_empty() || count(&all, "inside") != 1).then(|| format!("{names:?} {all:?}"))
    });
}

#[test]
fn baggage_outside_of_all_traces() {
    if !is_alone("baggage_outside_of_all_traces") {
        return;
    }
    let telemetry = builder().with_exporter(Kept::default()).install().unwrap();
    telemetry.switches().set_module("suite::travels::carriers::off", false).unwrap();
    let customer = || Baggage::current().get("customer").map(str::to_owned);
    let baggage = Baggage::new().with_entry("customer", "acme").attach();
    let mut span = Span::builder("off").with_scope("suite::travels::carriers::off", "1").start();
    let mut future = Box::pin(off::waits(customer));
    assert!(poll(future.as_mut()).is_none());
    drop(baggage);
    assert_eq!(customer(), None);
    assert_eq!(span.in_scope(|_| customer()).as_deref(), Some("acme"));
    assert_eq!(block_on(future).as_deref(), Some("acme"));
    assert_eq!(customer(), None);
}

/// Spans that are left out, in each form.
static THIN: &[(&str, Carry)] = &[
    ("call", |run| {
        #[trace]
        fn thin(run: Run<'_>) {
            run();
        }
        thin(run);
    }),
    ("future", |run| {
        #[trace]
        async fn thin(run: Run<'_>) {
            tokio::task::yield_now().await;
            run();
        }
        block_on(thin(run));
    }),
    ("built", |run| in_span("thin", |_| run())),
    ("attached", |run| {
        #[trace(attach)]
        fn thin(run: Run<'_>) {
            run();
        }
        thin(run);
    }),
    ("of the API", |run| tracer().in_span("thin", |_| run())),
    ("of the API elsewhere", |run| {
        tracer().in_span("thin", |context| {
            elsewhere(|| {
                let _attached = context.attach();
                run();
            });
        });
    }),
];

fn left_out(share: f64) {
    let (kept, all) = (Kept::default(), Kept::default());
    let rules = [Rule::thin(0.0).with_names(["thin"]), Rule::keeping(share)];
    let telemetry = builder()
        .with_sampler(Composite::new(RuleBased::new(rules).unwrap()))
        .with_tail_sampling(TailSampling::new(0.0))
        .with_exporter(kept.clone())
        .with_exporter(AllSpans(all.clone()))
        .install()
        .unwrap();
    let mut complaints = Vec::new();
    for (thin, leave_out) in THIN {
        for carrier in CARRIERS.iter().filter(|carrier| carrier.is_bare) {
            let deface = || {
                Span::current().set_attribute("defaced", true);
                inside();
            };
            in_span("request", |_| leave_out(&|| (carrier.carry)(&deface)));
            drop(kept.take(&telemetry));
            let all = all.take(&telemetry);
            if all != ["inside", "request"] {
                complaints.push(format!("{thin} / {}: {all:?}", carrier.name));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_mark_of_a_span_that_is_left_out() {
    if is_alone("the_mark_of_a_span_that_is_left_out") {
        left_out(1.0);
    }
}

#[test]
fn the_mark_of_a_span_that_is_left_out_of_a_trace_that_is_only_recorded() {
    if is_alone("the_mark_of_a_span_that_is_left_out_of_a_trace_that_is_only_recorded") {
        left_out(0.0);
    }
}
