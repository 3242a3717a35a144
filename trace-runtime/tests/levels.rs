//! Levels: which functions have spans, for the process, for a module and for a request.
#![cfg(feature = "enabled")]

use crate::support::is_alone;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan};
use trace_runtime::propagation::{self, SpanId};
use trace_runtime::sampling::{AlwaysOn, Composite, ParentThreshold, Rule, RuleBased};
use trace_runtime::{
    Baggage, ControlError, Instrument as _, Level, Span, SpanContext, Telemetry, TelemetryBuilder,
    in_span, metered, span, trace,
};
use trace_testkit::{Capture, capture, tree};

const PATIENCE: Duration = Duration::from_secs(60);

#[trace]
fn request() {
    look_up(7);
    block_on(fetch(7));
}

#[trace(level = debug)]
fn look_up(#[attr] id: u64) -> u64 {
    step();
    probe(id)
}

#[trace(level = "trace", attrs(id))]
fn probe(id: u64) -> u64 {
    id
}

#[trace(level = debug, attrs(id))]
async fn fetch(id: u64) -> u64 {
    futures_util::future::ready(()).await;
    step();
    id
}

#[trace(level = info)]
fn step() {}

#[trace(level = warn)]
fn retry() {
    step();
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

struct Cart(Vec<u64>);

#[trace(level = debug)]
impl Cart {
    fn add(&mut self, item: u64) {
        self.0.push(item);
        step();
    }

    #[trace(level = info)]
    fn total(&self) -> u64 {
        self.count() + self.0.iter().sum::<u64>()
    }

    #[trace]
    fn count(&self) -> u64 {
        self.0.len() as u64
    }
}

/// What the program under test exports: the names of its spans, each with its parent's.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(SpanId, SpanId, String)>>>);

impl Exporter for Kept {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "kept".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let spans = batch.iter();
        let spans = spans.map(|it| (it.span_id(), it.parent_span_id(), it.name().to_owned()));
        self.0.lock().unwrap().extend(spans);
        Ok(())
    }
}

