//! The data of a realistic span: a server's, with twelve attributes of which eight are strings, and an event.

use std::hint::black_box;

/// The key of the event's one attribute.
pub const EVENT_KEY: &str = "cache.key";

/// The name of the event.
pub const EVENT: &str = "cache.miss";

/// What a server knows about a request. The first three strings come from fixed lists, the others from the
/// request.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// `http.request.method`
    pub method: &'static str,
    /// `url.scheme`
    pub scheme: &'static str,
    /// `network.protocol.version`
    pub version: &'static str,
    /// `http.route`
    pub route: &'a str,
    /// `url.path`
    pub path: &'a str,
    /// `server.address`
    pub server: &'a str,
    /// `client.address`
    pub client: &'a str,
    /// `user_agent.original`
    pub agent: &'a str,
    /// `server.port`
    pub port: i64,
    /// `http.response.status_code`
    pub status: i64,
    /// `http.request.body.size`
    pub received: i64,
    /// `http.response.body.size`
    pub sent: i64,
}

impl Exchange<'static> {
    /// Returns a request that the compiler knows nothing about.
    #[inline(always)]
    pub fn of(id: u64, size: u64) -> Self {
        Self {
            method: black_box("GET"),
            scheme: black_box("http"),
            version: black_box("1.1"),
            route: black_box("/users/{id}/orders"),
            path: black_box("/users/4711/orders"),
            server: black_box("shop.example.org"),
            client: black_box("203.0.113.17"),
            agent: black_box(
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ),
            port: black_box(8080),
            status: black_box(200),
            received: id as i64,
            sent: size as i64,
        }
    }
}
