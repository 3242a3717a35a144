//! Tests the client with servers that misbehave beneath HTTP, and the bytes that they receive.

use super::*;
use crate::export::otlp::contract::batch;
use crate::export::testing::{BuiltSpan, SpanMaker, batch_of};
use crate::value::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Requests, channel};
use std::time::{Duration, Instant};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Answers each request, once this much of it has come, with the next of these; closes the connection
/// after each. Sends the received bytes to the test.
fn serve(enough: usize, answers: &[&str]) -> (String, Requests<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (heard, requests) = channel();
    let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; enough];
            let mut len = 0;
            while len < enough && !request[..len].windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut request[len..]).unwrap() {
                    0 => break,
                    read => len += read,
                }
            }
            let _ = heard.send(String::from_utf8_lossy(&request[..len]).into_owned());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, requests)
}

fn send(settings: &OtlpSettings, spans: &[BuiltSpan]) -> Result<(), ExportError> {
    let mut exporter = OtlpHttpExporter::new(settings).unwrap();
    exporter.export(&batch_of(spans))
}

fn large(bytes: usize) -> BuiltSpan {
    let text = "x".repeat(bytes);
    SpanMaker::new("large").attributes(&[("text", Value::Str(&text))]).build(|_| {})
}

#[test]
fn a_refusal_that_comes_before_the_body_is_read_is_reported_once() {
    const REFUSED: &str = "HTTP/1.1 413 Payload Too Large\r\ncontent-type: text/plain\r\n\
                           content-length: 13\r\nconnection: close\r\n\r\ntoo\nmuch\nhere";
    let (url, requests) = serve(100, &[REFUSED, OK, OK]);
    // Large enough to fill the server's side of the connection.
    let settings = OtlpSettings::default().with_endpoint(url);
    let error = send(&settings, &[large(3_900_000)]).unwrap_err().to_string();
    assert!(error.ends_with("it answered 413 Payload Too Large: too much here"), "{error}");
    assert_eq!(requests.try_iter().count(), 1);
}

#[test]
fn the_page_of_a_web_server_is_no_success() {
    const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n\
                        <h1>\x1b</h1";
    let (url, requests) = serve(100_000, &[PAGE, OK]);
    let error = send(&OtlpSettings::default().with_endpoint(&url), &batch(3)).unwrap_err();
    let expected = format!(
        "cannot send to {url}: it answered 200 OK with `text/html`, which is no answer of OTLP: \
         <h1>\\x1b</h1"
    );
    assert_eq!((error.to_string(), error.lost()), (expected, None));
    assert_eq!(requests.try_iter().count(), 1);
}

#[test]
fn a_query_is_sent_and_credentials_are_decoded() {
    let (url, requests) = serve(100_000, &[OK]);
    let url = url.replace("http://", "http://me%40work:p%3Aw@") + "/otlp?key=a%20b";
    send(&OtlpSettings::default().with_endpoint(url), &batch(1)).unwrap();
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /otlp?key=a%20b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nauthorization: Basic bWVAd29yazpwOnc=\r\n"), "{request}");
}

#[test]
fn an_address_gets_the_path_of_the_signal() {
    let (url, requests) = serve(100_000, &[OK]);
    let address = url.strip_prefix("http://").unwrap();
    send(&OtlpSettings::default().with_endpoint(address), &batch(1)).unwrap();
    assert!(requests.recv().unwrap().starts_with("POST /v1/traces HTTP/1.1\r\n"));
}

#[test]
fn what_no_endpoint_is_says_what_is_allowed() {
    for (endpoint, expected) in [
        ("unix:///run/s.sock", "`unix:///run/s.sock` is a Unix socket, which is not supported"),
        ("http://h:99999/x", "`http://h:99999/x` has a port that is not a number from 1 to 65535"),
        ("http://u:s3cret@h:x?k=s3cret", "`http://h:x?…` has a port"),
    ] {
        let settings = OtlpSettings::default().with_endpoint(endpoint);
        let refused = OtlpHttpExporter::new(&settings).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
        assert!(refused.contains("allowed: a URL such as http://localhost:4318"), "{refused}");
    }
}

#[test]
fn a_receiver_that_echoes_secrets_is_not_quoted() {
    const ECHO: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-type: text/plain\r\n\r\n\
                        bad token s3cret-token, key s3cret-key, user s3cret-user:s3cret-word";
    let (url, _requests) = serve(100_000, &[ECHO]);
    let url = url.replace("http://", "http://s3cret-user:s3cret-word@") + "?key=s3cret-key";
    let settings = OtlpSettings::default()
        .with_endpoint(url)
        .with_header("authorization", "Bearer s3cret-token")
        .with_header("x-key", "s3cret-header");
    let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
    let error = exporter.export(&[batch(1)[0].view()]).unwrap_err();
    let shown = format!("{settings:?} {exporter:?} {error:?} {error}");
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(error.to_string().ends_with("bad token …, key …, user …:…"), "{error}");
}

