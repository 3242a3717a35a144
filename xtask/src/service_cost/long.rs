//! A long run at the highest rate that the shop serves, with a receiver that keeps everything: whether the traces
//! are complete, or what exactly is missing.

use super::folder;
use crate::Outcome;
use crate::e2e;
use crate::e2e::load::{Asked, Load};
use crate::e2e::receiver::Receiver;
use crate::e2e::shop::Shop;
use crate::support::python::Python;
use serde::Deserialize;
use std::fs;
use std::time::Duration;

/// What of the record has arrived.
#[derive(Debug, Deserialize)]
struct Arrived {
    /// By service, each span once.
    spans: [u64; 2],
    requests: u64,
    /// Requests with the server's span, and with the parent of every span.
    complete: u64,
}

/// Measures, and returns a table in Markdown.
pub(super) fn measure(python: &Python, time: Duration) -> Outcome<String> {
    eprintln!("{} s at saturation", time.as_secs());
    let receiver = Receiver::start(python, &folder())?;
    let url = receiver.http();
    let shop =
        Shop::start(&e2e::programs(), &folder(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)], &[])?;
    let asked = Asked { rate: None, time, connections: 16, is_recorded: true };
    let load = Load::start(&e2e::programs(), &shop.url, &asked, &folder())?;
    let record = load.record().ok_or("no record")?.to_owned();
    let done = load.finish()?;
    if !done.is_good {
        return Err(done.said.into());
    }
    let rest = shop.wait_for_rest()?;
    shop.end()?;
    let arrived = arrived(python, &receiver, &record)?;
    fs::remove_dir_all(receiver.stored())?;

    let [started, dropped] = [rest.books.map(|it| it.started), rest.books.map(|it| it.dropped)];
    let [started, dropped] = [started, dropped].map(|it| it.iter().sum::<u64>());
    let missing = started - arrived.spans.iter().sum::<u64>().min(started);
    if missing != dropped {
        return Err(format!("{missing} spans are missing, but {dropped} were reported").into());
    }
    Ok(format!(
        "{} s at saturation, {:.0} requests per second: of {} requests, {} have their whole trace ({:.2} %). Of \
         {started} spans, {dropped} were dropped, according to the loss report; that number is missing at the receiver. \
         When the load ended, {} jobs were left in the queue; {:.1} s later there were none.\n",
        time.as_secs(),
        done.figures.rate_reached,
        arrived.requests,
        arrived.complete,
        arrived.complete as f64 * 100.0 / arrived.requests as f64,
        rest.backlog,
        rest.took.as_secs_f64()
    ))
}

fn arrived(python: &Python, receiver: &Receiver<'_>, record: &std::path::Path) -> Outcome<Arrived> {
    let program = crate::root().join("xtask/src/service_cost/count.py");
    let count = python.command().arg(program).arg(receiver.stored()).arg(record).output()?;
    if !count.status.success() {
        return Err(String::from_utf8_lossy(&count.stderr).into());
    }
    Ok(serde_json::from_slice(&count.stdout)?)
}
