//! The flags of telemetry for programs that parse their command line with clap.
//!
//! Written by hand and not derived, so that the ids are ours alone and clap's derive macro is no dependency.

use crate::config::{Flags, LogFormat, Target};
use crate::export::endpoint::Endpoint;
use crate::level::Level;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use std::path::PathBuf;

/// The flags of telemetry, to be flattened into the arguments of a program:
/// [`with_args`](crate::TelemetryBuilder::with_args) applies them.
///
/// | flag | meaning |
/// |---|---|
/// | `--trace` | prints each trace as a tree on stderr |
/// | `-v`, `--verbose` | prints log records on stderr, from `debug` on |
/// | `--debug` | both, with the spans of functions at `debug`, and the line at start-up |
/// | `-q`, `--quiet` | prints nothing of telemetry on stderr, whatever else asks for it |
/// | `--telemetry <FILE\|ENDPOINT>` | sends all signals to this receiver of OTLP, or appends spans and log records to this file as JSON lines, instead of what is configured |
/// | `--no-telemetry` | records, prints and sends nothing, and adds no headers to requests |
/// | `--log-level <LEVEL>` | prints log records on stderr, and drops those that are more verbose: `error`, `warn`, `info`, `debug` or `trace` |
/// | `--log-format <FORMAT>` | prints log records on stderr, as text for people (`console`) or as JSON lines (`json`) |
///
/// All are global: subcommands accept them too. A value with `://`, or of a host and a port, is an endpoint; write
/// `./name:1` for a file of such a name. The variables `OTEL_EXPORTER_OTLP_…` set everything but its address:
/// headers, protocol, timeouts.
///
/// # Names that clash
///
/// A program that has a flag of one of these names changes ours, by its id, which is the name after
/// `telemetry.`; flags of the program cannot have such an id by chance.
///
/// ```
/// use clap::Parser;
/// use trace_runtime::TelemetryArgs;
///
/// #[derive(Parser)]
/// #[command(mut_arg("telemetry.verbose", |ours| ours.long("log").short(None)))]
/// #[command(mut_arg("telemetry.quiet", |ours| ours.short('s').long("silent")))]
/// #[command(mut_arg("telemetry.log-format", |ours| ours.hide(true)))]
/// struct Cli {
///     #[arg(short, long, help = "the program's own")]
///     verbose: bool,
///     #[command(flatten)]
///     telemetry: TelemetryArgs,
/// }
///
/// let cli = Cli::parse_from(["todo", "-v", "--log", "--trace"]);
/// assert!(cli.verbose);
/// # Cli::parse_from(["todo", "-s"]);
/// ```
///
/// The ids are [`IDS`](Self::IDS). Its `Debug` shows neither the credentials nor the query of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct TelemetryArgs(Flags);

const TRACE: &str = "telemetry.trace";
const VERBOSE: &str = "telemetry.verbose";
const DEBUG: &str = "telemetry.debug";
const QUIET: &str = "telemetry.quiet";
const TARGET: &str = "telemetry.telemetry";
const OFF: &str = "telemetry.no-telemetry";
const LOG_LEVEL: &str = "telemetry.log-level";
const LOG_FORMAT: &str = "telemetry.log-format";

impl TelemetryArgs {
    /// The ids of the arguments, for [`mut_arg`](clap::Command::mut_arg).
    pub const IDS: [&str; 8] = [TRACE, VERBOSE, DEBUG, QUIET, TARGET, OFF, LOG_LEVEL, LOG_FORMAT];

    /// Returns whether `--quiet` was given, for programs that print less then, too.
    pub fn is_quiet(&self) -> bool {
        self.0.is_quiet
    }

    /// Returns the most verbose level of log records that was asked for, for programs that filter them where they
    /// begin: `debug` with `--verbose` and `--debug`, unless `--log-level` names another one.
    pub fn log_level(&self) -> Option<Level> {
        self.0.log_level
    }