/// Receives a request of one span, and answers it.
fn serve_whole(stream: &mut TcpStream, answer: &str) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    // The span's name ends the request.
    while !request.windows(4).any(|end| end == b"work") {
        let read = stream.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..read]);
    }
    stream.write_all(answer.as_bytes()).unwrap();
}

/// Serves with `serve` while this many batches are exported.
fn exported(batches: usize, serve: impl FnOnce(TcpListener) + Send + 'static) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || serve(listener));
    let settings = OtlpSettings::default().with_endpoint(url);
    let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
    for _ in 0..batches {
        exporter.export(&[batch(1)[0].view()]).unwrap();
    }
    server.join().unwrap();
}

#[test]
fn a_connection_is_kept_and_one_that_was_closed_is_made_again() {
    exported(3, |listener| {
        let (mut first, _) = listener.accept().unwrap();
        serve_whole(&mut first, OK);
        std::thread::sleep(Duration::from_millis(20));
        serve_whole(&mut first, OK);
        drop(first);
        let (mut second, _) = listener.accept().unwrap();
        serve_whole(&mut second, OK);
    });
}

#[test]
fn a_remark_that_a_connection_was_idle_for_too_long_is_no_refusal() {
    const IDLE: &str = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\
                        connection: close\r\n\r\n";
    exported(2, |listener| {
        let (mut first, _) = listener.accept().unwrap();
        serve_whole(&mut first, OK);
        // The remark and the next request cross each other.
        serve_whole(&mut first, IDLE);
        drop(first);
        let (mut second, _) = listener.accept().unwrap();
        serve_whole(&mut second, OK);
    });
}

#[test]
fn an_answer_may_be_announced_and_come_in_chunks() {
    const SLOW: &str = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n\
                        HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
                        transfer-encoding: chunked\r\n\r\n3\r\nnot\r\n5\r\n this\r\n0\r\n\r\n";
    let (url, _requests) = serve(100_000, &[SLOW]);
    let error = send(&OtlpSettings::default().with_endpoint(url), &batch(1)).unwrap_err();
    assert!(error.to_string().ends_with("it answered 400 Bad Request: not this"), "{error}");
}

#[test]
fn a_receiver_that_drips_costs_no_more_than_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for byte in b"HTTP/1.1 200 OK\r\nx: ".iter().chain(std::iter::repeat(&b'x')) {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let settings = OtlpSettings::default().with_endpoint(url);
    let begin = Instant::now();
    let settings = settings.with_timeout(Duration::from_millis(300));
    let error = send(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.ends_with("no answer within 300ms"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn an_answer_of_success_counts_only_for_a_request_that_was_read() {
    // The request is larger than the buffers of both sides of a connection.
    let (url, _requests) = serve(100, &[OK]);
    let settings = OtlpSettings::default().with_endpoint(url);
    let settings = settings.with_timeout(Duration::from_millis(500));
    let error = send(&settings, &[large(30_000_000)]).unwrap_err().to_string();
    assert!(error.contains("cannot send to"), "{error}");
}

#[test]
fn what_is_not_http_is_not_tried_again() {
    let (url, requests) = serve(100, &["220 mail ready\r\n", OK]);
    let error = send(&OtlpSettings::default().with_endpoint(url), &batch(1)).unwrap_err();
    assert!(error.to_string().ends_with("what it answered is not HTTP/1.1"), "{error}");
    assert_eq!(requests.try_iter().count(), 1);
}

#[test]
fn a_date_in_retry_after_is_kept() {
    // Within the time for the batch, which is then tried again.
    let at = std::time::SystemTime::now() + Duration::from_secs(2);
    let busy = format!(
        "HTTP/1.1 503 Busy\r\nretry-after: {}\r\ncontent-length: 0\r\n\r\n",
        httpdate::fmt_http_date(at)
    );
    let (url, _requests) = serve(100_000, &[&busy, OK]);
    let begin = Instant::now();
    send(&OtlpSettings::default().with_endpoint(url), &batch(1)).unwrap();
    // A date has no fractions of a second.
    assert!(begin.elapsed() >= Duration::from_millis(900), "{:?}", begin.elapsed());
}
