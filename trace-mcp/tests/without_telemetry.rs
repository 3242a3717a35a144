//! Tests that a handler works in a program without telemetry.

use rmcp::ServiceExt;
use rmcp::handler::server::ServerHandler;
use trace_mcp::{TracedHandler, rmcp};

struct Nothing;

impl ServerHandler for Nothing {}

#[tokio::test(flavor = "current_thread")]
async fn a_handler_works_without_telemetry() {
    let (near, far) = tokio::io::duplex(4096);
    let handler = TracedHandler::new(Nothing).with_baggage("tenant", |_| Some("acme".into()));
    tokio::spawn(async move { handler.serve(far).await.unwrap().waiting().await });
    let client = ().serve(near).await.unwrap();
    let unknown = client.list_all_tools().await.unwrap_err();
    assert!(unknown.to_string().contains("-32601"), "{unknown}");
}
