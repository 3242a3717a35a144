//! The upstream API: a stub with latency and failures, which are the same in every run.
//!
//! | request | answer |
//! |---|---|
//! | `GET /properties?contract=…` | 200 and the properties of a contract |
//! | `POST /properties/{id}/activations` | 201 and a reference |
//! | `PUT /zones/{zone}/records` | 201 and a reference; 409 for zones that end with `.locked` |
//! | `POST /certificates/{id}/renewals` | 201 and a reference |
//!
//! It has no telemetry: it stands for a service of another company.

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Every request with a multiple of this number fails …
const FAILS: u64 = 20;
/// … and every one with a multiple of this number is slow …
const SLOW: u64 = 50;
/// … by this factor.
const SLOWNESS: u32 = 40;

/// A property of a customer: a site that the upstream service delivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// The identifier that the upstream API gives a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reference {
    pub(crate) reference: String,
}

#[derive(Deserialize)]
struct Contract {
    contract: String,
}

#[derive(Debug)]
struct Stub {
    latency: Duration,
    requests: AtomicU64,
    references: AtomicU64,
}

/// Returns the routes of the stub, which answers after `latency`, most of the time.
pub(crate) fn routes(latency: Duration) -> Router {
    let stub = Stub { latency, requests: AtomicU64::new(0), references: AtomicU64::new(0) };
    let stub = Arc::new(stub);
    Router::new()
        .route("/properties", get(properties))
        .route("/properties/{id}/activations", post(accept))
        .route("/zones/{zone}/records", put(change))
        .route("/certificates/{id}/renewals", post(accept))
        .layer(from_fn_with_state(stub.clone(), misbehave))
        .with_state(stub)
}

async fn misbehave(State(stub): State<Arc<Stub>>, request: Request, next: Next) -> Response {
    let number = 1 + stub.requests.fetch_add(1, Ordering::Relaxed);
    let factor = if number.is_multiple_of(SLOW) { SLOWNESS } else { 1 };
    tokio::time::sleep(stub.latency * factor).await;
    match number.is_multiple_of(FAILS) {
        true => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        false => next.run(request).await,
    }
}

async fn properties(Query(Contract { contract }): Query<Contract>) -> Json<Vec<Property>> {
    let property = |number| Property {
        id: format!("prp_{contract}_{number}"),
        name: format!("www{number}.{contract}.test"),
    };
    Json((1..=3).map(property).collect())
}

async fn change(state: State<Arc<Stub>>, Path(zone): Path<String>) -> Response {
    match zone.ends_with(".locked") {
        true => StatusCode::CONFLICT.into_response(),
        false => accept(state).await.into_response(),
    }
}

async fn accept(State(stub): State<Arc<Stub>>) -> (StatusCode, Json<Reference>) {
    let number = 1 + stub.references.fetch_add(1, Ordering::Relaxed);
    (StatusCode::CREATED, Json(Reference { reference: format!("ref_{number}") }))
}
