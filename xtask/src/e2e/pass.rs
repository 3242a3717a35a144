//! One run of shop, load and receivers, from a new database to the end of the shop.

use super::decoded::Decoded;
use super::install::Parts;
use super::load::{Asked, Done, Load};
use super::receiver::Receiver;
use super::rotel::Rotel;
use super::shop::{Books, Shop};
use super::{folder, page::Page};
use crate::support::api::{self, Api};
use crate::support::prometheus::Prometheus;
use crate::{Outcome, deploy};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How the telemetry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By that protocol to a Collector, which sends it on to the receiver.
    Collector(&'static str),
    /// By HTTP to the receiver itself, which is killed for a third of the time. So nothing is lost on the way
    /// of which the shop cannot know.
    Outage,
}

pub(super) struct Pass<'a> {
    pub(super) name: &'static str,
    /// The folder of the shop and the load generator.
    pub(super) programs: &'a Path,
    pub(super) way: Way,
    pub(super) time: Duration,
    pub(super) rate: u32,
}

/// All that a run has brought.
pub(super) struct Observed {
    pub(super) name: &'static str,
    pub(super) load: Done,
    pub(super) decoded: Decoded,
    /// What the services reported of their spans when all was done; the shop first.
    pub(super) books: [Books; 2],
    /// The pages of metrics at the same time.
    pub(super) pages: [Page; 2],
    /// What the shop has written to stderr.
    pub(super) said: String,
    /// Where its logs are.
    pub(super) log: PathBuf,
    pub(super) database: PathBuf,
    pub(super) api: Api,
    /// Alive, for more questions.
    _prometheus: Prometheus,
}

impl Pass<'_> {
    pub(super) fn run(&self, parts: &Parts) -> Outcome<Observed> {
        eprintln!(
            "{}: {} s of load, {} requests a second",
            self.name,
            self.time.as_secs(),
            self.rate
        );
        let folder = folder().join(self.name);
        fs::create_dir_all(&folder)?;
        let mut receiver = Receiver::start(&parts.python, &folder)?;
        let rotel = match self.way {
            Way::Collector(_) => Some(Rotel::start(&parts.python, &receiver, &folder)?),
            Way::Outage => None,
        };
        let (protocol, endpoint) = match (self.way, &rotel) {
            (Way::Collector("grpc"), Some(rotel)) => ("grpc", rotel.grpc.clone()),
            (_, Some(rotel)) => ("http/protobuf", rotel.http.clone()),
            (_, None) => ("http/protobuf", receiver.http()),
        };
        let mut env = vec![
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_LOGS_EXPORTER", "otlp,json"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "2000"),
            ("OTEL_RESOURCE_ATTRIBUTES", RESOURCE),
            // What is left on stderr is about losses.
            ("TRACE_RUNTIME_STARTUP_LINE", "false"),
        ];
        if self.way == Way::Outage {
            // So short that it must overflow.
            env.push(("OTEL_BSP_MAX_QUEUE_SIZE", "2048"));
            env.push(("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"));
        }
        let shop = Shop::start(self.programs, &folder, &env, &[])?;
        let jobs = shop.services();
        let rules = deploy::folder().join("prometheus/alerts.yml");
        let prometheus =
            Prometheus::start(&parts.prometheus, &folder.join("prometheus"), &jobs, Some(&rules))?;
        let api = Api::new(&prometheus.url);
        api.wait_for_scrape()?;

        let load = self.load(&shop, &mut receiver, &folder)?;
        let books = shop.wait_for_rest()?.books;
        api.wait_for_scrape()?;
        // Once a service is gone, so are its series.
        let api = api.at(api::now());
        let pages = shop.pages()?;
        let (log, database) = (shop.log(), shop.database.clone());
        let said = shop.end()?;
        wait_for_quiet(&receiver)?;
        let decoded = Decoded::read(&parts.python, &receiver, &folder)?;
        let name = self.name;
        Ok(Observed {
            name,
            load,
            decoded,
            books,
            pages,
            said,
            log,
            database,
            api,
            _prometheus: prometheus,
        })
    }

    fn load(&self, shop: &Shop, receiver: &mut Receiver<'_>, folder: &Path) -> Outcome<Done> {
        let asked =
            Asked { rate: Some(self.rate), time: self.time, connections: 16, is_recorded: true };
        let load = Load::start(self.programs, &shop.url, &asked, folder)?;
        if self.way == Way::Outage {
            sleep(self.time / 3);
            receiver.kill();
            sleep(self.time / 3);
            receiver.start_again()?;
        }
        load.finish()
    }
}

/// The resource attributes of both services.
pub(super) const RESOURCE: &str = "deployment.environment.name=e2e,service.namespace=shop";

/// Waits until nothing comes any more: the Collector collects for a moment before it sends on.
fn wait_for_quiet(receiver: &Receiver<'_>) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(15);
    let (mut last, mut since) = (receiver.received()?, Instant::now());
    while since.elapsed() < Duration::from_secs(1) {
        sleep(Duration::from_millis(50));
        let received = receiver.received()?;
        if received != last {
            (last, since) = (received, Instant::now());
        }
        if Instant::now() > deadline {
            return Err("the receiver does not come to rest".into());
        }
    }
    Ok(())
}
