//! Tests metrics for Prometheus: from the endpoint, and from a page in the program's own server.
#![cfg(feature = "prometheus")]

mod clients;
mod names;

use crate::support::is_alone;
use opentelemetry::metrics::AsyncInstrument;
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::metrics::{Aggregation, Instrument, Stream};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use trace_runtime::export::NullExporter;
use trace_runtime::metrics::{PrometheusSettings, ScrapeError};
use trace_runtime::{InitError, Telemetry, TelemetryBuilder};

fn builder(settings: PrometheusSettings) -> TelemetryBuilder {
    Telemetry::builder()
        .without_env()
        .with_service_name("shop")
        .with_exporter(NullExporter::new())
        .with_prometheus(settings)
}

fn start() -> (Telemetry, SocketAddr) {
    start_with(PrometheusSettings::default())
}

fn start_with(settings: PrometheusSettings) -> (Telemetry, SocketAddr) {
    let telemetry = builder(settings.with_port(0)).install().unwrap();
    let address = telemetry.prometheus().unwrap().local_addr().unwrap();
    assert!(address.ip().is_loopback());
    (telemetry, address)
}

fn page(telemetry: &Telemetry) -> String {
    telemetry.prometheus().unwrap().render(None).unwrap().body
}

#[test]
fn what_the_program_says_comes_before_the_environment() {
    if !is_alone("what_the_program_says_comes_before_the_environment") {
        return;
    }
    let env = |name: &str| (name == "OTEL_METRICS_EXPORTER").then(|| "prometheus".into());
    let telemetry = Telemetry::builder()
        .with_env(env)
        .with_exporter(NullExporter::new())
        .with_prometheus(PrometheusSettings::default().without_endpoint())
        .install()
        .unwrap();
    assert_eq!(telemetry.prometheus().unwrap().local_addr(), None);
}

/// A response: its head, and its body.
fn ask(address: SocketAddr, request: &str) -> (String, Vec<u8>) {
    answer(begin(address, request))
}

/// A connection on which something is asked.
fn begin(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A request that is refused early may find the way closed before all of it is written.
    let _ = stream.write_all(request.as_bytes());
    stream
}

fn answer(mut stream: TcpStream) -> (String, Vec<u8>) {
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    let end = response.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    let body = response.split_off(end);
    (String::from_utf8(response).unwrap(), body)
}

fn get(address: SocketAddr, headers: &str) -> (String, String) {
    let (head, body) =
        ask(address, &format!("GET /metrics HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n"));
    (head, String::from_utf8(body).unwrap())
}

/// Measures a little of everything.
fn measure() {
    let meter = global::meter("shop");
    let tier = |tier: &'static str| [KeyValue::new("user.tier", tier)];
    meter.u64_counter("orders").with_unit("{order}").build().add(3, &tier("free"));
    meter.f64_up_down_counter("stock").with_unit("kg").build().add(-1.5, &[]);
    meter.i64_gauge("process.thread.count").with_unit("{thread}").build().record(7, &[]);
    let latency = meter.f64_histogram("latency").with_unit("s").with_boundaries(vec![0.5, 1.0]);
    let latency = latency.with_description("How long").build();
    [0.25, 0.75, 5.0].iter().for_each(|&seconds| latency.record(seconds, &tier("pro")));
}