impl Kept {
    fn install(&self, configure: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Telemetry {
        let builder = Telemetry::builder().without_env().without_startup_line();
        configure(builder.with_exporter(self.clone())).install().unwrap()
    }

    /// Takes what was exported, as `parent/child`, sorted.
    fn take(&self, telemetry: &Telemetry) -> Vec<String> {
        let report = telemetry.force_flush(PATIENCE).unwrap();
        assert!(report.is_lossless() && report.is_balanced(), "{report:?}");
        let spans = std::mem::take(&mut *self.0.lock().unwrap());
        let names: HashMap<_, _> = spans.iter().map(|(id, _, name)| (*id, name.clone())).collect();
        let path = |(_, parent, name): &(SpanId, SpanId, String)| match names.get(parent) {
            Some(parent) => format!("{parent}/{name}"),
            None => name.clone(),
        };
        let mut paths: Vec<_> = spans.iter().map(path).collect();
        paths.sort();
        paths
    }
}

#[test]
fn what_a_silent_function_calls_attaches_to_the_span_above() {
    let t = capture();
    request();
    t.assert_tree(tree! { "request" => { "step" * 2 } });
    assert_eq!(t.snapshot().decisions.len(), 1);
}

#[test]
fn a_level_that_is_on_shows_each_form_of_function() {
    let t = Capture::builder().with_level(Level::Debug).start();
    request();
    in_span("cart", |_| {
        let mut cart = Cart(Vec::new());
        cart.add(7);
        cart.total();
    });
    t.assert_tree(tree! {
        "request" => {
            "look_up" ["id" = 7] => { "step" },
            "fetch" ["id" = 7] => { "step" },
        },
        "cart" => { "Cart::add" => { "step" }, "Cart::total" => { "Cart::count" } },
    });
}

#[test]
fn an_impl_block_sets_the_level_of_its_methods() {
    let t = capture();
    in_span("cart", |_| {
        let mut cart = Cart(Vec::new());
        cart.add(7);
        assert_eq!(cart.total(), 8);
    });
    t.assert_tree(tree! { "cart" => { "step", "Cart::total" } });
}

#[test]
fn blocks_and_opaque_futures_have_levels() {
    #[trace(level = debug)]
    fn opaque() -> impl Future<Output = u64> {
        step();
        async {
            let _block = span!("block", level = debug, attrs(n = 1));
            step();
            7
        }
    }
    for (level, expected) in [(Level::Info, 3), (Level::Trace, 5)] {
        let t = Capture::builder().with_level(level).start();
        in_span("root", |_| assert_eq!(block_on(opaque()), 7));
        assert_eq!(t.spans().len(), expected, "{}", t.render());
        t.span("block").count(usize::from(level == Level::Trace));
    }
}

#[test]
fn a_root_whose_level_is_off_begins_no_trace() {
    let t = capture();
    look_up(7);
    block_on(fetch(7));
    // Each is a trace, since nothing is above.
    t.span("step").count(2);
    assert!(t.spans().iter().all(trace_testkit::model::SpanData::is_root));
    t.span("look_up").none();
}

#[test]
fn a_live_capture_takes_the_fast_path_where_a_level_is_on() {
    for _ in 0..3 {
        let t = Capture::builder().live().with_level(Level::Trace).start();
        (0..4).for_each(|_| request());
        t.span("probe").within("look_up").count(4);
        let t = Capture::builder().live().start();
        (0..4).for_each(|_| request());
        t.span("look_up").none();
        t.span("step").count(8);
    }
}

#[test]
fn a_silent_function_is_measured_all_the_same() {
    #[trace(level = debug)]
    #[metered]
    fn quiet(fails: bool) -> Result<(), std::num::ParseIntError> {
        if fails { "x".parse::<u64>().map(drop) } else { Ok(()) }
    }
    #[trace(level = debug)]
    #[metered]
    async fn quiet_later() {}
    let t = capture();
    in_span("root", |_| {
        assert!(quiet(false).is_ok() && quiet(true).is_err());
        block_on(quiet_later());
    });
    assert_eq!(t.spans().len(), 1);
    t.counter("function.calls").with("result", "error").delta(1);
    t.counter("function.calls").with("result", "ok").delta(2);
}

#[test]
fn an_argument_is_evaluated_only_where_the_level_is_on() {
    use std::cell::Cell;
    thread_local! { static EVALUATED: Cell<u32> = const { Cell::new(0) }; }
    fn costly() -> u32 {
        EVALUATED.set(EVALUATED.get() + 1);
        EVALUATED.get()
    }
    #[trace("work {n}", level = debug, attrs(cost = costly()))]
    fn work(n: u32) {}
    let t = capture();
    in_span("root", |_| work(1));
    assert_eq!(EVALUATED.get(), 0);
    drop(t);
    let t = Capture::builder().with_level(Level::Debug).start();
    in_span("root", |_| work(1));
    t.span("work 1").has("cost", 1).one();
}

/// Turns debug on for one customer.
fn for_acme() -> Composite<RuleBased> {
    let acme = Rule::new(ParentThreshold::new(AlwaysOn))
        .with_baggage("customer", ["acme"])
        .with_level(Level::Debug);
    let others = Rule::new(ParentThreshold::new(AlwaysOn));
    Composite::new(RuleBased::new([acme, others]).unwrap())
}

fn as_customer<R>(customer: &str, body: impl FnOnce() -> R) -> R {
    let _baggage = Baggage::current().with_entry("customer", customer).attach();
    body()
}

#[test]
fn a_rule_turns_a_level_on_for_one_request() {
    let t = Capture::builder().with_sampler(for_acme()).start();
    as_customer("acme", request);
    as_customer("other", request);
    t.span("look_up").count(1);
    t.span("fetch").count(1);
    t.span("request").count(2);
    t.span("probe").none();
}

#[test]
fn the_level_of_a_request_goes_wherever_its_context_goes() {
    #[trace(parent = parent)]
    fn elsewhere(parent: SpanContext) {
        look_up(1);
    }
    let t = Capture::builder().with_sampler(for_acme()).start();
    as_customer("acme", || {
        in_span("request", |span| {
            let parent = span.context();
            std::thread::spawn(move || elsewhere(parent)).join().unwrap();
            let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
            let task = async {
                tokio::task::yield_now().await;
                fetch(1).await;
                look_up(2);
            };
            runtime.block_on(runtime.spawn(task.in_current_span())).unwrap();
            let mut later = Span::builder("later").start();
            std::thread::scope(|scope| {
                scope.spawn(|| later.in_scope(|_| look_up(3)));
            });
        });
    });
    // It is over with the request.
    look_up(4);
    t.span("look_up").count(3);
    t.span("fetch").count(1);
}

#[test]
fn the_level_of_a_request_outlasts_a_wait() {
    if !is_alone("the_level_of_a_request_outlasts_a_wait") {
        return;
    }
    #[trace]
    async fn served() {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            look_up(7);
        }
    }
    let kept = Kept::default();
    let telemetry = kept.install(|builder| builder.with_sampler(for_acme()));
    as_customer("acme", || in_span("request", |_| block_on(served())));
    as_customer("other", || in_span("request", |_| block_on(served())));
    let spans = kept.take(&telemetry);
    assert_eq!(spans.iter().filter(|it| *it == "served/look_up").count(), 3, "{spans:?}");
}

