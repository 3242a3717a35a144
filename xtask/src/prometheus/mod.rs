//! Whether Prometheus, the real one, gets the numbers that were: it scrapes `metered-service` while
//! that is under load, and is then asked what it knows, in the words of autometrics' dashboards and
//! alert rules among others. All of it is compared with what was sent.
//!
//! | file | what it holds |
//! |---|---|
//! | `install.rs` | Prometheus and promtool, unpacked from Debian's package |
//! | `process.rs` | the service and Prometheus, ended whatever happens |
//! | `load.rs` | the requests, and a note of each that was sent |
//! | `expect.rs` | from these notes to the series that there must be |
//! | `api.rs` | questions to Prometheus |
//! | `checks/` | the questions, and which answers are right |
//! | `report.rs` | the table |

mod api;
mod checks;
mod expect;
mod install;
mod load;
mod process;
mod report;

use self::api::Api;
use self::checks::Observed;
use self::expect::Expected;
use self::load::Load;
use self::process::{Prometheus, Service};
use self::report::Report;
use crate::{Outcome, cargo, root, succeed, target};
use std::time::Duration;

/// Before Prometheus runs: what calls cost without it. It also brings all series into being, because
/// what a series begins with is nothing that `rate` knows of.
const ALONE: Duration = Duration::from_secs(6);
/// While it scrapes.
const SCRAPED: Duration = Duration::from_secs(20);

pub(crate) fn run() -> Outcome {
    let Some(tools) = install::tools()? else {
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
    let prometheus = Prometheus::start(&tools, &service.metrics)?;
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
    report.finish()
}