#[test]
fn a_page_has_everything() {
    if !is_alone("a_page_has_everything") {
        return;
    }
    let (telemetry, address) = start();
    measure();
    let (head, body) = get(address, "");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{head}");
    for line in [
        "# TYPE orders_total counter",
        r#"orders_total{otel_scope_name="shop",user_tier="free"} 3"#,
        r#"stock_kg{otel_scope_name="shop"} -1.5"#,
        r#"process_thread_count{otel_scope_name="shop"} 7"#,
        "# HELP latency_seconds How long",
        r#"latency_seconds_bucket{otel_scope_name="shop",user_tier="pro",le="0.5"} 1"#,
        r#"latency_seconds_bucket{otel_scope_name="shop",user_tier="pro",le="1"} 2"#,
        r#"latency_seconds_bucket{otel_scope_name="shop",user_tier="pro",le="+Inf"} 3"#,
        r#"latency_seconds_sum{otel_scope_name="shop",user_tier="pro"} 6"#,
        "# TYPE target_info gauge",
    ] {
        assert!(body.lines().any(|found| found == line), "{line} in {body}");
    }
    assert!(body.contains(r#"service_name="shop""#), "{body}");
    let (head, body) = get(address, "accept: application/openmetrics-text; version=1.0.0\r\n");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(body.contains("# UNIT latency_seconds seconds\n"), "{body}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    drop(telemetry);
    // The port is free again.
    TcpListener::bind(address).unwrap();
}

/// Alert rules look for the bucket whose bound is the threshold, and compare the two as texts.
#[test]
fn a_threshold_is_written_as_the_bound_of_its_bucket() {
    if !is_alone("a_threshold_is_written_as_the_bound_of_its_bucket") {
        return;
    }
    let settings = PrometheusSettings::default().without_endpoint().without_scope_labels();
    let telemetry = builder(settings).install().unwrap();
    let latency = global::meter("shop").f64_histogram("latency").with_boundaries(vec![1.0]).build();
    latency.record(0.5, &[KeyValue::new("objective.latency.threshold", "1")]);
    latency.record(0.5, &[KeyValue::new("objective.latency.threshold", "soon")]);
    for (accept, bound) in [("text/plain", "1"), ("application/openmetrics-text", "1.0")] {
        let page = telemetry.prometheus().unwrap().render(Some(accept)).unwrap().body;
        for threshold in [bound, "soon"] {
            let labels = format!(r#"objective_latency_threshold="{threshold}",le="{bound}""#);
            assert!(page.contains(&format!("latency_bucket{{{labels}}} 1\n")), "{page}");
        }
    }
}

#[test]
fn names_may_have_no_suffixes() {
    if !is_alone("names_may_have_no_suffixes") {
        return;
    }
    let settings = PrometheusSettings::default().without_endpoint().without_suffixes();
    let telemetry = builder(settings.without_scope_labels()).install().unwrap();
    let meter = global::meter("shop");
    meter.u64_counter("orders").build().add(3, &[]);
    meter.f64_histogram("latency").with_unit("s").build().record(0.5, &[]);
    for accept in ["text/plain", "application/openmetrics-text"] {
        let page = telemetry.prometheus().unwrap().render(Some(accept)).unwrap().body;
        assert!(page.contains("\norders 3\n") && page.contains("\nlatency_count 1\n"), "{page}");
    }
}

#[test]
fn an_exponential_histogram_has_buckets() {
    if !is_alone("an_exponential_histogram_has_buckets") {
        return;
    }
    let exponential = |_: &Instrument| {
        let aggregation = Aggregation::Base2ExponentialHistogram {
            max_size: 4,
            max_scale: 0,
            record_min_max: true,
        };
        Stream::builder().with_aggregation(aggregation).build().ok()
    };
    let settings = PrometheusSettings::default().without_endpoint().without_scope_labels();
    let telemetry = builder(settings).with_metric_view(exponential).install().unwrap();
    let sizes = global::meter("shop").f64_histogram("size").build();
    [-3.0, 0.0, 0.0, 1.5, 3.0, 4.0, 8.0].iter().for_each(|&size| sizes.record(size, &[]));
    let page = page(&telemetry);
    let series: Vec<&str> = page.lines().filter(|line| line.starts_with("size_")).collect();
    let expected = [
        "size_bucket{le=\"-2\"} 1",
        "size_bucket{le=\"0\"} 3",
        "size_bucket{le=\"1\"} 3",
        "size_bucket{le=\"2\"} 4",
        "size_bucket{le=\"4\"} 6",
        "size_bucket{le=\"8\"} 7",
        "size_bucket{le=\"+Inf\"} 7",
        "size_count 7",
    ];
    assert_eq!(series, expected, "{page}");
}

#[test]
fn a_page_is_had_without_an_endpoint() {
    if !is_alone("a_page_is_had_without_an_endpoint") {
        return;
    }
    let settings = PrometheusSettings::default().without_endpoint().without_scope_labels();
    let telemetry = builder(settings).install().unwrap();
    let prometheus = telemetry.prometheus().unwrap().clone();
    assert_eq!(prometheus.local_addr(), None);
    measure();
    assert!(page(&telemetry).contains("orders_total{user_tier=\"free\"} 3\n"));
    let openmetrics = prometheus.render(Some("application/openmetrics-text")).unwrap();
    assert!(openmetrics.body.ends_with("# EOF\n"));
    // Many at once share the work.
    std::thread::scope(|scope| {
        let render = || prometheus.render(None).unwrap();
        let scrapes: Vec<_> = (0..8).map(|_| scope.spawn(render)).collect();
        assert!(scrapes.into_iter().all(|it| it.join().unwrap().body.contains("orders_total")));
    });
    telemetry.shutdown(Duration::from_secs(5));
    assert_eq!(prometheus.render(None), Err(ScrapeError::Ended));
}

#[test]
fn requests_are_answered_as_http_says() {
    if !is_alone("requests_are_answered_as_http_says") {
        return;
    }
    let (_telemetry, address) = start();
    measure();
    let status = |request: &str| {
        let (head, _) = ask(address, request);
        head.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"), "404");
    assert_eq!(status("GET /metrics?name=a HTTP/1.0\r\n\r\n"), "200");
    assert_eq!(
        status("POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi"),
        "405"
    );
    assert_eq!(status("what is this\r\n\r\n"), "400");
    assert_eq!(status("\x16\x03\x01\x02\x00\x01"), "400");
    let long = "a".repeat(100_000);
    assert!(
        ["", "431"].contains(&&*status(&format!("GET /metrics HTTP/1.1\r\na: {long}\r\n\r\n")))
    );
    let (head, body) = ask(address, "HEAD /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-length: "), "{head}");
    assert!(body.is_empty());
    // No other client is affected.
    assert!(get(address, "").1.contains("orders_total"));
}

#[cfg(feature = "gzip")]
#[test]
fn a_page_is_compressed_for_those_who_ask() {
    if !is_alone("a_page_is_compressed_for_those_who_ask") {
        return;
    }
    let (_telemetry, address) = start();
    measure();
    let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n";
    let (head, body) = ask(address, request);
    assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
    let mut page = String::new();
    flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut page).unwrap();
    assert!(page.contains("orders_total"), "{page}");
}

#[test]
fn a_callback_that_hangs_costs_a_scrape() {
    if !is_alone("a_callback_that_hangs_costs_a_scrape") {
        return;
    }
    let timeout = Duration::from_millis(100);
    let (telemetry, address) = start_with(PrometheusSettings::default().with_timeout(timeout));
    let orders = global::meter("shop").u64_counter("orders").build();
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap();
    let callback = {
        let gate = gate.clone();
        move |_: &dyn AsyncInstrument<u64>| drop(gate.lock())
    };
    let _gauge = global::meter("shop").u64_observable_gauge("a").with_callback(callback).build();
    let (head, body) = get(address, "");
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert_eq!(body, "the metrics were not collected within 100ms\n");
    let prometheus = telemetry.prometheus().unwrap().clone();
    assert_eq!(prometheus.render(None), Err(ScrapeError::Timeout(timeout)));
    // Measuring threads do not wait for it, and nothing is lost.
    orders.add(3, &[]);
    drop(closed);
    let deadline = Instant::now() + Duration::from_secs(20);
    let page = loop {
        match prometheus.render(None) {
            Ok(page) => break page.body,
            // The one before may take its time on a machine that is busy.
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    };
    assert!(page.contains("orders_total{otel_scope_name=\"shop\"} 3\n"), "{page}");

    let closed = gate.lock().unwrap();
    assert!(get(address, "").0.starts_with("HTTP/1.1 503 "));
    let begin = Instant::now();
    telemetry.shutdown(Duration::from_millis(500));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    drop(closed);
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    if !is_alone("a_port_that_is_taken_is_an_error") {
        return;
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let settings = PrometheusSettings::default().with_host("127.0.0.1").with_port(port);
    let error = builder(settings).install().unwrap_err().to_string();
    let expected = format!("exporter `prometheus`: cannot listen on 127.0.0.1:{port}: ");
    assert!(error.starts_with(&expected), "{error}");
    assert!(error.contains("OTEL_EXPORTER_PROMETHEUS_PORT"), "{error}");
    // Nothing is left of the attempt.
    drop(start());
}

#[test]
fn a_second_installation_is_refused_before_it_listens() {
    if !is_alone("a_second_installation_is_refused_before_it_listens") {
        return;
    }
    let (telemetry, address) = start();
    let same = || {
        let settings = PrometheusSettings::default().with_host("127.0.0.1");
        builder(settings.with_port(address.port()))
    };
    let by_environment = Telemetry::builder().with_env(move |name: &str| match name {
        "OTEL_TRACES_EXPORTER" => Some("none".into()),
        "OTEL_METRICS_EXPORTER" => Some("prometheus".into()),
        "OTEL_EXPORTER_PROMETHEUS_HOST" => Some("127.0.0.1".into()),
        "OTEL_EXPORTER_PROMETHEUS_PORT" => Some(address.port().to_string().into()),
        _ => None,
    });
    for builder in [same(), by_environment] {
        let error = builder.install().unwrap_err();
        assert!(matches!(error, InitError::AlreadyInstalled), "{error}");
    }
    // The one that runs is not touched.
    measure();
    assert!(get(address, "").1.contains("orders_total"));
    drop(telemetry);
    drop(same().install().unwrap());
}

#[test]
fn a_page_that_was_asked_for_is_empty_where_nothing_is_measured() {
    if !is_alone("a_page_that_was_asked_for_is_empty_where_nothing_is_measured") {
        return;
    }
    fn env(names: &'static [&'static str]) -> impl Fn(&str) -> Option<OsString> {
        move |name| {
            let value = if name == "OTEL_SDK_DISABLED" { "true" } else { "prometheus" };
            names.contains(&name).then(|| value.into())
        }
    }
    const OFF: &str = "OTEL_SDK_DISABLED";
    const NAMED: &str = "OTEL_METRICS_EXPORTER";
    let page = PrometheusSettings::default().without_endpoint();
    let endpoint = PrometheusSettings::default();
    let builder = |names| Telemetry::builder().with_env(env(names));
    let without_metrics = || builder(&[]).with_exporter(NullExporter::new()).without_metrics();
    for (builder, is_shown) in [
        (builder(&[OFF]).with_prometheus(page.clone()), true),
        (builder(&[OFF]).with_prometheus(endpoint.clone()), true),
        (builder(&[OFF, NAMED]), true),
        (builder(&[OFF]), false),
        (without_metrics().with_prometheus(page), true),
        (without_metrics().with_prometheus(endpoint), true),
        (without_metrics(), false),
    ] {
        let telemetry = builder.install().unwrap();
        assert_eq!(telemetry.prometheus().is_some(), is_shown);
        let Some(prometheus) = telemetry.prometheus() else { continue };
        assert_eq!(prometheus.local_addr(), None);
        assert_eq!(prometheus.render(None).unwrap().body, "");
        let open = prometheus.render(Some("application/openmetrics-text")).unwrap();
        assert_eq!(open.body, "# EOF\n");
    }
}

#[test]
fn it_is_installed_within_a_runtime_too() {
    if !is_alone("it_is_installed_within_a_runtime_too") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (telemetry, address) = start();
        measure();
        assert!(get(address, "").1.contains("orders_total"));
        telemetry.shutdown(Duration::from_secs(5));
    });
}

#[test]
fn a_callback_that_panics_is_told_of() {
    if !is_alone("a_callback_that_panics_is_told_of") {
        return;
    }
    let (telemetry, address) = start();
    let meter = global::meter("shop");
    let _gauge = meter.u64_observable_gauge("depth").with_callback(|_| panic!("no depth")).build();
    let (head, body) = get(address, "");
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    assert!(body.contains("a callback of an observable instrument panicked"), "{body}");
    telemetry.shutdown(Duration::from_secs(5));
}

#[test]
fn the_environment_opens_the_endpoint() {
    if !is_alone("the_environment_opens_the_endpoint") {
        return;
    }
    let env = |name: &str| match name {
        "OTEL_METRICS_EXPORTER" => Some("prometheus".into()),
        "OTEL_EXPORTER_PROMETHEUS_HOST" => Some("127.0.0.1".into()),
        "OTEL_EXPORTER_PROMETHEUS_PORT" => Some("0".into()),
        _ => None,
    };
    let telemetry =
        Telemetry::builder().with_env(env).with_exporter(NullExporter::new()).install().unwrap();
    measure();
    let address = telemetry.prometheus().unwrap().local_addr().unwrap();
    assert!(get(address, "").1.contains("orders_total"));
}