#[test]
fn a_silent_function_passes_a_given_parent_on() {
    #[trace(level = debug, parent = parent)]
    fn work(parent: SpanContext) {
        step();
    }
    #[trace(level = debug, parent = parent)]
    async fn work_later(parent: SpanContext) {
        tokio::task::yield_now().await;
        step();
    }
    #[trace(level = debug)]
    fn opaque() -> impl Future<Output = ()> {
        let ready = ();
        async move {
            let () = ready;
            step();
        }
    }
    let t = capture();
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let caller = HashMap::from([("traceparent".to_owned(), caller.to_owned())]);
    work(propagation::extract(&caller).span_context().clone());
    in_span("request", |span| {
        let (one, other) = (span.context(), span.context());
        let opaque = opaque();
        std::thread::scope(|scope| {
            scope.spawn(|| work(one));
            scope.spawn(|| block_on(work_later(other)));
            scope.spawn(|| block_on(opaque));
        });
    });
    assert_eq!(t.spans().len(), 5, "{}", t.render());
    let remote = "00f067aa0ba902b7";
    let is_of_caller =
        |span: &&trace_testkit::model::SpanData| span.parent_span_id.to_string() == remote;
    assert_eq!(t.spans().iter().filter(is_of_caller).count(), 1);
    t.span("step").within("request").count(3);
}

#[test]
fn a_given_parent_takes_no_level_away() {
    #[trace(level = trace, parent = parent)]
    fn silent(parent: SpanContext) {
        look_up(1);
    }
    #[trace(level = debug, parent = parent)]
    fn spoken(parent: SpanContext) {
        look_up(2);
    }
    let t = Capture::builder().with_sampler(for_acme()).start();
    let other = in_span("other", |span| span.context());
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let caller = HashMap::from([("traceparent".to_owned(), caller.to_owned())]);
    let caller = propagation::extract(&caller).span_context().clone();
    as_customer("acme", || {
        in_span("request", |_| {
            for parent in [other, caller] {
                silent(parent.clone());
                spoken(parent);
            }
        });
    });
    t.span("spoken").count(2);
    t.span("look_up").has("id", 1).count(2);
    t.span("look_up").has("id", 2).count(2);
}

#[test]
fn levels_of_the_process_and_of_modules_change_while_it_runs() {
    if !is_alone("levels_of_the_process_and_of_modules_change_while_it_runs") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(|builder| builder.with_level(Level::Warn));
    let levels = telemetry.levels();
    let calls = || {
        for _ in 0..2 {
            retry();
            look_up(1);
        }
    };
    calls();
    assert_eq!(kept.take(&telemetry), ["retry"; 2]);
    assert_eq!(levels.of_module("suite::levels"), Ok(Level::Warn));

    levels.set(Level::Info).unwrap();
    calls();
    assert_eq!(
        kept.take(&telemetry),
        ["retry", "retry", "retry/step", "retry/step", "step", "step"]
    );

    levels.set_module("suite::levels", Level::Debug).unwrap();
    look_up(1);
    assert_eq!(kept.take(&telemetry), ["look_up", "look_up/step"]);
    levels.set_module("suite::levels::inner", Level::Trace).unwrap();
    assert_eq!(levels.of_module("suite::levels::inner::more"), Ok(Level::Trace));
    levels.unset_module("suite::levels").unwrap();
    look_up(1);
    assert_eq!(kept.take(&telemetry), ["step"]);
    drop(telemetry);
    assert_eq!(levels.set(Level::Trace), Err(ControlError::Ended));
    assert_eq!(ControlError::Ended.to_string(), "the pipeline has ended");

    // A new pipeline begins with the default.
    let telemetry = kept.install(|builder| builder);
    look_up(1);
    assert_eq!(kept.take(&telemetry), ["step"]);
}

