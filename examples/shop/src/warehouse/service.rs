//! Serves the warehouse over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `GET /stock/{id}` | 200 and the number of pieces |
//! | `PUT /reservations/{id}` with a list of pieces | 204; 409 and the item with too few pieces |
//! | `DELETE /reservations/{id}` | 204: the pieces are back on the shelves |
//! | `POST /reservations/{id}/shipment` | 204: the pieces are gone |

use super::pieces::Pieces;
use super::stock::Stock;
use crate::server;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tracing::info;

type Shared = State<Arc<Stock>>;

/// Answers requests until `end`.
pub(crate) async fn serve(
    listener: TcpListener,
    end: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let routes = Router::new()
        .route("/stock/{id}", get(stock))
        .route("/reservations/{id}", put(reserve).delete(release))
        .route("/reservations/{id}/shipment", post(ship))
        .with_state(Arc::default());
    server::serve(listener, routes, end).await
}

async fn stock(State(stock): Shared, Path(item): Path<i64>) -> Json<Pieces> {
    Json(stock.count(item))
}

async fn reserve(
    State(stock): Shared,
    Path(reservation): Path<String>,
    Json(lines): Json<Vec<Pieces>>,
) -> Response {
    match stock.reserve(reservation, lines) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(sold_out) => {
            info!(item.id = sold_out.0.item_id, left = sold_out.0.quantity, "too few pieces");
            (StatusCode::CONFLICT, Json(sold_out.0)).into_response()
        }
    }
}

async fn release(State(stock): Shared, Path(reservation): Path<String>) -> StatusCode {
    stock.release(&reservation);
    StatusCode::NO_CONTENT
}

async fn ship(State(stock): Shared, Path(reservation): Path<String>) -> StatusCode {
    stock.hand_out(&reservation);
    StatusCode::NO_CONTENT
}
