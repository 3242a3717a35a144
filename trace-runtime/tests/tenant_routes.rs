//! Routes of tenants: whose data go where, what decides it, and what a receiver that hangs delays.
#![cfg(all(feature = "enabled", feature = "otlp-http", feature = "logs"))]

use crate::support::is_alone;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{Receiver as Gate, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use trace_runtime::export::{
    AllSpans, ExportError, Exporter, FinishedSpan, OtlpSettings, QueueSettings, TenantRoutes,
};
use trace_runtime::loss::{DropReason, ExporterReport, LossReport};
use trace_runtime::propagation;
use trace_runtime::sampling::{
    Decision, Sampler, SamplingInput, TailSampling, TenantLimits, Tenants,
};
use trace_runtime::{
    Baggage, InitError, Span, Telemetry, TelemetryBuilder, in_current_span, in_span, logs, trace,
};
use trace_testkit::model::LogData;
use trace_testkit::receiver::{Receiver, Signal};

const PATIENCE: Duration = Duration::from_secs(60);

/// An exporter that keeps the names of what it gets.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl Exporter for Kept {
    fn name(&self) -> Cow<'static, str> {
        "kept".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.0.lock().unwrap().extend(batch.iter().map(|span| span.name().to_owned()));
        Ok(())
    }
}

impl Kept {
    /// Returns the names of its spans, sorted.
    fn names(&self) -> Vec<String> {
        let mut names = self.0.lock().unwrap().clone();
        names.sort();
        names
    }
}

/// An exporter that waits until its gate is closed.
struct Hanging(Gate<()>);

impl Exporter for Hanging {
    fn name(&self) -> Cow<'static, str> {
        "hanging".into()
    }

    fn export(&mut self, _: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let _ = self.0.recv();
        Ok(())
    }
}

/// Records a request of a tenant: `children` spans under one.
fn request(tenant: &str, children: usize) {
    Span::builder(format!("request of {tenant}")).with_attribute("tenant", tenant).in_scope(|_| {
        for _ in 0..children {
            in_span(format!("step of {tenant}"), |_| ());
        }
    });
}

fn builder(rest: &Kept) -> TelemetryBuilder {
    Telemetry::builder().without_env().with_exporter(rest.clone())
}

#[track_caller]
fn report_of<'a>(report: &'a LossReport, exporter: &str) -> &'a ExporterReport {
    let found = report.exporters.iter().find(|it| it.name == exporter);
    found.unwrap_or_else(|| panic!("no `{exporter}` in {report}"))
}

