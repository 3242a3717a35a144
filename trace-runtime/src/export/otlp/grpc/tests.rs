use super::*;
use crate::export::otlp::contract::{self, batch, refused, send, start};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tonic::Code;
use trace_testkit::receiver::{Answer, Receiver, Transport};

struct Wire;

impl contract::Wire for Wire {
    type Exporter = OtlpGrpcExporter;
    const TRANSPORT: Transport = Transport::Grpc;

    fn endpoint(receiver: &Receiver) -> String {
        receiver.grpc_endpoint()
    }

    fn exporter(settings: &OtlpSettings) -> Result<OtlpGrpcExporter, InitError> {
        OtlpGrpcExporter::new(settings)
    }

    fn busy() -> Answer {
        Answer::grpc(Code::Unavailable, "busy")
    }
}

contract::promises!(Wire);

#[test]
fn a_receiver_that_is_not_there_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings =
        OtlpSettings::default().with_endpoint(format!("http://me:secret@127.0.0.1:{port}"));
    let settings = settings.with_timeout(Duration::from_secs(2));
    let error = send::<Wire>(&settings, &batch(1)).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot send to http://127.0.0.1:{port}: ")), "{error}");
    assert!(error.contains("Connection refused"), "{error}");
}

#[test]
fn what_may_be_repeated_is_repeated() {
    let (receiver, settings) = start::<Wire>();
    let pause = Duration::from_millis(1);
    receiver.respond_with(Answer::grpc(Code::Unavailable, "busy").once());
    let exhausted = Answer::grpc(Code::ResourceExhausted, "slow down").with_retry_after(pause);
    receiver.respond_with(exhausted.once());
    receiver.respond_with(Answer::close().once());
    send::<Wire>(&settings, &batch(2)).unwrap();
    assert_eq!((receiver.requests().len(), receiver.spans().len()), (4, 2));
}

#[test]
fn what_may_not_be_repeated_is_told() {
    let (receiver, settings) = start::<Wire>();
    let refused = [
        (Answer::grpc(Code::Unauthenticated, "token expired"), "Unauthenticated: token expired"),
        // Without a time to come back, this means never.
        (Answer::grpc(Code::ResourceExhausted, "too much"), "ResourceExhausted: too much"),
    ];
    for (at, (answer, expected)) in refused.into_iter().enumerate() {
        receiver.respond_with(answer.once());
        let error = send::<Wire>(&settings, &batch(1)).unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
        assert_eq!(error.lost(), None);
        assert_eq!(receiver.requests().len(), at + 1, "not repeated");
    }
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    let (receiver, settings) = start::<Wire>();
    let pause = Duration::from_millis(700);
    receiver.respond_with(Answer::grpc(Code::Unavailable, "busy").with_retry_after(pause).once());
    let begun = Instant::now();
    send::<Wire>(&settings, &batch(1)).unwrap();
    assert!(begun.elapsed() >= pause, "{:?}", begun.elapsed());
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn it_works_within_a_runtime_of_the_program() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        // Only created and dropped here; exports happen on a separate thread.
        drop(OtlpGrpcExporter::new(&OtlpSettings::default()).unwrap());
    });
}

#[test]
fn an_endpoint_is_a_url() {
    let settings = OtlpSettings::default().with_endpoint("not a url");
    assert!(refused::<Wire>(&settings).contains("not a url"));
}

#[cfg(feature = "tls")]
mod tls {
    use super::*;

    #[test]
    fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
        let receiver = Receiver::builder().with_tls().start().unwrap();
        let settings = contract::to::<Wire>(&receiver).with_timeout(Duration::from_secs(1));
        let error = send::<Wire>(&settings, &batch(1)).unwrap_err().to_string();
        assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        assert!(receiver.spans().is_empty());
    }
}

/// Forwards connections to a receiver; returns the URL to use instead, and the number of connections.
fn counted(receiver: &Receiver) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let address = receiver.grpc_endpoint().replace("http://", "");
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            count.fetch_add(1, Ordering::Relaxed);
            let client = client.unwrap();
            let server = TcpStream::connect(&address).unwrap();
            let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            for (mut from, mut to) in [(from, to), (server, client)] {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    (url, connections)
}

#[test]
fn signals_share_a_connection() {
    const REQUESTS: usize = 20;
    let receiver = Receiver::start().unwrap();
    let (url, connections) = counted(&receiver);
    let settings = OtlpSettings::default().with_endpoint(url);
    // One of them stays while the others come and go.
    let mut first = GrpcSender::new(&settings, Signal::Traces).unwrap();
    let deadline = first.deadline();
    first.send(0, b"", deadline).unwrap();
    std::thread::scope(|scope| {
        for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
            let settings = &settings;
            scope.spawn(move || {
                let mut sender = GrpcSender::new(settings, signal).unwrap();
                for _ in 0..REQUESTS {
                    sender.send(0, b"", sender.deadline()).unwrap();
                }
            });
        }
    });
    first.send(0, b"", deadline).unwrap();
    assert_eq!(receiver.requests().len(), 3 * REQUESTS + 2);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    // The last one closes it.
    drop(first);
    let mut next = GrpcSender::new(&settings, Signal::Traces).unwrap();
    next.send(0, b"", deadline).unwrap();
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}