#[test]
fn the_environment_sets_levels_unless_the_program_does() {
    if !is_alone("the_environment_sets_levels_unless_the_program_does") {
        return;
    }
    let variable = |value: &'static str| {
        move |name: &str| (name == "TRACE_RUNTIME_LEVEL").then(|| value.into())
    };
    let kept = Kept::default();
    let of = |level: &str| Telemetry::levels(&kept.install(|it| it)).of_module(level).unwrap();
    assert_eq!(of("suite::levels"), Level::Info);
    let with = |value: &'static str| kept.install(|it| it.with_env(variable(value)));
    let telemetry = with("Warn, suite::levels=debug");
    assert_eq!(telemetry.levels().of_module("suite::levels"), Ok(Level::Debug));
    assert_eq!(telemetry.levels().of_module("other"), Ok(Level::Warn));
    drop(telemetry);
    // A level that does not exist is reported, and ignored.
    let telemetry = with("info,suite::levels=verbose");
    assert_eq!(telemetry.levels().of_module("suite::levels"), Ok(Level::Info));
    drop(telemetry);
    let set = |it: TelemetryBuilder| {
        it.with_env(variable("trace")).with_module_level("suite::levels", Level::Error)
    };
    let telemetry = kept.install(set);
    assert_eq!(telemetry.levels().of_module("suite::levels"), Ok(Level::Error));
    assert_eq!(telemetry.levels().of_module("other"), Ok(Level::Info));
}

/// Runs as a service that was called with this baggage.
fn called_with<R>(baggage: &str, body: impl FnOnce() -> R) -> R {
    let headers = HashMap::from([("baggage".to_owned(), baggage.to_owned())]);
    propagation::extract(&headers).in_scope(body)
}

#[test]
fn baggage_turns_a_level_on_here_and_from_elsewhere_only_where_it_is_trusted() {
    if !is_alone("baggage_turns_a_level_on_here_and_from_elsewhere_only_where_it_is_trusted") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(|it| it.with_level_baggage("debug.level"));
    let local = |value: &str| Baggage::current().with_entry("debug.level", value);
    {
        let _request = local("debug").attach();
        look_up(1);
    }
    assert_eq!(kept.take(&telemetry), ["look_up", "look_up/step"]);
    // Within a request, too, and on other threads.
    in_span("root", |_| {
        look_up(1);
        let _request = local("trace").attach();
        std::thread::spawn(trace_runtime::in_current_span(|| probe(1))).join().unwrap();
    });
    assert_eq!(kept.take(&telemetry), ["root", "root/probe", "root/step"]);
    for ignored in ["verbose", "info", ""] {
        let _request = local(ignored).attach();
        look_up(1);
    }
    assert_eq!(kept.take(&telemetry), ["step"; 3]);
    called_with("debug.level=debug", || look_up(1));
    assert_eq!(kept.take(&telemetry), ["step"]);
    // What this program sets itself counts, whatever a caller has sent.
    called_with("debug.level=trace,a=1", || {
        let _request = local("debug").attach();
        look_up(1);
    });
    assert_eq!(kept.take(&telemetry), ["look_up", "look_up/step"]);
    drop(telemetry);

    let trusting = |it: TelemetryBuilder| {
        it.with_level_baggage("debug.level").with_trusted_baggage(["debug.level"])
    };
    let telemetry = kept.install(trusting);
    called_with("debug.level=debug", || look_up(1));
    assert_eq!(kept.take(&telemetry), ["look_up", "look_up/step"]);
}

#[test]
fn rules_match_baggage_from_elsewhere_only_where_it_is_trusted() {
    if !is_alone("rules_match_baggage_from_elsewhere_only_where_it_is_trusted") {
        return;
    }
    let kept = Kept::default();
    let telemetry = kept.install(|it| it.with_sampler(for_acme()));
    called_with("customer=acme", || in_span("request", |_| look_up(1)));
    assert_eq!(kept.take(&telemetry), ["request", "request/step"]);
    as_customer("acme", || in_span("request", |_| look_up(1)));
    let debugged = ["look_up/step", "request", "request/look_up"];
    assert_eq!(kept.take(&telemetry), debugged);
    drop(telemetry);

    let trusting =
        |it: TelemetryBuilder| it.with_sampler(for_acme()).with_trusted_baggage(["customer"]);
    let telemetry = kept.install(trusting);
    called_with("customer=acme,other=1", || in_span("request", |_| look_up(1)));
    assert_eq!(kept.take(&telemetry), debugged);
    called_with("customer=other", || in_span("request", |_| look_up(1)));
    assert_eq!(kept.take(&telemetry), ["request", "request/step"]);
}
