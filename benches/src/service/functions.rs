//! Defines the eleven functions and both handlers, so that all variants run the same code.

/// Defines the functions with the variant's attribute, and `router`, which serves them.
///
/// The names of the parameters come from the caller: attributes find only names that were written beside them.
/// The caller also defines `Client`, `ask`, which sends a request, and `find`, which runs the statement.
macro_rules! functions {
    (($id:ident, $size:ident, $tier:ident) $(#[$attribute:meta])?) => {
        $(#[$attribute])?
        async fn order($id: u64, $size: u64, $tier: &str) -> u64 {
            let valid = validate($id, $size, $tier);
            let cart = cart($id, $size, $tier).await;
            let taxed = tax($id, cart, $tier);
            let reserved = reserve($id, taxed, $tier);
            let charged = charge($id, reserved, $tier).await;
            tracing::info!(order.id = $id, order.tier = $tier, "order taken");
            receipt(valid, charged, $tier)
        }

        $(#[$attribute])?
        fn validate($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        $(#[$attribute])?
        async fn cart($id: u64, $size: u64, $tier: &str) -> u64 {
            let priced = price($id, $size, $tier);
            tracing::info!(cart.id = $id, cart.size = $size, "cart priced");
            discount($id, priced, $tier)
        }

        $(#[$attribute])?
        fn price($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        $(#[$attribute])?
        fn discount($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        $(#[$attribute])?
        fn tax($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        $(#[$attribute])?
        fn reserve($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        $(#[$attribute])?
        async fn charge($id: u64, $size: u64, $tier: &str) -> u64 {
            let authorized = authorize($id, $size, $tier);
            tokio::task::yield_now().await;
            capture($id, authorized, $tier)
        }

        $(#[$attribute])?
        fn authorize($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        $(#[$attribute])?
        fn capture($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        $(#[$attribute])?
        fn receipt($id: u64, $size: u64, $tier: &str) -> u64 {
            work($id, $size, $tier)
        }

        async fn plain(axum::extract::Path(id): axum::extract::Path<u64>) -> String {
            order(id, 4096, "gold").await.to_string()
        }

        async fn full(
            axum::extract::State(app): axum::extract::State<std::sync::Arc<App<Client>>>,
            axum::extract::Path(id): axum::extract::Path<u64>,
        ) -> String {
            let placed = order(id, 4096, "gold").await;
            let stock = ask(&app, "/stock").await;
            let found = find(&app.database, id).await;
            let price = ask(&app, "/price").await;
            (placed ^ stock ^ found ^ price).to_string()
        }

        fn router(app: App<Client>) -> axum::Router {
            axum::Router::new()
                .route("/plain/{id}", axum::routing::get(plain))
                .route("/full/{id}", axum::routing::get(full))
                .with_state(std::sync::Arc::new(app))
        }
    };
}

pub(super) use functions;
