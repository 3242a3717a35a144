//! Judges the exporters, and telemetry as a whole.

use super::report::{ConfigurationHealth, ExporterHealth, Health, HealthState};
use crate::escape;
use crate::export::Observed;
use crate::export::signal::Signal;
use crate::loss::LossReport;
use std::time::{Duration, Instant, SystemTime};

/// An exporter whose exports have failed for this long is failing.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is judged.
pub(crate) struct Inputs {
    pub(crate) is_disabled: bool,
    pub(crate) has_ended: bool,
    pub(crate) exporters: Vec<(Signal, Observed)>,
    pub(crate) losses: LossReport,
    /// The number of items that were lost lately.
    pub(crate) lost_lately: u64,
    pub(crate) configuration: Option<ConfigurationHealth>,
}

/// Applies the rules, which the documentation of the module lists.
pub(crate) fn judge(inputs: Inputs) -> Health {
    let exporters: Vec<ExporterHealth> =
        inputs.exporters.into_iter().map(|(signal, observed)| exporter(signal, observed)).collect();
    let mut findings: Vec<(HealthState, String)> = Vec::new();
    if inputs.has_ended {
        findings.push((HealthState::Failing, "the pipeline has ended".to_owned()));
    }
    for signal in [Signal::Traces, Signal::Metrics, Signal::Logs].map(Signal::name) {
        let mut of_signal = exporters.iter().filter(|it| it.signal == signal).peekable();
        if of_signal.peek().is_some() && of_signal.all(|it| it.state == HealthState::Failing) {
            findings.push((HealthState::Failing, format!("{signal} reach no receiver")));
        }
    }
    for exporter in exporters.iter().filter(|it| it.state != HealthState::Healthy) {
        findings.push((HealthState::Degraded, reason(exporter)));
    }
    if inputs.lost_lately > 0 {
        let count = inputs.lost_lately;
        findings.push((HealthState::Degraded, format!("{count} items were lost lately")));
    }
    if inputs.configuration.as_ref().is_some_and(|file| file.last_error.is_some()) {
        findings
            .push((HealthState::Degraded, "the last configuration file was refused".to_owned()));
    }
    if inputs.is_disabled {
        findings.clear();
    }
    Health {
        state: findings.iter().map(|(state, _)| *state).max().unwrap_or(HealthState::Healthy),
        reasons: findings.into_iter().map(|(_, reason)| reason).collect(),
        is_disabled: inputs.is_disabled,
        exporters,
        losses: inputs.losses,
        configuration: inputs.configuration,
    }
}

fn exporter(signal: Signal, observed: Observed) -> ExporterHealth {
    let state = state(&observed);
    let Observed { name, latest, queue } = observed;
    ExporterHealth {
        name,
        signal: signal.name(),
        state,
        last_success: latest.success.and_then(time_of),
        last_error: latest.failure.and_then(|(at, message)| Some((time_of(at)?, message))),
        queued: queue.map(|(queued, _)| queued),
        capacity: queue.map(|(_, capacity)| capacity),
    }
}

fn state(observed: &Observed) -> HealthState {
    let latest = &observed.latest;
    if latest.is_retired || latest.failing_since.is_some_and(|since| since.elapsed() >= PATIENCE) {
        HealthState::Failing
    } else if latest.failing_since.is_some() || is_crowded(observed.queue) {
        HealthState::Degraded
    } else {
        HealthState::Healthy
    }
}

/// Returns whether a queue is filled to four fifths.
fn is_crowded(queue: Option<(u64, u64)>) -> bool {
    queue.is_some_and(|(queued, capacity)| {
        queued > 0 && queued.saturating_mul(5) >= capacity.saturating_mul(4)
    })
}

fn reason(exporter: &ExporterHealth) -> String {
    let name = escape::line(&exporter.name).cut(128);
    match (&exporter.last_error, exporter.queued, exporter.capacity) {
        (_, Some(queued), Some(capacity)) if is_crowded(Some((queued, capacity))) => {
            format!("{queued} of at most {capacity} items wait for exporter `{name}`")
        }
        (Some((_, error)), ..) => format!("exporter `{name}`: {}", escape::line(error)),
        (None, ..) => format!("exporter `{name}` is {}", exporter.state),
    }
}

