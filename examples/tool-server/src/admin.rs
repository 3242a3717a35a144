//! Changes and explains sampling while the server runs, on a port for operators.
//!
//! | request | answer |
//! |---|---|
//! | `PUT /sampling/{configuration}` | 200 and the sampler that is in force now |
//! | `GET /sampling?name=…&tenant=…` | 200 and what is kept of such traces |

use crate::sampling::Sampling;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use serde::Deserialize;
use trace_runtime::SamplingHandle;
use trace_runtime::sampling::SamplingError;
use tracing::info;

/// Returns the routes.
pub(crate) fn routes(sampling: SamplingHandle) -> Router {
    Router::new()
        .route("/sampling", get(explain))
        .route("/sampling/{configuration}", put(change))
        .with_state(sampling)
}

#[derive(Deserialize)]
struct Trace {
    name: String,
    tenant: Option<String>,
}

type Answer = Result<String, (StatusCode, String)>;

async fn change(State(handle): State<SamplingHandle>, Path(sampling): Path<Sampling>) -> Answer {
    sampling.apply(&handle).map_err(refused)?;
    info!(sampling = ?sampling, "sampling has changed");
    handle.sampler().map_err(refused)
}

async fn explain(State(handle): State<SamplingHandle>, Query(trace): Query<Trace>) -> Answer {
    let explanation = handle.explain(&trace.name, trace.tenant.as_deref());
    explanation.map(|it| it.to_string()).map_err(refused)
}

fn refused(error: SamplingError) -> (StatusCode, String) {
    (StatusCode::CONFLICT, error.to_string())
}
