//! Serves metrics to Prometheus: a page of text for each request.
//
// | file | contents |
// |---|---|
// | `settings.rs`, `handle.rs`, `scrape.rs` | the program's settings, its handle, and the pages that it gets |
// | `start.rs` | the start of all parts |
// | `scraper.rs` | the reader of the provider, and the thread that collects metrics and writes pages |
// | `negotiate.rs` | the format that a client asks for |
// | `server.rs`, `host.rs` | the endpoint, and the host names that it accepts |
// | `connections.rs` | the connections of the endpoint, and which one gives way to another |

mod connections;
mod handle;
mod host;
mod negotiate;
mod scrape;
mod scraper;
mod server;
mod settings;
mod start;

pub use handle::Prometheus;
pub use scrape::{Scrape, ScrapeError};
pub use settings::PrometheusSettings;

pub(crate) use scraper::omitted;
pub(crate) use start::start;
