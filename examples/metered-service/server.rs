//! Serves the shop over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `POST /checkout?tier=pro&items=2&price=1999&ms=20` | 200 and the amount paid |
//! | … `&fault=sold_out`, `declined`, `panic` | 409, 402, 500 |
//! | `GET /search?hits=3&ms=15` | 200 and the number of hits |
//! | … `&deadline=10` | 504 after that number of milliseconds |
//! | `POST /sessions`, `DELETE /sessions` | 204 |
//! | `PUT /stock?items=100` | 204 |

use crate::shop::{self, Order, Refused};
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use serde::Deserialize;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Starts serving requests on loopback; returns the address.
pub(crate) async fn start() -> io::Result<SocketAddr> {
    let router = Router::new()
        .route("/checkout", post(checkout))
        .route("/search", get(search))
        .route("/sessions", post(log_in).delete(log_out))
        .route("/stock", put(restock));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}

async fn checkout(Query(order): Query<Order>) -> (StatusCode, String) {
    // In a separate task, so that a request that panics gets an answer too.
    match tokio::spawn(shop::checkout(order)).await {
        Ok(Ok(receipt)) => (StatusCode::OK, receipt.paid.to_string()),
        Ok(Err(refused)) => {
            let status = match refused {
                Refused::SoldOut => StatusCode::CONFLICT,
                Refused::Declined => StatusCode::PAYMENT_REQUIRED,
            };
            (status, refused.to_string())
        }
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    }
}

#[derive(Deserialize)]
struct Search {
    hits: u64,
    ms: u64,
    /// In milliseconds.
    deadline: Option<u64>,
}

async fn search(Query(Search { hits, ms, deadline }): Query<Search>) -> (StatusCode, String) {
    let deadline = deadline.map_or(Duration::MAX, Duration::from_millis);
    match timeout(deadline, shop::search(hits, ms)).await {
        Ok(found) => (StatusCode::OK, found.len().to_string()),
        Err(_) => (StatusCode::GATEWAY_TIMEOUT, String::new()),
    }
}

async fn log_in() -> StatusCode {
    shop::log_in();
    StatusCode::NO_CONTENT
}

async fn log_out() -> StatusCode {
    shop::log_out();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Stock {
    items: u64,
}

async fn restock(Query(stock): Query<Stock>) -> StatusCode {
    shop::restock(stock.items);
    StatusCode::NO_CONTENT
}