    /// Returns the receiver that `--telemetry` names, for programs that have credentials for a certain one.
    ///
    /// ```
    /// use clap::Parser;
    /// use trace_runtime::TelemetryArgs;
    ///
    /// #[derive(Parser)]
    /// struct Cli {
    ///     #[command(flatten)]
    ///     telemetry: TelemetryArgs,
    /// }
    ///
    /// let cli = Cli::parse_from(["todo", "--telemetry", "http://localhost:4318"]);
    /// assert_eq!(cli.telemetry.endpoint(), Some("http://localhost:4318"));
    /// let cli = Cli::parse_from(["todo", "--telemetry", "spans.json"]);
    /// assert_eq!(cli.telemetry.endpoint(), None);
    /// ```
    pub fn endpoint(&self) -> Option<&str> {
        match &self.0.target {
            Some(Target::Endpoint(endpoint)) => Some(endpoint),
            Some(Target::File(_)) | None => None,
        }
    }

    pub(crate) fn flags(&self) -> &Flags {
        &self.0
    }
}

/// Returns an argument whose id is its name after `telemetry.`.
fn arg(id: &'static str, help: &'static str) -> Arg {
    let name = id.split_once('.').map_or(id, |(_, name)| name);
    Arg::new(id).long(name).help(help).help_heading("Telemetry").global(true)
}

fn switch(id: &'static str, help: &'static str) -> Arg {
    arg(id, help).action(ArgAction::SetTrue)
}

fn args() -> [Arg; 8] {
    [
        switch(TRACE, "Print each trace as a tree on stderr"),
        switch(VERBOSE, "Print log records on stderr, from debug on").short('v'),
        switch(DEBUG, "Print traces and log records with all details on stderr"),
        switch(QUIET, "Print nothing of telemetry on stderr")
            .short('q')
            .conflicts_with_all([TRACE, VERBOSE, DEBUG]),
        arg(TARGET, "Send telemetry to this receiver of OTLP, or append it to this file")
            .value_name("FILE|ENDPOINT")
            .value_parser(target),
        switch(OFF, "Record and send nothing")
            .conflicts_with_all([TRACE, VERBOSE, DEBUG, TARGET, LOG_LEVEL, LOG_FORMAT]),
        arg(LOG_LEVEL, "Print log records on stderr up to this level")
            .value_name("LEVEL")
            .value_parser(PossibleValuesParser::new(["error", "warn", "info", "debug", "trace"]))
            .ignore_case(true),
        arg(LOG_FORMAT, "Print log records on stderr in this format")
            .value_name("FORMAT")
            .value_parser(PossibleValuesParser::new(["console", "json"])),
    ]
}

/// Reads where telemetry goes.
fn target(text: &str) -> Result<Target, String> {
    let is_address = |text: &str| {
        let port = text.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>()));
        matches!(port, Some((host, Ok(_))) if !host.is_empty() && !host.contains(['/', '\\']))
    };
    if text.is_empty() {
        return Err("name a file, or the address of a receiver".to_owned());
    }
    if !text.contains("://") && !is_address(text) {
        return Ok(Target::File(PathBuf::from(text)));
    }
    Endpoint::parse(text, false).map_err(|flaw| format!("allowed: {}", flaw.allowed()))?;
    Ok(Target::Endpoint(text.to_owned()))
}

impl Args for TelemetryArgs {
    fn augment_args(command: Command) -> Command {
        command.args(args())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TelemetryArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_set = |id| matches.get_flag(id);
        let text = |id| matches.get_one::<String>(id);
        let is_debug = is_set(DEBUG);
        let level = text(LOG_LEVEL).and_then(|level| level.parse().ok());
        let format = text(LOG_FORMAT).map(|format| match format.as_str() {
            "json" => LogFormat::Json,
            _ => LogFormat::Console,
        });
        let logs = is_debug || is_set(VERBOSE);
        let prints_logs = logs || level.is_some() || format.is_some();
        Ok(Self(Flags {
            is_off: is_set(OFF),
            is_quiet: is_set(QUIET),
            has_trees: is_debug || is_set(TRACE),
            has_startup_line: is_debug,
            target: matches.get_one::<Target>(TARGET).cloned(),
            level: is_debug.then_some(Level::Debug),
            log_level: level.or(logs.then_some(Level::Debug)),
            log_format: prints_logs.then(|| format.unwrap_or_default()),
        }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
