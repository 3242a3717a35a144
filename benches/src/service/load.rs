//! Requests over connections that stay open, on a thread each: at a fixed rate, or as many as there are answers.
//!
//! At a fixed rate a request that has to wait for its predecessor counts from when it was due, so that a slow
//! answer is not hidden by the requests that were not sent meanwhile.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Route;

/// An answer that takes longer is an error.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is asked of the service.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The service.
    pub address: SocketAddr,
    /// The route.
    pub route: Route,
    /// Requests per second over all connections; `None`: as many as there are answers.
    pub rate: Option<f64>,
    /// For how long.
    pub time: Duration,
    /// Connections.
    pub connections: u32,
}

/// What the service has answered.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Answered {
    /// Requests, all of which were answered with 200.
    pub requests: u64,
    /// Those per second.
    pub per_second: f64,
    /// The median latency in microseconds.
    pub p50_us: f64,
    /// The latency that one in a hundred exceeds, likewise.
    pub p99_us: f64,
}

/// Sends the requests.
pub fn run(asked: &Asked) -> io::Result<Answered> {
    let begin = Instant::now();
    let latencies = thread::scope(|scope| {
        let threads: Vec<_> = (0..asked.connections)
            .map(|number| scope.spawn(move || connection(asked, number, begin)))
            .collect();
        let latencies = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("a connection panicked")))
        });
        latencies.collect::<io::Result<Vec<_>>>()
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let mut latencies = latencies.concat();
    latencies.sort_unstable();
    let at = |share: f64| {
        let index = latencies.len().saturating_sub(1) as f64 * share;
        latencies.get(index as usize).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
    };
    Ok(Answered {
        requests: latencies.len() as u64,
        per_second: latencies.len() as f64 / seconds,
        p50_us: at(0.5),
        p99_us: at(0.99),
    })
}

fn connection(asked: &Asked, number: u32, begin: Instant) -> io::Result<Vec<Duration>> {
    let mut connection = Connection::open(asked.address)?;
    let between =
        asked.rate.map(|rate| Duration::from_secs_f64(f64::from(asked.connections) / rate));
    // The connections take turns.
    let mut due = begin + between.unwrap_or_default() * number / asked.connections;
    let end = begin + asked.time;
    let mut latencies = Vec::new();
    for id in (u64::from(number)..).step_by(asked.connections as usize) {
        let mut from = Instant::now();
        if let Some(between) = between {
            match due.checked_duration_since(from) {
                Some(wait) => {
                    thread::sleep(wait);
                    // What the sleep took too long is not the service's.
                    from = Instant::now();
                }
                None => from = due,
            }
            due += between;
        }
        if from >= end {
            break;
        }
        connection.request(asked.route, id)?;
        latencies.push(from.elapsed());
    }
    Ok(latencies)
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends a request and reads its answer.
    fn request(&mut self, route: Route, id: u64) -> io::Result<()> {
        self.buffer.clear();
        write!(self.buffer, "GET {}/{id} HTTP/1.1\r\nHost: shop.test\r\n\r\n", route.path())?;
        self.stream.write_all(&self.buffer)?;
        self.buffer.clear();
        let mut part = [0; 1024];
        loop {
            let length = self.stream.read(&mut part)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.extend_from_slice(&part[..length]);
            if is_whole(&self.buffer)? {
                return Ok(());
            }
        }
    }
}

/// Returns whether that is an answer to its end; an error if it is not the one that is expected.
fn is_whole(answer: &[u8]) -> io::Result<bool> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(answer).map_err(io::Error::other)? else {
        return Ok(false);
    };
    if response.code != Some(200) {
        return Err(io::Error::other(format!("answered with {:?}", response.code)));
    }
    let length = response.headers.iter().find(|it| it.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|it| std::str::from_utf8(it.value).ok()?.parse::<usize>().ok());
    let length = length.ok_or_else(|| io::Error::other("an answer without its length"))?;
    Ok(answer.len() >= head + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end() -> io::Result<()> {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc";
        for end in 0..answer.len() {
            assert!(!is_whole(&answer[..end])?, "{end}");
        }
        assert!(is_whole(answer)?);
        assert!(is_whole(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").is_err());
        Ok(())
    }
}