fn time_of(at: Instant) -> Option<SystemTime> {
    SystemTime::now().checked_sub(at.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Latest;

    fn idle() -> Inputs {
        Inputs {
            is_disabled: false,
            has_ended: false,
            exporters: Vec::new(),
            losses: LossReport::default(),
            lost_lately: 0,
            configuration: None,
        }
    }

    fn observed(latest: Latest, queue: Option<(u64, u64)>) -> Observed {
        Observed { name: "otlp".to_owned(), latest, queue }
    }

    fn failing(since: Duration) -> Latest {
        let mut latest = Latest::default();
        latest.failed("no receiver".to_owned());
        latest.failing_since = Instant::now().checked_sub(since);
        latest
    }

    fn judged(exporters: &[(Signal, Latest)]) -> Health {
        let exporters = exporters.iter().cloned();
        let exporters =
            exporters.map(|(signal, latest)| (signal, observed(latest, None))).collect();
        judge(Inputs { exporters, ..idle() })
    }

    #[test]
    fn an_exporter_that_has_nothing_to_do_is_healthy() {
        let health = judged(&[(Signal::Traces, Latest::default())]);
        assert_eq!(
            (health.state, health.exporters[0].state),
            (HealthState::Healthy, HealthState::Healthy)
        );
        assert!(health.reasons.is_empty());
    }

    #[test]
    fn an_exporter_fails_after_a_minute_without_success() {
        for (seconds, state) in
            [(0, HealthState::Degraded), (59, HealthState::Degraded), (60, HealthState::Failing)]
        {
            let health = judged(&[(Signal::Traces, failing(Duration::from_secs(seconds)))]);
            assert_eq!(health.exporters[0].state, state, "{seconds}");
            assert_eq!(health.state, state, "{seconds}");
        }
        let mut recovered = failing(PATIENCE);
        recovered.succeeded();
        let health = judged(&[(Signal::Traces, recovered)]);
        assert_eq!(health.state, HealthState::Healthy);
        assert!(health.exporters[0].last_error.is_some(), "it is still listed");
    }

    #[test]
    fn a_signal_with_another_exporter_is_degraded() {
        let health =
            judged(&[(Signal::Traces, failing(PATIENCE)), (Signal::Traces, Latest::default())]);
        assert_eq!(health.state, HealthState::Degraded);
        let health =
            judged(&[(Signal::Logs, failing(PATIENCE)), (Signal::Traces, Latest::default())]);
        assert_eq!(health.state, HealthState::Failing);
        assert_eq!(health.reasons, ["logs reach no receiver", "exporter `otlp`: no receiver"]);
    }

    #[test]
    fn a_queue_that_fills_is_reported_before_it_is_full() {
        let state = |queued| {
            let exporters =
                vec![(Signal::Traces, observed(Latest::default(), Some((queued, 100))))];
            judge(Inputs { exporters, ..idle() }).state
        };
        assert_eq!(
            [0, 79, 80, 100].map(state),
            [
                HealthState::Healthy,
                HealthState::Healthy,
                HealthState::Degraded,
                HealthState::Degraded,
            ]
        );
    }

    #[test]
    fn losses_refused_files_and_the_end_count() {
        assert_eq!(judge(Inputs { lost_lately: 1, ..idle() }).state, HealthState::Degraded);
        assert_eq!(judge(Inputs { has_ended: true, ..idle() }).state, HealthState::Failing);
        let configuration = ConfigurationHealth {
            source: "otel.yaml".to_owned(),
            version: 1,
            hash: "0".to_owned(),
            applied: SystemTime::now(),
            last_error: Some("line 3".to_owned()),
        };
        let health = judge(Inputs { configuration: Some(configuration), ..idle() });
        assert_eq!(health.reasons, ["the last configuration file was refused"]);
        // What was turned off on purpose works as it should.
        let off = judge(Inputs { is_disabled: true, has_ended: true, ..idle() });
        assert_eq!((off.state, off.is_disabled), (HealthState::Healthy, true));
    }
}