fn names(of: &Receiver) -> Vec<String> {
    let mut names: Vec<_> = of.spans().iter().map(|span| span.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn each_tenant_has_a_receiver_and_the_rest_goes_elsewhere() {
    if !is_alone("each_tenant_has_a_receiver_and_the_rest_goes_elsewhere") {
        return;
    }
    let [acme, umbrella] = [(); 2].map(|()| Receiver::start().unwrap());
    let otlp =
        |to: &Receiver| OtlpSettings::default().with_endpoint(to.http_endpoint(Signal::Traces));
    let routes = TenantRoutes::default()
        .with_otlp("acme", otlp(&acme).with_header("x-api-key", "of-acme"))
        .with_otlp("umbrella", otlp(&umbrella).with_header("x-api-key", "of-umbrella"));
    let (rest, every) = (Kept::default(), Kept::default());
    let telemetry = builder(&rest)
        .with_exporter(AllSpans(every.clone()))
        .with_tenant_routes(routes)
        .install()
        .unwrap();
    for _ in 0..3 {
        thread::scope(|scope| {
            for (tenant, children) in [("acme", 1), ("umbrella", 2), ("initech", 3)] {
                scope.spawn(move || request(tenant, children));
            }
        });
    }
    in_span("cleaning", |_| ());
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(names(&acme), ["request of acme", "step of acme"]);
    assert_eq!(names(&umbrella), ["request of umbrella", "step of umbrella"]);
    assert_eq!((acme.spans().len(), umbrella.spans().len(), rest.names().len()), (6, 9, 13));
    assert_eq!(every.names().len(), 28);
    for (receiver, key) in [(&acme, "of-acme"), (&umbrella, "of-umbrella")] {
        assert!(receiver.requests().iter().all(|it| it.header("x-api-key") == Some(key)));
    }
    let acme = report_of(&report, "otlp for acme");
    assert_eq!((acme.exported, acme.elsewhere), (6, 22), "{report}");
    assert_eq!(report_of(&report, "kept").elsewhere, 15, "{report}");
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
}

#[test]
fn each_request_to_one_receiver_has_one_tenant() {
    if !is_alone("each_request_to_one_receiver_has_one_tenant") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let to = OtlpSettings::default().with_endpoint(receiver.http_endpoint(Signal::Traces));
    let to = to.with_header("x-scope-orgid", "none");
    let routes = TenantRoutes::default().with_otlp_for_each("X-Scope-OrgID", to).with_most(3);
    let rest = Kept::default();
    let telemetry = builder(&rest).with_tenant_routes(routes).install().unwrap();
    let tenants = [("a", 1), ("b", 2), ("c", 4)];
    for round in 0..30 {
        let (tenant, children) = tenants[round % 3];
        request(tenant, children);
        if round % 10 == 0 {
            telemetry.force_flush(PATIENCE).unwrap();
        }
    }
    // Neither a fourth tenant nor a name that no header may have gets a route.
    request("d", 1);
    request("line\nbreak", 0);
    let report = telemetry.force_flush(PATIENCE).unwrap();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for request in receiver.requests() {
        let ids: Vec<_> = request.headers.get_all("x-scope-orgid").iter().collect();
        let [tenant] = ids[..] else { panic!("{ids:?}") };
        *taken.entry(tenant.to_str().unwrap().to_owned()).or_default() += request.taken;
    }
    assert_eq!(taken, [("a", 20), ("b", 30), ("c", 50)].map(|(it, n)| (it.to_owned(), n)).into());
    assert_eq!(rest.names(), ["request of d", "request of line\nbreak", "step of d"]);
    for (tenant, spans) in [("a", 20), ("b", 30), ("c", 50)] {
        assert_eq!(report_of(&report, &format!("otlp for {tenant}")).exported, spans, "{report}");
    }
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
}

#[trace]
fn served() {
    in_span("early", |_| ());
    thread::scope(|scope| {
        scope.spawn(in_current_span(|| in_span("elsewhere", |_| ())));
    });
}

#[trace]
async fn step_of_acme() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
        in_span("within step of acme", |_| ());
    }
}

#[trace("request of {tenant}", attrs(tenant))]
async fn request_of(tenant: &str) {
    tokio::task::yield_now().await;
    tokio::join!(step_of_acme(), step_of_acme());
}

#[test]
fn a_step_that_waits_stays_with_its_tenant() {
    if !is_alone("a_step_that_waits_stays_with_its_tenant") {
        return;
    }
    let (acme, rest) = (Kept::default(), Kept::default());
    let telemetry = builder(&rest)
        .with_tenant_routes(TenantRoutes::default().with_exporter("acme", acme.clone()))
        .install()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(request_of("acme"));
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(rest.names(), [""; 0]);
    assert_eq!(acme.names().len(), 9);
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
}

#[test]
fn the_tenant_is_known_from_baggage_that_counts_and_everything_below_follows() {
    if !is_alone("the_tenant_is_known_from_baggage_that_counts_and_everything_below_follows") {
        return;
    }
    for (trusted, is_routed) in [(None, false), (Some("tenant"), true)] {
        let (acme, rest) = (Kept::default(), Kept::default());
        let telemetry = builder(&rest)
            .with_tenant_routes(TenantRoutes::default().with_exporter("acme", acme.clone()))
            .with_trusted_baggage(trusted)
            .install()
            .unwrap();
        // Both requests claim to belong to one trace.
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let headers = |baggage: &str| {
            let headers = [("traceparent", parent), ("baggage", baggage)];
            HashMap::from(headers.map(|(name, value)| (name.to_owned(), value.to_owned())))
        };
        let late = propagation::extract(&headers("tenant=acme")).in_scope(|| {
            served();
            let late = in_span("late root", |_| propagation::Context::current());
            propagation::extract(&headers("tenant=other")).in_scope(|| in_span("other", |_| ()));
            late
        });
        late.in_scope(|| in_span("late", |_| ()));
        {
            let _baggage = Baggage::current().with_entry("tenant", "acme").attach();
            in_span("own", |_| ());
        }
        in_span("without", |span| _ = span.set_attribute("tenant", "acme"));
        let report = telemetry.shutdown(PATIENCE);
        let of_acme = ["early", "elsewhere", "late", "late root", "own", "served"];
        match is_routed {
            true => {
                assert_eq!(acme.names(), of_acme);
                assert_eq!(rest.names(), ["other", "without"]);
            }
            false => assert_eq!(acme.names(), ["own"]),
        }
        assert!(report.is_balanced(), "{report}");
    }
}

