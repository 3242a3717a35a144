//! Tests receivers that misbehave on demand.

use super::client::*;
use prost::Message;
use std::time::{Duration, Instant};
use tonic::Code;
use tonic_types::StatusExt;
use trace_testkit::receiver::{Answer, Receiver, Signal};

#[test]
fn rejections_take_turns_and_end() {
    let receiver = Receiver::start().unwrap();
    let pause = Duration::from_millis(1_200);
    receiver.respond_with(Answer::status(503).times(2));
    receiver
        .respond_with(Answer::status(429).with_retry_after(pause).with_message("slow down").once());
    let message = spans(&["charge"]);
    let statuses: Vec<_> =
        (0..2).map(|_| post_protobuf(&receiver, &message).status().as_u16()).collect();
    assert_eq!(statuses, [503, 503]);
    let mut reply = post_protobuf(&receiver, &message);
    assert_eq!(reply.status(), 429);
    assert_eq!(reply.headers()["retry-after"], "2", "never less than was asked for");
    let body = reply.body_mut().read_to_vec().unwrap();
    assert_eq!(tonic_types::Status::decode(&body[..]).unwrap().message, "slow down");
    assert!(receiver.spans().is_empty());

    assert_eq!(post_protobuf(&receiver, &message).status(), 200);
    assert_eq!(names(&receiver), ["charge"]);
    let refused: Vec<_> = receiver.requests().into_iter().map(|seen| seen.refused).collect();
    assert_eq!(refused[0].as_deref(), Some("rejected with status 503, as scripted"));
    assert_eq!(refused[3], None);
}

#[test]
fn an_answer_without_a_count_lasts_until_normal_operation() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::grpc(Code::Unauthenticated, "who are you?"));
    let message = spans(&["charge"]);
    for _ in 0..3 {
        assert_eq!(post_protobuf(&receiver, &message).status(), 401);
    }
    receiver.respond_normally();
    assert_eq!(post_protobuf(&receiver, &message).status(), 200);
}

#[test]
fn grpc_statuses_and_their_details() {
    let receiver = Receiver::start().unwrap();
    let pause = Duration::from_millis(30);
    receiver.respond_with(Answer::grpc(Code::Unavailable, "busy").with_retry_after(pause).once());
    receiver.respond_with(Answer::status(503).once());
    receiver.respond_with(Answer::partial_success(1, "too old").once());
    runtime().block_on(async {
        let mut client = grpc(&receiver).await;
        let status = client.export(spans(&["charge"])).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unavailable, "busy"));
        assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(pause));
        // As a proxy in between would answer.
        let status = client.export(spans(&["charge"])).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        let response = client.export(spans(&["charge", "ship"])).await.unwrap().into_inner();
        let partial = response.partial_success.unwrap();
        assert_eq!((partial.rejected_spans, &*partial.error_message), (1, "too old"));
    });
    assert_eq!(names(&receiver), ["charge"]);
    assert_eq!(receiver.requests()[2].taken, 1);
    assert_eq!(receiver.requests()[2].refused.as_deref(), Some("1 rejected, as scripted"));
}

#[test]
fn connections_are_closed_without_an_answer() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::close().times(2));
    let kind = [("content-type", "application/x-protobuf")];
    let body = spans(&["charge"]).encode_to_vec();
    post(&receiver.http_endpoint(Signal::Traces), &kind, &body).unwrap_err();
    runtime().block_on(async {
        let mut client = grpc(&receiver).await;
        client.export(spans(&["charge"])).await.unwrap_err();
        client.export(spans(&["charge"])).await.unwrap();
    });
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn a_delay_is_kept_and_a_hanging_answer_can_be_released() {
    let receiver = Receiver::start().unwrap();
    let delay = Duration::from_millis(30);
    receiver.respond_with(Answer::accept().with_delay(delay).once());
    let begun = Instant::now();
    assert_eq!(post_protobuf(&receiver, &spans(&["late"])).status(), 200);
    assert!(begun.elapsed() >= delay);

    receiver.respond_with(Answer::hang().once());
    std::thread::scope(|scope| {
        let client = scope.spawn(|| post_protobuf(&receiver, &spans(&["hung"])).status());
        receiver.wait_for(|receiver| receiver.requests().len() == 2, PATIENCE);
        receiver.wait_for(|receiver| receiver.requests()[1].refused.is_some(), PATIENCE);
        assert_eq!(names(&receiver), ["late"]);
        receiver.respond_normally();
        assert_eq!(client.join().unwrap(), 200);
    });
    assert_eq!(names(&receiver), ["late", "hung"]);
    assert_eq!(receiver.requests()[1].refused, None);
}

#[test]
#[should_panic(
    expected = "the expected telemetry did not arrive within 10ms; the receiver got 0 spans, 0 metrics \
                and 0 log records in 1 requests\n  POST /v1/traces: rejected with status 503, as scripted"
)]
fn a_timeout_lists_the_received_spans() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::status(503));
    post_protobuf(&receiver, &spans(&["charge"]));
    receiver.wait_for(|receiver| !receiver.spans().is_empty(), Duration::from_millis(10));
}

#[test]
#[should_panic(
    expected = "in 0 requests\nnote: it got no request: is the program started with `envs(t.env())`, and \
                does it shut its telemetry down before it ends?"
)]
fn a_timeout_without_requests_hints_at_the_cause() {
    let t = Receiver::start().unwrap();
    t.wait_for(|t| !t.spans().is_empty(), Duration::from_millis(1));
}
