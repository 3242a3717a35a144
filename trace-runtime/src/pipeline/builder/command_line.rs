//! Configures programs that live for a moment, and applies what their command line asks for.

use super::TelemetryBuilder;
#[cfg(feature = "clap")]
use crate::args::TelemetryArgs;
use std::time::Duration;

/// The time for which the end of a command waits, with a connection to the receiver, and without. The latter leaves
/// ten of the 100 ms that such an end takes at most to all else that an end does.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(2);
const COMMAND_CONNECT_TIMEOUT: Duration = Duration::from_millis(90);

impl TelemetryBuilder {
    /// Configures a command-line program: a command that people or scripts run and wait for.
    ///
    /// - It is **silent**. Nothing is recorded, printed or sent unless the environment, a file, the program or
    ///   [its command line](Self::with_args) names where to; no thread is started until then. There is no line at
    ///   start-up, and [no notice](Self::without_notices).
    /// - **`DO_NOT_TRACK`** with any value but `0` or `false` is honoured: nothing is sent, and no headers of traces
    ///   or baggage are added to requests, whatever else is set. What stays on the machine and is asked for is still
    ///   shown: `--trace`, a file, `OTEL_TRACES_EXPORTER=console`.
    /// - It **ends soon**. Dropping the guard takes at most 100 ms where a receiver refuses connections, cannot be
    ///   reached or does not answer to them, and at most 2 s where there is a connection
    ///   ([`with_shutdown_connect_timeout`](Self::with_shutdown_connect_timeout),
    ///   [`with_shutdown_timeout`](Self::with_shutdown_timeout)). What is not delivered by then is lost, and counted
    ///   in the [report](crate::Telemetry::report).
    /// - **stdout** belongs to the program: no telemetry is written to it unless `OTEL_TRACES_EXPORTER` or
    ///   `OTEL_LOGS_EXPORTER` asks for `json`. Trees and log records for people go to stderr.
    ///
    /// `main` returns an [`ExitCode`](std::process::ExitCode): `std::process::exit` would not drop the guard.
    ///
    /// ```
    /// use std::process::ExitCode;
    /// use trace_runtime::Telemetry;
    ///
    /// fn main() -> ExitCode {
    ///     let telemetry = Telemetry::builder().for_command_line().install();
    ///     if let Err(error) = &telemetry {
    ///         eprintln!("todo: {error}");
    ///         return ExitCode::FAILURE;
    ///     }
    ///     println!("nothing to do");
    ///     ExitCode::SUCCESS
    /// }
    /// ```
    pub fn for_command_line(mut self) -> Self {
        self.is_command = true;
        self.shutdown_timeout.get_or_insert(COMMAND_TIMEOUT);
        self.connect_timeout.get_or_insert(COMMAND_CONNECT_TIMEOUT);
        self.without_startup_line().without_notices()
    }

    /// Applies what the command line asks for. It takes precedence over what the program sets with other methods,
    /// over a file and each later version of it, and over the environment; a handle of the running pipeline takes
    /// precedence over it.
    ///
    /// `DO_NOT_TRACK` is honoured as with [`for_command_line`](Self::for_command_line).
    ///
    /// ```
    /// use clap::Parser;
    /// use trace_runtime::{Telemetry, TelemetryArgs};
    ///
    /// #[derive(Parser)]
    /// struct Cli {
    ///     #[command(flatten)]
    ///     telemetry: TelemetryArgs,
    /// }
    ///
    /// let cli = Cli::parse_from(["todo", "--no-telemetry"]);
    /// let telemetry =
    ///     Telemetry::builder().for_command_line().with_args(&cli.telemetry).install()?;
    /// assert!(telemetry.is_disabled());
    /// # Ok::<(), trace_runtime::InitError>(())
    /// ```
    #[cfg(feature = "clap")]
    pub fn with_args(mut self, args: &TelemetryArgs) -> Self {
        self.flags = Some(args.flags().clone());
        self
    }

    /// Sets how long dropping the guard waits for receivers to which there is no connection; as long as for others
    /// by default.
    ///
    /// A connection is there once the receiver, or a proxy, has accepted it. After that,
    /// [`with_shutdown_timeout`](Self::with_shutdown_timeout) counts.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = trace_runtime::Telemetry::builder()
    ///     .with_shutdown_connect_timeout(Duration::from_millis(300))
    ///     .with_shutdown_timeout(Duration::from_secs(3));
    /// # drop(builder);
    /// ```
    pub fn with_shutdown_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Prints no notices on stderr, such as that a receiver cannot be reached, or that spans were lost. They are
    /// in the [report](crate::Telemetry::report) and in [`health`](crate::Telemetry::health) all the same.
    ///
    /// Flags that ask for telemetry, such as `--trace`, `--verbose` or `--telemetry`, turn them on again.
    pub fn without_notices(mut self) -> Self {
        self.has_notices = false;
        self
    }
}