#[test]
fn a_tenant_whose_receiver_hangs_delays_no_other() {
    if !is_alone("a_tenant_whose_receiver_hangs_delays_no_other") {
        return;
    }
    let (open, gate) = channel();
    let (quiet, rest) = (Kept::default(), Kept::default());
    let routes = TenantRoutes::default()
        .with_exporter("noisy", Hanging(gate))
        .with_exporter("quiet", quiet.clone());
    let telemetry = builder(&rest)
        .with_span_queue(QueueSettings::default().with_max_queue(1_000).with_max_batch(100))
        .with_tenant_routes(routes)
        .install()
        .unwrap();
    for _ in 0..200 {
        request("noisy", 99);
        request("quiet", 1);
        request("another", 1);
    }
    // The flush cannot succeed: it waits for all.
    assert!(telemetry.force_flush(Duration::from_millis(200)).is_err());
    while quiet.names().len() + rest.names().len() < 800 {
        thread::yield_now();
    }
    let report = telemetry.report();
    let noisy = report_of(&report, "hanging for noisy");
    assert_eq!(noisy.queued + noisy.dropped[&DropReason::QueueFull], 20_000, "{report}");
    assert_eq!(report_of(&report, "kept for quiet").dropped.len(), 0, "{report}");
    assert!(report.is_balanced(), "{report}");
    drop(open);
    assert!(telemetry.shutdown(PATIENCE).is_balanced());
}

#[test]
fn what_tail_sampling_keeps_has_the_route_of_its_tenant() {
    if !is_alone("what_tail_sampling_keeps_has_the_route_of_its_tenant") {
        return;
    }
    let (acme, rest) = (Kept::default(), Kept::default());
    let tenants = Tenants::default().with_default(TenantLimits::new().with_share(1.0));
    let telemetry = builder(&rest)
        .with_tenant_routes(TenantRoutes::default().with_exporter("acme", acme.clone()))
        .with_tail_sampling(TailSampling::new(0.0).with_tenants(tenants))
        .install()
        .unwrap();
    request("acme", 2);
    request("other", 1);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(acme.names(), ["request of acme", "step of acme", "step of acme"]);
    assert_eq!(rest.names(), ["request of other", "step of other"]);
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
}

#[test]
fn a_sampler_that_panics_changes_no_route() {
    #[derive(Debug)]
    struct Panics;
    impl Sampler for Panics {
        fn sample(&self, _: &SamplingInput<'_>) -> Decision {
            std::panic::resume_unwind(Box::new("as intended"))
        }
    }
    if !is_alone("a_sampler_that_panics_changes_no_route") {
        return;
    }
    let (acme, rest) = (Kept::default(), Kept::default());
    let telemetry = builder(&rest)
        .with_sampler(Panics)
        .with_tenant_routes(TenantRoutes::default().with_exporter("acme", acme.clone()))
        .install()
        .unwrap();
    request("acme", 1);
    request("other", 0);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(acme.names(), ["request of acme", "step of acme"]);
    assert_eq!(rest.names(), ["request of other"]);
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
}

fn log(body: &'static str) {
    let logger = logs::logger_provider().logger("shop");
    let mut record = logger.create_log_record();
    record.set_body(body.into());
    logger.emit(record);
}

