//! Serves the shop over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `POST /login` with name and password | 200 and a token; 401, 429 after too many wrong ones |
//! | `GET /items?query=lamp&page=1` | 200 |
//! | `GET /items/{id}` | 200; 404 |
//! | `POST /orders` with lines of item and quantity | 201; 401, 403, 404, 409 sold out, 422 |
//! | `GET /orders/{id}` | 200; 401, 404 |
//! | `POST /orders/{id}/cancel` | 200; 401, 404, 409 too late |
//! | `GET /admin/report` | 200; 401, 403 |
//!
//! Handlers have no spans: the layer of `server.rs` records one for each request, named after the
//! route, and the functions that they call record the rest.

use crate::auth::{self, Credentials, LoggedIn};
use crate::catalogue::{Catalogue, Item};
use crate::database::{Database, ItemRow, ReportRow, User};
use crate::error::Error;
use crate::orders::{Cart, Order, Orders};
use crate::throttle::Throttle;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use std::net::SocketAddr;

/// The dependencies of handlers.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) database: Database,
    pub(crate) catalogue: Catalogue,
    pub(crate) orders: Orders,
    pub(crate) throttle: Throttle,
}

type Answer<T> = Result<Json<T>, Error>;
type Body<T> = Result<Json<T>, JsonRejection>;
type Id = Result<Path<i64>, PathRejection>;

pub(crate) fn routes(shop: Shop) -> Router {
    let for_users = Router::new()
        .route("/orders", post(place_order))
        .route("/orders/{id}", get(order))
        .route("/orders/{id}/cancel", post(cancel_order))
        .route("/admin/report", get(report))
        .route_layer(from_fn_with_state(shop.database.clone(), auth::require_login));
    Router::new()
        .route("/login", post(log_in))
        .route("/items", get(items))
        .route("/items/{id}", get(item))
        .merge(for_users)
        .fallback(async || Error::UnknownPage)
        .with_state(shop)
}

async fn log_in(
    State(shop): State<Shop>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    body: Body<Credentials>,
) -> Answer<LoggedIn> {
    let Json(credentials) = body?;
    Ok(Json(auth::log_in(&shop.database, &shop.throttle, client.ip(), credentials).await?))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    query: String,
    #[serde(default = "first")]
    page: u32,
}

fn first() -> u32 {
    1
}

async fn items(
    State(shop): State<Shop>,
    search: Result<Query<Search>, QueryRejection>,
) -> Answer<Vec<ItemRow>> {
    let Query(Search { query, page }) = search?;
    Ok(Json(shop.catalogue.search(&query, page).await?))
}

async fn item(State(shop): State<Shop>, id: Id) -> Answer<Item> {
    let Path(id) = id?;
    Ok(Json(shop.catalogue.item(id).await?))
}

async fn place_order(
    State(shop): State<Shop>,
    Extension(user): Extension<User>,
    body: Body<Cart>,
) -> Result<impl IntoResponse, Error> {
    let Json(cart) = body?;
    let order = shop.orders.place(&user, cart).await?;
    let location = [(header::LOCATION, format!("/orders/{}", order.order.id))];
    Ok((StatusCode::CREATED, location, Json(order)))
}

async fn order(
    State(shop): State<Shop>,
    Extension(user): Extension<User>,
    id: Id,
) -> Answer<Order> {
    let Path(id) = id?;
    Ok(Json(shop.orders.find(&user, id).await?))
}

async fn cancel_order(
    State(shop): State<Shop>,
    Extension(user): Extension<User>,
    id: Id,
) -> Answer<Order> {
    let Path(id) = id?;
    Ok(Json(shop.orders.cancel(&user, id).await?))
}

async fn report(
    State(shop): State<Shop>,
    Extension(user): Extension<User>,
) -> Answer<Vec<ReportRow>> {
    Ok(Json(shop.orders.report(&user).await?))
}
