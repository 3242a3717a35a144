//! Statements name the place of their database, which need not be there.

use trace_sql::TracedPool;
use trace_sql::sqlx::{self, AnyPool};
use trace_testkit::Capture;

/// Returns options by which connecting soon fails.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn soon<DB: sqlx::Database>() -> sqlx::pool::PoolOptions<DB> {
    sqlx::pool::PoolOptions::new().acquire_timeout(std::time::Duration::from_millis(5))
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;
    use trace_sql::sqlx::Postgres;
    use trace_sql::sqlx::postgres::PgConnectOptions;

    fn options() -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().port(1).username("it/s@me").password("secret")
    }

    fn open(options: PgConnectOptions) -> TracedPool<Postgres> {
        TracedPool::new(soon().connect_lazy_with(options))
    }

    #[trace_testkit::test]
    async fn hosts_and_names_need_not_fit_into_a_url(t: Capture) {
        let pool = open(options().host("::1").database("or ders/é"));
        assert!(sqlx::query("SELECT 1").execute(&pool).await.is_err());
        let span = t.span("SELECT").with("db.system.name", "postgresql");
        let span = span.with("server.address", "::1").with("server.port", 1);
        span.with("db.namespace", "or ders/é").one();
        let duration = t.histogram("db.client.operation.duration").with("server.address", "::1");
        duration.with("server.port", 1).with("db.namespace", "or ders/é").count(1);
        assert!(format!("{pool:?}").contains("\"::1:1/or ders/é\""), "{pool:?}");
    }

    #[trace_testkit::test]
    async fn sockets_are_addresses_without_a_port(t: Capture) {
        for options in [options().host("/nowhere"), options().socket("/nowhere")] {
            assert!(sqlx::query("SELECT 1").execute(&open(options)).await.is_err());
        }
        let span = t.span("SELECT").with("server.address", "/nowhere/.s.PGSQL.1");
        span.has_no("server.port").has_no("db.namespace").count(2);
    }

    #[trace_testkit::test]
    async fn pools_of_any_driver_are_described_by_their_url(t: Capture) {
        sqlx::any::install_default_drivers();
        let url = "postgres://it%2Fs:secret@[::1]:1/or%20ders";
        let pool: AnyPool = soon().connect_lazy(url).unwrap();
        assert!(sqlx::query("SELECT 'secret'").execute(&TracedPool::new(pool)).await.is_err());
        let span = t.span("SELECT").with("db.system.name", "postgresql");
        let span = span.with("server.address", "::1").with("db.namespace", "or ders");
        span.with("db.query.text", "SELECT ?").one();
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    use super::*;
    use trace_sql::sqlx::MySql;
    use trace_sql::sqlx::mysql::MySqlConnectOptions;

    #[trace_testkit::test]
    async fn hosts_and_sockets_are_addresses(t: Capture) {
        let options = MySqlConnectOptions::new().port(1).database("orders").username("a b");
        for options in [options.clone().host("::1"), options.socket("/nowhere/mysql.sock")] {
            let pool: TracedPool<MySql> = TracedPool::new(soon().connect_lazy_with(options));
            assert!(sqlx::query("SELECT 1").execute(&pool).await.is_err());
        }
        let span = t.span("SELECT").with("db.system.name", "mysql").with("db.namespace", "orders");
        span.clone().with("server.address", "::1").with("server.port", 1).one();
        span.with("server.address", "/nowhere/mysql.sock").has_no("server.port").one();
    }
}

#[trace_testkit::test]
async fn files_are_no_place(t: Capture) {
    sqlx::any::install_default_drivers();
    let pool = TracedPool::new(AnyPool::connect("sqlite::memory:").await.unwrap());
    sqlx::query::<sqlx::Any>("SELECT 'secret'").execute(&pool).await.unwrap();
    let span = t.span("SELECT").with("db.system.name", "sqlite").with("db.query.text", "SELECT ?");
    span.has_no("server.address").has_no("db.namespace").one();
}
