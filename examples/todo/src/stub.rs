//! Two AI providers, as far as this program needs them, which answer the same in every run.
//!
//! They have no telemetry, because they stand for services of other companies. What they suggest depends on the text,
//! and so do their failures:
//!
//! | the text contains | happens |
//! |---|---|
//! | `outage` | the first provider answers 503 |
//! | `nonsense` | the first provider answers what is no suggestion |
//! | `blackout` | both answer 503 |

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{env, io};
use tokio::net::TcpListener;

/// The paths of the providers.
pub(crate) const OPENAI: &str = "/v1/chat/completions";
pub(crate) const ANTHROPIC: &str = "/v1/messages";

/// The time after which it answers, unless `TODO_STUB_LATENCY_MS` sets another one.
const LATENCY: Duration = Duration::from_millis(30);
/// The requests that it accepts.
const LIMIT: u64 = 60;

struct Stub {
    latency: Duration,
    left: AtomicU64,
}

/// Starts both providers on a free port of this machine, within this program; returns their address.
pub(crate) async fn start() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let latency = env::var("TODO_STUB_LATENCY_MS").ok().and_then(|text| text.parse().ok());
    let latency = latency.map_or(LATENCY, Duration::from_millis);
    let stub = Arc::new(Stub { latency, left: AtomicU64::new(LIMIT) });
    let routes = Router::new()
        .route(OPENAI, post(openai))
        .route(ANTHROPIC, post(anthropic))
        .with_state(stub);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(url)
}

async fn openai(State(stub): State<Arc<Stub>>, Json(request): Json<Value>) -> Response {
    let text = text(&request);
    if text.contains("outage") || text.contains("blackout") {
        return stub.refuse().await;
    }
    let content = match text.contains("nonsense") {
        true => "I cannot help with that.".to_owned(),
        false => suggestion(text).to_string(),
    };
    let message = json!({ "role": "assistant", "content": content });
    stub.answer(json!({ "model": "gpt-4o-mini", "choices": [{ "message": message }] })).await
}

async fn anthropic(State(stub): State<Arc<Stub>>, Json(request): Json<Value>) -> Response {
    let content = json!([{ "type": "text", "text": suggestion(text(&request)).to_string() }]);
    match text(&request).contains("blackout") {
        true => stub.refuse().await,
        false => stub.answer(json!({ "model": "claude-haiku", "content": content })).await,
    }
}

impl Stub {
    async fn answer(&self, body: Value) -> Response {
        tokio::time::sleep(self.latency).await;
        let left = self.left.fetch_sub(1, Ordering::Relaxed).saturating_sub(1);
        ([("x-ratelimit-remaining-requests", left.to_string())], Json(body)).into_response()
    }

    async fn refuse(&self) -> Response {
        tokio::time::sleep(self.latency).await;
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

fn text(request: &Value) -> &str {
    request["messages"][0]["content"].as_str().unwrap_or_default()
}

fn suggestion(text: &str) -> Value {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let priority = match () {
        () if has(&["today", "urgent", "tax"]) => "high",
        () if has(&["someday", "maybe"]) => "low",
        () => "normal",
    };
    let (category, minutes) = match () {
        () if has(&["buy", "milk", "shop"]) => ("errands", 20),
        () if has(&["call", "mail", "write"]) => ("contacts", 10),
        () if has(&["tax", "report", "pay"]) => ("paperwork", 90),
        () => ("home", 30),
    };
    json!({ "priority": priority, "category": category, "minutes": minutes, "confidence": 0.95 })
}
