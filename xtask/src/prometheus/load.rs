//! The load: requests in a fixed mixture, and a note of each that was sent.

use crate::Outcome;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use ureq::Agent;

/// As many requests at once.
const CLIENTS: usize = 8;
/// A request that hangs is a failure.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    SoldOut,
    Declined,
    Panic,
}

/// What is asked of the service; times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Checkout { tier: &'static str, items: u64, price: u64, ms: u64, fault: Option<Fault> },
    Search { hits: u64, ms: u64, deadline: Option<u64> },
    LogIn,
    LogOut,
    Restock { items: u64 },
}

impl Request {
    /// One hundred different ones, and again. Neighbours differ, as those do that run at once.
    fn nth(number: u64) -> Self {
        let tier = if number.is_multiple_of(3) { "pro" } else { "free" };
        let checkout = |ms, fault| Self::Checkout {
            tier,
            items: number % 12,
            price: 100 + number % 900,
            ms,
            fault,
        };
        match number * 37 % 100 {
            0..50 => checkout(2, None),
            50..58 => checkout(30, None),
            // Slower than is promised.
            58..64 => checkout(300, None),
            64..70 => checkout(2, Some(Fault::Declined)),
            70..73 => checkout(2, Some(Fault::SoldOut)),
            73..75 => checkout(2, Some(Fault::Panic)),
            75..88 => Self::Search { hits: number % 20, ms: 15, deadline: None },
            88..91 => Self::Search { hits: 1, ms: 60_000, deadline: Some(40) },
            91..93 => Self::Search { hits: 200, ms: 1_300, deadline: None },
            93..96 => Self::LogIn,
            96..98 => Self::LogOut,
            _ => Self::Restock { items: number % 1_000 },
        }
    }

    fn line(&self) -> (&'static str, String) {
        match *self {
            Self::Checkout { tier, items, price, ms, fault } => {
                let fault = match fault {
                    None => "",
                    Some(Fault::SoldOut) => "&fault=sold_out",
                    Some(Fault::Declined) => "&fault=declined",
                    Some(Fault::Panic) => "&fault=panic",
                };
                let order = format!("tier={tier}&items={items}&price={price}&ms={ms}{fault}");
                ("POST", format!("/checkout?{order}"))
            }
            Self::Search { hits, ms, deadline } => {
                let deadline = deadline.map_or_else(String::new, |it| format!("&deadline={it}"));
                ("GET", format!("/search?hits={hits}&ms={ms}{deadline}"))
            }
            Self::LogIn => ("POST", "/sessions".to_owned()),
            Self::LogOut => ("DELETE", "/sessions".to_owned()),
            Self::Restock { items } => ("PUT", format!("/stock?items={items}")),
        }
    }

    /// The status of the answer, when it goes as it was asked to.
    fn status(&self) -> u16 {
        match self {
            Self::Checkout { fault, .. } => match fault {
                None => 200,
                Some(Fault::SoldOut) => 409,
                Some(Fault::Declined) => 402,
                Some(Fault::Panic) => 500,
            },
            Self::Search { deadline: None, .. } => 200,
            Self::Search { deadline: Some(_), .. } => 504,
            Self::LogIn | Self::LogOut | Self::Restock { .. } => 204,
        }
    }

    /// How long the service was asked to take, in seconds.
    pub(super) fn asked(&self) -> f64 {
        let ms = match *self {
            Self::Checkout { fault: Some(Fault::SoldOut | Fault::Panic), .. } => 0,
            Self::Checkout { ms, .. } => ms,
            Self::Search { ms, deadline, .. } => deadline.map_or(ms, |deadline| deadline.min(ms)),
            Self::LogIn | Self::LogOut | Self::Restock { .. } => 0,
        };
        ms as f64 / 1e3
    }
}

/// A request that was answered as expected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) request: Request,
    /// In seconds, until the answer was there: no call that it made has taken longer.
    pub(super) took: f64,
}

pub(super) struct Load {
    agent: Agent,
    shop: String,
    /// Of requests, over all runs.
    next: AtomicU64,
}

impl Load {
    pub(super) fn new(shop: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .max_idle_connections_per_host(CLIENTS)
            .build();
        Self { agent: config.into(), shop: shop.to_owned(), next: AtomicU64::new(0) }
    }

    /// Sends requests for that time; returns all that were sent.
    pub(super) fn run(&self, time: Duration) -> Outcome<Vec<Sent>> {
        let end = Instant::now() + time;
        let client = || -> Result<Vec<Sent>, String> {
            let mut sent = Vec::new();
            while Instant::now() < end {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                sent.push(self.send(Request::nth(number))?);
            }
            Ok(sent)
        };
        let sent: Vec<_> = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
            let joined = clients.into_iter().map(|client| client.join().expect("no panic"));
            joined.collect()
        });
        Ok(sent.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// A last request, with no other beside it: a gauge holds its last value.
    pub(super) fn settle(&self) -> Outcome<Vec<Sent>> {
        Ok(vec![self.send(Request::Restock { items: 4_711 })?])
    }

    fn send(&self, request: Request) -> Result<Sent, String> {
        let (method, path) = request.line();
        let url = format!("{}{path}", self.shop);
        let begin = Instant::now();
        let answer = match method {
            "GET" => self.agent.get(url).call(),
            "DELETE" => self.agent.delete(url).call(),
            "PUT" => self.agent.put(url).send_empty(),
            _ => self.agent.post(url).send_empty(),
        };
        let mut answer = answer.map_err(|error| format!("{request:?}: {error}"))?;
        let took = begin.elapsed().as_secs_f64();
        if answer.status() != request.status() {
            return Err(format!("{request:?} was answered with {}", answer.status()));
        }
        // Read, so that the connection is used again.
        answer.body_mut().read_to_string().map_err(|error| format!("{request:?}: {error}"))?;
        Ok(Sent { request, took })
    }
}
