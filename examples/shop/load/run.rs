//! Schedules and sends the requests.

use crate::client::{Answer, Client};
use crate::figures::{Figures, Summary};
use crate::mix::{self, Ask, Chance, Kind, User};
use crate::options::Options;
use crate::record::{Line, Record};
use indicatif::ProgressBar;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The due times of requests.
pub(crate) struct Schedule {
    begin: Instant,
    /// `None` in a closed loop.
    interval: Option<Duration>,
    end: Instant,
    /// Requests that are due and not yet being sent.
    due: Semaphore,
    next: AtomicU64,
    pub(crate) sent: AtomicU64,
}

impl Schedule {
    fn new(options: &Options) -> Self {
        let begin = Instant::now();
        Self {
            begin,
            interval: (!options.saturate).then(|| Duration::from_secs_f64(1.0 / options.rate)),
            end: begin + options.duration,
            due: Semaphore::new(0),
            next: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        }
    }

    /// Releases requests when they are due; on a separate thread, because tokio's timers have a
    /// resolution of a millisecond.
    fn pace(&self, interval: Duration) {
        for number in 0.. {
            let due = self.begin + interval.mul_f64(f64::from(number));
            if due >= self.end {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            self.due.add_permits(1);
        }
        self.due.close();
    }

    /// Waits until the next request is due, and returns its due time; `None` at the end.
    async fn next(&self) -> Option<Instant> {
        let Some(interval) = self.interval else {
            return Some(Instant::now()).filter(|now| *now < self.end);
        };
        match self.due.acquire().await {
            Ok(permit) => permit.forget(),
            // Closed: the remaining ones are still sent.
            Err(_) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                let due = self.begin + interval.mul_f64(number as f64);
                return Some(due).filter(|due| *due < self.end);
            }
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Some(self.begin + interval.mul_f64(number as f64))
    }
}

/// Sends requests of one customer after another over one connection.
struct Connection {
    client: Client,
    chance: Chance,
    users: Vec<User>,
    admin: Arc<str>,
    record: Option<Arc<Record>>,
    figures: Figures,
}

impl Connection {
    /// Sends one request that was due at this time, and records the result.
    async fn send(
        &mut self,
        ask: &Ask,
        due: Instant,
        is_timed: bool,
    ) -> io::Result<Option<Answer>> {
        let (trace, span) = self.chance.ids();
        let traceparent = format!("00-{trace:032x}-{span:016x}-01");
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let answered = self.client.send(ask, &traceparent).await;
        let latency_us = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
        match &answered {
            Ok(answer) => {
                let route = (ask.method, ask.route);
                self.figures.answered(route, answer.status, is_timed.then_some(latency_us));
                if !ask.expected.contains(&answer.status) {
                    let Ask { method, route, expected, .. } = ask;
                    let how =
                        format!("{method} {route}: {} instead of {expected:?}", answer.status);
                    self.figures.surprised(how);
                }
            }
            Err(error) => self.figures.failed(with_causes(&**error)),
        }
        let answer = answered.ok();
        if let Some(record) = &self.record {
            let began = since.as_nanos();
            record.write(&Line::new((trace, span), ask, answer.as_ref(), began, latency_us))?;
        }
        Ok(answer)
    }

    /// Logs a user in before the run.
    async fn log_in(&mut self, body: String) -> io::Result<String> {
        let answer = self.send(&mix::log_in(body), Instant::now(), false).await?;
        let token = answer.and_then(|answer| answer.token);
        token.ok_or_else(|| {
            io::Error::other(
                "no customer can log in: is the shop running, and does it have that many customers?",
            )
        })
    }

    async fn run(mut self, schedule: Arc<Schedule>) -> io::Result<Figures> {
        while let Some(due) = schedule.next().await {
            let index = self.chance.index(self.users.len());
            let ask = self.chance.next(&self.users[index], &self.admin);
            let answer = self.send(&ask, due, true).await?;
            schedule.sent.fetch_add(1, Ordering::Relaxed);
            if let (Kind::Order, Some(id)) = (ask.kind, answer.and_then(|answer| answer.order_id)) {
                self.users[index].ordered(id);
            }
        }
        Ok(self.figures)
    }
}

fn with_causes(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Runs the load.
pub(crate) async fn run(options: &Options, bar: &ProgressBar) -> Result<Summary, Box<dyn Error>> {
    let record = options.record.as_deref().map(Record::create).transpose()?.map(Arc::new);
    let mut connections = Vec::new();
    for number in 0..options.connections.max(1) {
        connections.push(Connection {
            client: Client::new(&options.url)?,
            chance: Chance::new(options.seed.wrapping_mul(1_000_003).wrapping_add(number as u64)),
            users: Vec::new(),
            admin: "".into(),
            record: record.clone(),
            figures: Figures::new(),
        });
    }
    bar.set_message("logging in");
    let admin: Arc<str> = connections[0].log_in(mix::admin()).await?.into();
    for number in 1..=options.users.max(connections.len() as u32) {
        // Each connection has separate customers.
        let (user, count) = ((number - 1) % options.users + 1, connections.len());
        let connection = &mut connections[(number as usize - 1) % count];
        let token = connection.log_in(mix::customer(user)).await?;
        connection.users.push(User::new(user, token));
    }
    bar.set_message("");

    let schedule = Arc::new(Schedule::new(options));
    let begin = schedule.begin;
    let pacer = schedule.interval.map(|interval| {
        let schedule = schedule.clone();
        thread::spawn(move || schedule.pace(interval))
    });
    let watched = tokio::spawn(watch(schedule.clone(), options.duration, bar.clone()));
    let mut running = JoinSet::new();
    for mut connection in connections {
        connection.admin = admin.clone();
        running.spawn(connection.run(schedule.clone()));
    }
    let mut figures = Figures::new();
    while let Some(done) = running.join_next().await {
        figures.add(done??);
    }
    let took = begin.elapsed().max(options.duration);
    watched.abort();
    if let Some(pacer) = pacer {
        pacer.join().map_err(|_| "the thread that paces has panicked")?;
    }
    if let Some(record) = record {
        record.finish()?;
    }
    Ok(Summary { figures, rate_asked: (!options.saturate).then_some(options.rate), took })
}

async fn watch(schedule: Arc<Schedule>, duration: Duration, bar: ProgressBar) {
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    loop {
        ticks.tick().await;
        let elapsed = schedule.begin.elapsed();
        bar.set_position(u64::try_from(elapsed.min(duration).as_millis()).unwrap_or(u64::MAX));
        let sent = schedule.sent.load(Ordering::Relaxed);
        let rate = sent as f64 / elapsed.as_secs_f64().max(0.001);
        bar.set_message(format!("{sent} requests, {rate:.0} per second"));
    }
}