#[test]
fn log_records_follow_the_trace_in_which_they_are_written() {
    if !is_alone("log_records_follow_the_trace_in_which_they_are_written") {
        return;
    }
    let [acme, rest] = [(); 2].map(|()| Receiver::start().unwrap());
    let otlp = |to: &Receiver, of| OtlpSettings::default().with_endpoint(to.http_endpoint(of));
    let routes = TenantRoutes::default()
        .with_otlp("acme", otlp(&acme, Signal::Traces).with_header("x-api-key", "of-acme"));
    let telemetry = builder(&Kept::default())
        .with_otlp_logs(otlp(&rest, Signal::Logs))
        .with_tenant_routes(routes)
        .install()
        .unwrap();
    for tenant in ["acme", "other"] {
        Span::builder("request").with_attribute("tenant", tenant).in_scope(|_| log(tenant));
    }
    log("without");
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(bodies(&acme), ["acme"]);
    assert_eq!(bodies(&rest), ["other", "without"]);
    let of_logs = |it: &&trace_testkit::receiver::Request| it.signal == Some(Signal::Logs);
    let requests = acme.requests();
    let request = requests.iter().find(of_logs).unwrap();
    assert_eq!(request.header("x-api-key"), Some("of-acme"));
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
}

fn bodies(of: &Receiver) -> Vec<String> {
    let body = |log: LogData| log.body.as_ref()?.as_str().map(str::to_owned);
    of.logs().iter().filter_map(body).collect()
}

#[test]
fn log_records_go_to_no_receiver_that_was_not_chosen_for_their_tenant() {
    if !is_alone("log_records_go_to_no_receiver_that_was_not_chosen_for_their_tenant") {
        return;
    }
    let [each, named, rest] = [(); 3].map(|()| Receiver::start().unwrap());
    let otlp = |to: &Receiver, of| OtlpSettings::default().with_endpoint(to.http_endpoint(of));
    let own = Kept::default();
    let elsewhere = format!("{}/of/spans", named.http_endpoint(Signal::Traces));
    let routes = TenantRoutes::default()
        .with_exporter("acme", own.clone())
        .with_otlp("umbrella", OtlpSettings::default().with_endpoint(elsewhere))
        .with_otlp_for_each("X-Scope-OrgID", otlp(&each, Signal::Traces));
    // Each tenant has a share of the limit.
    let telemetry = builder(&Kept::default())
        .with_otlp_logs(otlp(&rest, Signal::Logs))
        .with_tenant_routes(routes)
        .with_memory_limit(512 << 20)
        .install()
        .unwrap();
    for _ in 0..2 {
        for tenant in ["acme", "umbrella", "initech"] {
            Span::builder("request").with_attribute("tenant", tenant).in_scope(|_| log(tenant));
        }
        // Full batches are handed over by the emitting thread.
        let request = Span::builder("request").with_attribute("tenant", "hooli");
        request.in_scope(|_| (0..600).for_each(|_| log("hooli")));
    }
    // The receiver of umbrella's spans has no such path.
    let _ = telemetry.force_flush(PATIENCE);
    let mut of_each = bodies(&each);
    of_each.sort();
    of_each.dedup();
    assert_eq!(of_each, ["hooli", "initech"]);
    assert_eq!(each.logs().count(1_202).len(), 1_202);
    assert_eq!(bodies(&rest), ["acme", "umbrella", "acme", "umbrella"]);
    assert_eq!(own.names(), ["request", "request"]);
    let report = telemetry.report();
    assert!(report.is_balanced(), "{report}");
    assert!(report.logs.exporters.iter().all(|it| it.dropped.is_empty()), "{report}");
}

#[test]
fn secrets_of_routes_are_not_shown_and_mistakes_are_named() {
    if !is_alone("secrets_of_routes_are_not_shown_and_mistakes_are_named") {
        return;
    }
    let settings = OtlpSettings::default().with_header("x-api-key", "s3cret");
    let routes = TenantRoutes::default().with_otlp("acme", settings.clone());
    let routes = routes.with_otlp_for_each("X-Scope-OrgID", settings).with_most(300);
    let shown = format!("{routes:?}");
    assert!(shown.contains("acme") && !shown.contains("s3cret"), "{shown}");
    let install = |routes| {
        let builder = builder(&Kept::default()).with_tenant_routes(routes);
        builder.install().err().as_ref().map(InitError::to_string)
    };
    assert_eq!(
        install(routes).unwrap(),
        "exporter `routes by tenant`: there may be 301 routes; at most 255 are allowed"
    );
    let unusable = TenantRoutes::default().with_otlp_for_each("X Scope", OtlpSettings::default());
    assert!(install(unusable).unwrap().contains("X Scope"));
}
