//! Holds the parts that the handlers of all variants share: the HTTP client, the database, and the work of the functions.

use std::hint::black_box;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, Executor};
use tower::{BoxError, Service, ServiceExt};

/// The client under that of each variant.
pub type PlainClient = hyper_util::client::legacy::Client<HttpConnector, Body>;

/// The statement of [`Route::Full`](super::Route::Full).
pub const STATEMENT: &str = "SELECT quantity FROM items WHERE id = ?";

/// Its summary, which names its span.
pub const SUMMARY: &str = "SELECT items";

const ITEMS: u64 = 100;
const CONNECTIONS: u32 = 4;

/// What the handlers need, with the variant's client.
#[derive(Debug)]
pub struct App<C> {
    /// Sends requests.
    pub client: C,
    /// Host and port of the other service.
    pub stub: String,
    /// The database.
    pub database: SqlitePool,
}

/// Returns a client without telemetry.
pub fn client() -> PlainClient {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}

/// Opens a database in memory. Each connection has its own, with the same content.
pub async fn database() -> sqlx::Result<SqlitePool> {
    let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
    SqlitePoolOptions::new()
        .min_connections(CONNECTIONS)
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute(
                        "CREATE TABLE items (id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL)",
                    )
                    .await?;
                for id in 0..ITEMS as i64 {
                    let insert = sqlx::query("INSERT INTO items VALUES (?, ?)").bind(id);
                    connection.execute(insert.bind(id * 3)).await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await
}

/// Runs the statement.
pub async fn quantity(database: &SqlitePool, id: u64) -> u64 {
    let query = sqlx::query_scalar::<_, i64>(STATEMENT).bind((id % ITEMS) as i64);
    match query.fetch_one(database).await {
        Ok(quantity) => quantity as u64,
        Err(error) => panic!("the statement failed: {error}"),
    }
}

/// Builds a request to the other service.
pub fn request(stub: &str, path: &str) -> Request<Body> {
    match Request::get(format!("http://{stub}{path}")).body(Body::empty()) {
        Ok(request) => request,
        Err(error) => panic!("there is no such address: {error}"),
    }
}

/// Sends a request, and returns the status and the length of the answer.
pub async fn send<S, B>(client: &S, request: Request<Body>) -> (u16, u64)
where
    S: Service<Request<Body>, Response = Response<B>> + Clone,
    S::Error: Into<BoxError>,
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    match answer(client, request).await {
        Ok(answer) => answer,
        Err(error) => panic!("the other service does not answer: {error}"),
    }
}

async fn answer<S, B>(client: &S, request: Request<Body>) -> Result<(u16, u64), BoxError>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone,
    S::Error: Into<BoxError>,
    B: HttpBody,
    B::Error: Into<BoxError>,
{
    let answer = client.clone().oneshot(request).await.map_err(Into::into)?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.map_err(Into::into)?;
    Ok((status, body.to_bytes().len() as u64))
}

/// The work of every function: next to nothing.
pub fn work(id: u64, size: u64, tier: &str) -> u64 {
    black_box(id) ^ black_box(size) ^ tier.len() as u64
}
