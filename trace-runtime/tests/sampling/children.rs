//! Samplers that are asked about spans whose parent is in this process.

use crate::support::is_alone;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::export::{NullExporter, SiteInfo};
use trace_runtime::sampling::{
    AlwaysOff, AlwaysOn, Decision, ParentBased, Sampler, SamplerNeeds, SamplingInput,
};
use trace_runtime::{Instrument, Span, Telemetry, in_span, span, trace};

/// Drops the spans of some names, and notes about whom it is asked.
#[derive(Clone, Debug, Default)]
struct Dropping(Arc<Mutex<BTreeSet<String>>>);

const DROPPED: [&str; 4] = ["dropped", "dropped_future", "dropped block", "dropped detached"];

impl Sampler for Dropping {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        self.0.lock().unwrap().insert(input.name().to_owned());
        match DROPPED.contains(&input.name()) {
            true => Decision::Drop,
            false => Decision::RecordAndSample,
        }
    }

    fn needs(&self) -> SamplerNeeds {
        SamplerNeeds::NONE.with_children()
    }

    fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
        match site.name.starts_with("dropped") || site.name == "rescued" {
            true => self.needs(),
            false => SamplerNeeds::NONE,
        }
    }
}

#[trace]
fn root() {
    for _ in 0..3 {
        plain();
        dropped();
        plain();
    }
    run(dropped_future());
    {
        let _span = span!("dropped block");
        plain();
    }
    in_span("dropped detached", |_| plain());
    let detached = Span::builder("kept detached").start();
    run(async { plain() }.instrument(detached));
}

#[trace]
fn plain() {}

#[trace]
fn dropped() {
    plain();
    unasked();
    rescued();
}

#[trace]
fn unasked() {}

/// Is recorded although its parent is not.
#[trace]
fn rescued() {
    plain();
}

#[trace]
async fn dropped_future() {
    plain();
    tokio::task::yield_now().await;
    plain();
}

fn run(future: impl Future) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
}

/// The spans that one call of `root` records: itself, six plain calls, three rescued ones with one call
/// each, and the detached span with one.
const RECORDED: u64 = 1 + 6 + 3 * 2 + 2;

#[test]
fn a_sampler_is_asked_about_children_where_it_says_so() {
    if !is_alone("a_sampler_is_asked_about_children_where_it_says_so") {
        return;
    }
    let sampler = Dropping::default();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_sampler(sampler.clone())
        .with_exporter(NullExporter::new())
        .install()
        .unwrap();
    for _ in 0..100 {
        root();
    }
    let report = telemetry.shutdown(Duration::from_secs(60));
    assert_eq!(report.started, 100 * RECORDED, "{report}");
    assert!(report.is_lossless(), "{report}");
    let mut asked = BTreeSet::from(["root", "rescued", "kept detached"].map(str::to_owned));
    asked.extend(DROPPED.map(str::to_owned));
    assert_eq!(*sampler.0.lock().unwrap(), asked);
}

#[test]
fn a_capture_asks_its_sampler_about_the_same_spans() {
    let t = trace_testkit::Capture::builder().with_sampler(Dropping::default()).start();
    root();
    assert_eq!(t.spans().len() as u64, RECORDED);
    t.span("rescued").count(3);
}

#[test]
fn the_samplers_for_parents_in_this_process_are_asked() {
    let sampler = ParentBased::new(AlwaysOn).with_local_parent_sampled(Dropping::default());
    let t = trace_testkit::Capture::builder().with_sampler(sampler).start();
    dropped();
    t.span("dropped").is_root().one();
    t.span("plain").count(2);
    root();
    t.span("dropped").one();
    let sampler = ParentBased::new(AlwaysOff).with_local_parent_not_sampled(AlwaysOn);
    let t = trace_testkit::Capture::builder().with_sampler(sampler).start();
    rescued();
    t.span("plain").one();
    t.span("rescued").none();
}
