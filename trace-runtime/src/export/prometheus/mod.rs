//! Shows metrics to Prometheus: a page of text for each request.
//
// | file | contents |
// |---|---|
// | `settings.rs`, `handle.rs`, `scrape.rs` | what the program sets, holds and gets |
// | `start.rs` | the start of all parts |
// | `scraper.rs` | the reader of the provider, and the thread that collects and writes |
// | `negotiate.rs` | the format that a client asks for |
// | `server.rs`, `host.rs` | the endpoint, and the names by which it may be asked |
// | `connections.rs` | the connections of the endpoint, and which one makes way for another |

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
