//! Tests clients that are slow, many, or not who they should be.

use super::{answer, ask, begin, get, measure, page, start, start_with};
use crate::support::is_alone;
use opentelemetry::{KeyValue, global};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use trace_runtime::metrics::PrometheusSettings;

/// Clients that hold as many connections as there may be, and go on for as long as they like.
#[test]
fn slow_clients_keep_nobody_out() {
    if !is_alone("slow_clients_keep_nobody_out") {
        return;
    }
    let (telemetry, address) = start();
    measure();
    let mute = (0..70).map(|_| TcpStream::connect(address).unwrap());
    let halfway =
        (0..70).map(|_| begin(address, "GET /metrics HTTP/1.1\r\nhost: localhost\r\na: "));
    let slow: Vec<_> = mute.chain(halfway).collect();
    let began = Instant::now();
    assert!(get(address, "").1.contains("orders_total"));
    // Before the time that a request may take.
    assert!(began.elapsed() < Duration::from_millis(2_500), "{:?}", began.elapsed());
    // The program's own page does not go by the endpoint.
    assert!(page(&telemetry).contains("orders_total"));
    drop(slow);
    let began = Instant::now();
    telemetry.shutdown(Duration::from_secs(10));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

const REQUEST: &str = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[test]
fn clients_beyond_the_limit_wait_for_their_turn() {
    if !is_alone("clients_beyond_the_limit_wait_for_their_turn") {
        return;
    }
    let (_telemetry, address) = start();
    measure();
    let clients: Vec<_> = (0..200).map(|_| begin(address, REQUEST)).collect();
    for client in clients {
        let (head, body) = answer(client);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(String::from_utf8(body).unwrap().contains("orders_total"));
    }
}

#[test]
fn clients_that_do_not_read_keep_nobody_waiting() {
    if !is_alone("clients_that_do_not_read_keep_nobody_waiting") {
        return;
    }
    let (telemetry, address) = start();
    // More than the system takes for a client that does not read.
    let counter = global::meter("shop").u64_counter("visits").build();
    let long = "a".repeat(8_000);
    (0..1_500).for_each(|page| counter.add(1, &[KeyValue::new("page", format!("{page}{long}"))]));
    let slow: Vec<_> = (0..8).map(|_| begin(address, REQUEST)).collect();
    assert!(get(address, "").1.contains("visits_total"));
    let begin = Instant::now();
    telemetry.shutdown(Duration::from_secs(10));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    drop(slow);
}

/// A web page whose name leads to a loopback address asks by that name.
#[test]
fn other_hosts_are_not_answered() {
    if !is_alone("other_hosts_are_not_answered") {
        return;
    }
    let settings = PrometheusSettings::default().with_allowed_host("metrics.example.com");
    let (_telemetry, address) = start_with(settings);
    let status = |host: &str| {
        let (head, body) = ask(address, &format!("GET /metrics HTTP/1.1\r\n{host}\r\n"));
        let body = String::from_utf8(body).unwrap();
        assert_eq!(head.starts_with("HTTP/1.1 200"), body.contains("target_info"), "{head}");
        head.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status("host: localhost:9464\r\n"), "200");
    assert_eq!(status("host: metrics.example.com\r\n"), "200");
    assert_eq!(status(&format!("host: {address}\r\n")), "200");
    assert_eq!(status("host: evil.example.com\r\n"), "421");
    assert_eq!(status(""), "400");
    assert_eq!(PrometheusSettings::default().port, 9464);
}
