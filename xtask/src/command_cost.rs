//! Measures what telemetry costs a command: the to-do list, built with it and without, beside receivers that take
//! everything, refuse, or do not answer. Each round runs every variant once, in an order that rotates.

use crate::service_cost::Sink;
use crate::{Outcome, cargo, markers, median, root, succeed, target};
use rustix::net::listen;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const README: &str = "examples/todo/README.md";
const MARKER: &str = "command-cost";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// A way to run the command.
struct Variant {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
    receiver: Option<String>,
}

pub(crate) fn run(arguments: Vec<OsString>) -> Outcome {
    use lexopt::prelude::*;

    let (mut rounds, mut is_written, mut profile) = (200, true, "release".to_owned());
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rounds") => rounds = parser.value()?.parse::<usize>()?.max(1),
            Long("profile") => profile = parser.value()?.string()?,
            Long("dry-run") => is_written = false,
            other => return Err(other.unexpected().into()),
        }
    }
    if is_written {
        markers::check(README, MARKER)?;
    }
    let folder = target("command-cost");
    fs::create_dir_all(&folder)?;
    let with = build(&folder, &profile, "with", &[])?;
    let without = build(&folder, &profile, "without", &["--no-default-features"])?;
    let sink = Sink::start()?;
    let refusing = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let (_deaf, _waiting, deaf) = deaf()?;
    let url = |address: SocketAddr| Some(format!("http://{address}"));
    let variant =
        |name, arguments, receiver| Variant { name, program: with.clone(), arguments, receiver };
    let variants = [
        Variant { program: without, ..variant("built without telemetry", &["list"], None) },
        variant("`--no-telemetry`", &["--no-telemetry", "list"], Some(sink.url.clone())),
        variant("nothing asked for", &["list"], None),
        variant("a receiver that takes everything", &["list"], Some(sink.url.clone())),
        variant("a receiver that refuses connections", &["list"], url(refusing)),
        variant("a receiver that does not answer to them", &["list"], url(deaf)),
    ];
    let page = measure(&variants, rounds, &profile, &folder)?;
    println!("{page}");
    match is_written {
        true => markers::write(README, MARKER, &page),
        false => Ok(()),
    }
}

/// Builds the to-do list, and keeps its program under this name.
fn build(folder: &Path, profile: &str, name: &str, options: &[&str]) -> Outcome<PathBuf> {
    let mut command = cargo();
    command
        .current_dir(root())
        .args(["build", "--profile", profile, "--locked", "-p", "todo"])
        .args(options);
    succeed(&mut command)?;
    let kept = folder.join(name);
    fs::copy(target(if profile == "dev" { "debug" } else { profile }).join("todo"), &kept)?;
    Ok(kept)
}

/// Returns a listener whose queue is full.
fn deaf() -> Outcome<(TcpListener, Vec<TcpStream>, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listen(&listener, 0)?;
    let address = listener.local_addr()?;
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
    }
    Ok((listener, waiting, address))
}

fn measure(variants: &[Variant], rounds: usize, profile: &str, folder: &Path) -> Outcome<String> {
    let database = folder.join("todo.db");
    let _ = fs::remove_file(&database);
    for _ in 0..3 {
        // The caches of the disk, and the schema.
        variants.iter().try_for_each(|variant| variant.time(&database).map(drop))?;
    }
    let mut times = vec![Vec::new(); variants.len()];
    for round in 0..rounds {
        for position in 0..variants.len() {
            let number = (round + position) % variants.len();
            times[number].push(variants[number].time(&database)?.as_secs_f64() * 1e3);
        }
    }
    let base = times[0].clone();
    let mut page = format!(
        "{rounds} runs of `todo list` each, in turn, from start to exit, in ms; profile `{profile}`.\n\n"
    );
    writeln!(page, "| | median | middle half | more than without, in the median of the rounds |")?;
    writeln!(page, "|---|--:|--:|--:|")?;
    for (variant, times) in variants.iter().zip(&mut times) {
        let mut more: Vec<_> =
            times.iter().zip(&base).map(|(with, without)| with - without).collect();
        let middle = median(times);
        let (low, high) = (times[times.len() / 4], times[times.len() * 3 / 4]);
        let more = median(&mut more);
        writeln!(page, "| {} | {middle:.2} | {low:.2} … {high:.2} | {more:+.2} |", variant.name)?;
    }
    Ok(page)
}

impl Variant {
    /// Runs the command; returns the time that it took.
    fn time(&self, database: &Path) -> Outcome<Duration> {
        let mut command = Command::new(&self.program);
        command.args(self.arguments).env_clear().env("TODO_DATABASE", database);
        command.envs(self.receiver.iter().map(|url| (ENDPOINT, url)));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let begin = Instant::now();
        let status = command.status()?;
        let took = begin.elapsed();
        match status.success() {
            true => Ok(took),
            false => Err(format!("{}: {status}", self.name).into()),
        }
    }
}
