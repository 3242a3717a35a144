//! Sends requests of three customers, of which one is noisy, and reports how they were served.

use crate::settings::LoadSettings;
use crate::tenants;
use hdrhistogram::Histogram;
use reqwest::Client;
use serde_json::{Value, json};
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// The requests of one customer.
struct Served {
    customer: &'static str,
    /// Times in microseconds.
    times: Histogram<u64>,
    failures: u64,
}

/// Runs the load, and prints a table.
pub(crate) async fn run(settings: LoadSettings) -> Result<(), Box<dyn Error>> {
    let end = Instant::now() + Duration::from_secs(settings.seconds);
    let mut sending = JoinSet::new();
    for customer in tenants::ALL {
        let senders = if customer == tenants::NOISY { settings.noise } else { 1 };
        for sender in 0..senders {
            sending.spawn(send(customer, sender, settings.url.clone(), end));
        }
    }
    let mut all: Vec<Served> =
        tenants::ALL.into_iter().map(Served::new).collect::<Result<_, _>>()?;
    while let Some(served) = sending.join_next().await {
        let served = served?.map_err(|error| error.to_string())?;
        if let Some(of_customer) = all.iter_mut().find(|all| all.customer == served.customer) {
            of_customer.times.add(&served.times)?;
            of_customer.failures += served.failures;
        }
    }
    if settings.json {
        let requests: u64 = all.iter().map(|served| served.times.len()).sum();
        let failures: u64 = all.iter().map(|served| served.failures).sum();
        println!("{}", json!({ "requests": requests, "failures": failures }));
        return Ok(());
    }
    println!(
        "{:<10}{:>12}{:>10}{:>10}{:>10}",
        "customer", "requests/s", "failed", "p50, ms", "p99, ms"
    );
    for Served { customer, times, failures } in &all {
        let millis = |quantile| times.value_at_quantile(quantile) as f64 / 1_000.0;
        println!(
            "{customer:<10}{:>12.1}{:>9.2}%{:>10.2}{:>10.2}",
            times.len() as f64 / settings.seconds as f64,
            100.0 * *failures as f64 / times.len().max(1) as f64,
            millis(0.5),
            millis(0.99),
        );
    }
    Ok(())
}

impl Served {
    fn new(customer: &'static str) -> Result<Self, hdrhistogram::CreationError> {
        Ok(Self { customer, times: Histogram::new(3)?, failures: 0 })
    }
}

/// Sends one request after another until `end`.
async fn send(
    customer: &'static str,
    sender: usize,
    url: reqwest::Url,
    end: Instant,
) -> Result<Served, Box<dyn Error + Send + Sync>> {
    let client = Client::new();
    let mut served = Served::new(customer)?;
    let mut number = sender;
    while Instant::now() < end {
        number += 1;
        let begun = Instant::now();
        let answer = client
            .post(url.clone())
            .header(tenants::HEADER, customer)
            .header("accept", "application/json, text/event-stream")
            .json(&request(customer, number))
            .send()
            .await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        served.times.record(micros)?;
        served.failures += u64::from(!is_success(&answer));
    }
    Ok(served)
}

/// Returns the request with this number: most list properties, some change something.
fn request(customer: &str, number: usize) -> Value {
    let (tool, arguments) = match number % 10 {
        0 => ("certificate.renew", json!({ "certificate": format!("crt_{number}") })),
        1 => ("property.activate", json!({ "property": format!("prp_{customer}_1") })),
        2 => (
            "dns.change",
            json!({ "zone": format!("{customer}.locked"), "record": "@ A 192.0.2.1" }),
        ),
        3 => {
            ("dns.change", json!({ "zone": format!("{customer}.test"), "record": "@ A 192.0.2.1" }))
        }
        4 => ("changes.list", json!({})),
        _ => ("property.list", json!({ "contract": format!("{customer}-{}", number % 100) })),
    };
    json!({
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": { "name": tool, "arguments": arguments },
    })
}

fn is_success(answer: &Value) -> bool {
    answer["result"].is_object() && answer["result"]["isError"] != true
}
