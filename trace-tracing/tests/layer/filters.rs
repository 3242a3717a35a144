//! The usual filters, and what they hide.

use crate::one;
use trace_runtime::sampling::{AlwaysOff, AlwaysOn, Composite, ParentThreshold, Rule, RuleBased};
use trace_runtime::trace;
use trace_testkit::prelude::tree;
use trace_testkit::{Capture, capture};
use tracing::level_filters::LevelFilter;
use tracing::{debug_span, info, info_span};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

#[trace]
fn step() {}

fn nested() {
    info_span!("outer").in_scope(|| {
        debug_span!("hidden", n = 1).in_scope(|| {
            info_span!("inner").in_scope(step);
            tracing::debug!("hidden");
            info!("shown");
        });
    });
}

#[test]
fn an_environment_filter_for_all_layers() {
    let t = capture();
    let filter = EnvFilter::new("off,layer=info");
    let subscriber = tracing_subscriber::registry().with(filter).with(trace_tracing::layer());
    tracing::subscriber::with_default(subscriber, nested);
    t.assert_tree(tree! { "outer" => { "inner" => { "step" } } });
    assert_eq!(one(&t, "outer").events.len(), 1);
}

#[test]
fn a_filter_for_this_layer_alone() {
    let t = capture();
    let other = tracing_subscriber::layer::Identity::new().with_filter(LevelFilter::TRACE);
    let layer = trace_tracing::layer().with_filter(EnvFilter::new("layer=info"));
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(other).with(layer),
        || {
            nested();
            // Given a parent that it cannot see, a span has none.
            let hidden = debug_span!("hidden");
            info_span!("current").in_scope(|| drop(info_span!(parent: &hidden, "orphan")));
            let seen = info_span!("seen");
            seen.follows_from(&hidden);
            hidden.record("n", 1);
        },
    );
    t.assert_tree(tree! {
        "outer" => { "inner" => { "step" } },
        "current",
        "orphan" [root],
        "seen" [link_count: 0],
    });
}

#[test]
fn a_filter_by_field() {
    let t = capture();
    let filter = filter_fn(|metadata| metadata.fields().field("shown").is_some());
    let layer = trace_tracing::layer().with_filter(filter);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        info_span!("a", shown = 1).in_scope(|| {
            info_span!("b").in_scope(|| info_span!("c", shown = 2).in_scope(step));
        });
    });
    t.assert_tree(tree! { "a" => { "c" => { "step" } } });
}

#[test]
fn rules_of_samplers_see_names_and_fields() {
    drop(crate::capture());
    let drop_named = |names| Rule::new(AlwaysOff).with_names([names]);
    let rules = RuleBased::new([
        Rule::new(AlwaysOff).with_attribute_values("db.operation", ["PING"]),
        drop_named("noise*"),
        Rule::new(ParentThreshold::new(AlwaysOn)),
    ]);
    let t = Capture::builder().with_sampler(Composite::new(rules.unwrap())).start();
    info_span!("request").in_scope(|| {
        for operation in ["PING", "SELECT"] {
            info_span!("query", db.operation = operation)
                .in_scope(|| info_span!("row").in_scope(|| ()));
        }
        info_span!("noise").in_scope(|| info_span!("row").in_scope(|| ()));
        info_span!("plain", otel.name = "noise by another name").in_scope(|| ());
    });
    t.assert_tree(tree! { "request" => { "query" => { "row" } } });
}
