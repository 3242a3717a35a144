//! Tests that the receiver works under any runtime, and that dropping it does not block.

use super::client::*;
use std::time::{Duration, Instant};
use trace_testkit::receiver::{Answer, Receiver};

#[tokio::test]
async fn in_a_current_thread_runtime() {
    in_a_runtime().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_multi_thread_runtime() {
    in_a_runtime().await;
}

async fn in_a_runtime() {
    let receiver = Receiver::start().unwrap();
    grpc(&receiver).await.export(spans(&["charge"])).await.unwrap();
    // Blocking the only thread of the runtime does no harm: the receiver has its own.
    post_protobuf(&receiver, &spans(&["ship"]));
    assert_eq!(receiver.spans().len(), 2);
    drop(receiver);
}

#[test]
fn dropping_it_does_not_wait_for_clients() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::hang());
    let idle = std::net::TcpStream::connect(receiver.address()).unwrap();
    let (url, body) = (receiver.http_endpoint(trace_testkit::receiver::Signal::Traces), [0; 0]);
    let client = std::thread::spawn(move || post(&url, &[], &body).map(drop));
    receiver.wait_for(|receiver| receiver.requests().len() == 1, PATIENCE);
    let begun = Instant::now();
    drop(receiver);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    client.join().unwrap().unwrap_err();
    drop(idle);
}

#[test]
fn many_at_once_do_not_mix() {
    std::thread::scope(|scope| {
        for lane in 0..8 {
            scope.spawn(move || {
                let receiver = Receiver::start().unwrap();
                let name = format!("lane {lane}");
                for _ in 0..5 {
                    post_protobuf(&receiver, &spans(&[&name]));
                }
                assert_eq!(names(&receiver), vec![name; 5]);
            });
        }
    });
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let receiver = Receiver::start().unwrap();
    let error = Receiver::builder().with_port(receiver.address().port()).start().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}
