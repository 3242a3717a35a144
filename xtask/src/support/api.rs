//! Questions to Prometheus' HTTP API.

use crate::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use ureq::Agent;

/// It answers in milliseconds, and scrapes every second.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of a series, without those that Prometheus adds and those of the instrumentation scope.
pub(crate) type Labels = BTreeMap<String, String>;

pub(crate) struct Api {
    agent: Agent,
    url: String,
    /// The moment that questions are about; `None`: now.
    time: Option<f64>,
}

impl Api {
    pub(crate) fn new(url: &str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).build();
        Self { agent: config.into(), url: url.to_owned(), time: None }
    }

    /// The same, asked about a moment.
    pub(crate) fn at(&self, time: f64) -> Self {
        Self { agent: self.agent.clone(), url: self.url.clone(), time: Some(time) }
    }

    pub(crate) fn get(&self, path: &str) -> Outcome<Value> {
        let text =
            self.agent.get(format!("{}{path}", self.url)).call()?.body_mut().read_to_string()?;
        Ok(serde_json::from_str::<Value>(&text)?["data"].take())
    }

    /// The series that an expression makes now. Those that Prometheus names itself after, and those
    /// of scopes, are left out.
    pub(crate) fn query(&self, query: &str) -> Outcome<Vec<(Labels, f64)>> {
        let mut form = vec![("query", query.to_owned())];
        form.extend(self.time.map(|time| ("time", time.to_string())));
        let answer = self.agent.post(format!("{}/api/v1/query", self.url)).send_form(form);
        let mut answer = answer.map_err(|error| format!("{error}: {query}"))?;
        let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        let series = answer["data"]["result"].as_array();
        let series = series.ok_or_else(|| format!("{answer} to {query}"))?;
        series.iter().map(sample).collect()
    }

    /// The one number that an expression makes; not a number, and so no right answer, where it makes
    /// nothing.
    pub(crate) fn number(&self, query: &str) -> Outcome<f64> {
        match self.query(query)?[..] {
            [] => Ok(f64::NAN),
            [(_, number)] => Ok(number),
            ref series => Err(format!("{} series from {query}", series.len()).into()),
        }
    }

    /// Waits for a scrape that begins from now on.
    pub(crate) fn wait_for_scrape(&self) -> Outcome {
        let now = now();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let scraped = self.query("timestamp(up) and up == 1")?;
            if scraped.iter().any(|(_, time)| *time > now) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        Err("Prometheus scrapes nothing".into())
    }
}

/// This machine's clock is Prometheus' too.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

fn sample(series: &Value) -> Outcome<(Labels, f64)> {
    let labels = series["metric"].as_object().into_iter().flatten();
    let labels = labels.filter(|(label, _)| {
        !["__name__", "instance", "job"].contains(&label.as_str())
            && !label.starts_with("otel_scope_")
    });
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let labels = labels.map(|(label, value)| (label.clone(), text(value))).collect();
    Ok((labels, text(&series["value"][1]).parse()?))
}
