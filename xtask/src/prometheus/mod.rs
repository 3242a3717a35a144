//! Whether Prometheus, the real one, gets the numbers that were: it scrapes `metered-service` while
//! that is under load, and is then asked what it knows, in the words of autometrics' dashboards and
//! alert rules among others. All of it is compared with what was sent.
//!
//! | file | what it holds |
//! |---|---|
//! | `service.rs` | the service, ended whatever happens |
//! | `load.rs` | the requests, and a note of each that was sent |
//! | `expect.rs` | from these notes to the series that there must be |
//! | `checks/` | the questions, and which answers are right |

mod checks;
mod expect;
mod load;
mod service;

use self::checks::Observed;
use self::expect::Expected;
use self::load::Load;
use self::service::Service;
use crate::support::api::{self, Api};
use crate::support::debian;
use crate::support::prometheus::Prometheus;
use crate::support::report::Report;
use crate::{Outcome, cargo, root, succeed, target};
use std::path::PathBuf;
use std::time::Duration;

/// Before Prometheus runs: what calls cost without it. It also brings all series into being, because
/// what a series begins with is nothing that `rate` knows of.
const ALONE: Duration = Duration::from_secs(6);
/// While it scrapes.
const SCRAPED: Duration = Duration::from_secs(20);

/// Where everything goes that a run leaves behind.
fn folder() -> PathBuf {
    target("prometheus")
}

pub(crate) fn run() -> Outcome {
    let Some(tools) = debian::tools()? else {
        println!(
            "skipped: Prometheus comes from Debian's package, and here is no apt-get or dpkg-deb"
        );
        return Ok(());
    };
    let build = ["build", "--release", "--package", "trace-examples", "--bin", "metered-service"];
    succeed(cargo().current_dir(root()).args(build))?;
    let program = target("release").join("metered-service");
    let catalog = Service::catalog(&program)?;

    let service = Service::start(&program)?;
    let load = Load::new(&service.shop);
    eprintln!("{} s of load, not scraped", ALONE.as_secs());
    let alone = load.run(ALONE)?;
    let prometheus = Prometheus::start(&tools, &folder(), &[("shop", &*service.metrics)], None)?;
    let api = Api::new(&prometheus.url);
    // A window that `rate` looks at begins and ends with a sample at which nothing happens.
    api.wait_for_scrape()?;
    let begin = api::now();
    api.wait_for_scrape()?;
    eprintln!("{} s of load, scraped every second", SCRAPED.as_secs());
    let scraped = load.run(SCRAPED)?;
    let last = load.settle()?;
    api.wait_for_scrape()?;
    let end = api::now();

    let all = || alone.iter().chain(&scraped).chain(&last);
    let observed = Observed {
        tools: &tools,
        api: &api.at(end),
        log: &prometheus.log()?,
        metrics: &service.metrics,
        catalog: &catalog,
        window: end - begin,
        total: &Expected::of(all()),
        during: &Expected::of(scraped.iter().chain(&last)),
        alone: &alone,
        scraped: &scraped,
    };
    let mut report = Report::default();
    checks::check(&observed, &mut report)?;
    println!("{} requests, {} of them while Prometheus scraped\n", all().count(), scraped.len());
    report.finish(["checked", "sent", "Prometheus", ""])
}
