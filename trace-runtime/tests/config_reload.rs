//! Tests files that change while the program runs.
#![cfg(feature = "config-file")]

use crate::support::files::Folder;
use crate::support::{is_alone, record};
use std::ffi::OsString;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use trace_runtime::health::{ConfigurationHealth, HealthState};
use trace_runtime::sampling::{AlwaysOff, AlwaysOn, TailSampling};
use trace_runtime::{Level, ReloadError, Telemetry, TelemetryBuilder};
use trace_testkit::force::{FaultyExporter, FaultyExporterHandle};

const LONG: Duration = Duration::from_secs(20);

/// Installs a pipeline with an exporter of the test.
fn install(
    folder: &Folder,
    configure: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
) -> (FaultyExporterHandle, Telemetry) {
    let exporter = FaultyExporter::new();
    let taken = exporter.handle();
    (taken, configure(folder.builder()).with_exporter(exporter).install().unwrap())
}

/// Returns a file with this sampler, and with this share of tail sampling.
fn sampling(sampler: &str, share: f64) -> String {
    format!(
        "file_format: '1.2'
tracer_provider:
  processors: [{{ simple: {{ exporter: {{ console: }} }} }}]
  sampler: {{ {sampler}: }}
distribution: {{ trace-rs: {{ tail_sampling: {{ share: {share} }} }} }}
"
    )
}

fn configuration(telemetry: &Telemetry) -> ConfigurationHealth {
    telemetry.health().configuration.unwrap()
}

/// Waits until a version is in force.
fn wait_for(telemetry: &Telemetry, version: u64) {
    let begin = Instant::now();
    while configuration(telemetry).version < version {
        assert!(begin.elapsed() < LONG, "{:?}", configuration(telemetry));
        std::thread::yield_now();
    }
}

#[test]
fn sampling_changes_while_the_program_runs() {
    if !is_alone("sampling_changes_while_the_program_runs") {
        return;
    }
    let folder = Folder::new();
    folder.write(&sampling("always_off", 1.0));
    let (taken, telemetry) = install(&folder, |builder| builder);
    let handle = telemetry.config_handle();
    let before = configuration(&telemetry);
    record(0);
    telemetry.force_flush(LONG).unwrap();
    assert!(taken.taken().is_empty());

    folder.write(&sampling("always_on", 0.75));
    assert!(handle.reload().unwrap());
    record(0);
    telemetry.force_flush(LONG).unwrap();
    let explained = telemetry.sampling().explain("outer", None).unwrap().to_string();
    assert!(explained.contains("AlwaysOnSampler"), "{explained}");
    assert!(explained.contains("75"), "{explained}");
    let after = configuration(&telemetry);
    assert_eq!((before.version, after.version), (1, 2));
    assert_ne!(before.hash, after.hash);
    // A comment changes nothing.
    folder.write(&format!("# A comment.\n{}", sampling("always_on", 0.75)));
    assert!(!handle.reload().unwrap());
    assert_eq!(configuration(&telemetry).version, 2);

    telemetry.shutdown(LONG);
    assert!(matches!(handle.reload(), Err(ReloadError::Ended)));
}

#[test]
fn a_file_that_is_broken_leaves_the_last_good_one() {
    if !is_alone("a_file_that_is_broken_leaves_the_last_good_one") {
        return;
    }
    let folder = Folder::new();
    folder.write(&sampling("always_off", 1.0));
    let (_, telemetry) = install(&folder, |builder| builder);
    let handle = telemetry.config_handle();
    let text = sampling("always_on", 0.5);
    for broken in [text.replace("share: 0.5", "share: 5"), text.replace("processors", "procesors")]
    {
        folder.write(&broken);
        let error = handle.reload().unwrap_err();
        assert!(matches!(error, ReloadError::Invalid(_)), "{error}");
        assert_eq!(telemetry.sampling().sampler().unwrap(), "AlwaysOffSampler");
        let health = telemetry.health();
        assert_eq!(health.state, HealthState::Degraded);
        assert_eq!(health.reasons, ["the last configuration file was refused"]);
        let configuration = health.configuration.unwrap();
        assert!(configuration.last_error.unwrap().contains("otel.yaml:"));
        assert_eq!(configuration.version, 1);
    }
    fs::remove_file(folder.file()).unwrap();
    assert!(handle.reload().unwrap_err().to_string().contains("cannot be read"));
    folder.write(&text);
    assert!(handle.reload().unwrap());
    assert_eq!(telemetry.health().state, HealthState::Healthy);
}

#[test]
fn what_takes_a_restart_is_refused() {
    if !is_alone("what_takes_a_restart_is_refused") {
        return;
    }
    let folder = Folder::new();
    let text = sampling("always_off", 1.0);
    folder.write(&text);
    let (_, telemetry) = install(&folder, |builder| builder);
    let handle = telemetry.config_handle();
    let line = text.lines().count();
    let cases = [
        (
            format!("{text}resource: {{ attributes: [{{ name: a, value: b }}] }}\n"),
            format!("otel.yaml:{}:1: `resource` does not change", line + 1),
        ),
        (
            format!("{text}disabled: true\n"),
            format!("otel.yaml:{}:1: `disabled` does not change", line + 1),
        ),
        (
            text.replace("  sampler:", "  limits: { event_count_limit: 5 }\n  sampler:"),
            "otel.yaml:4:3: `limits` does not change".to_owned(),
        ),
        (
            text.replace("tail_sampling: { share: 1 }", "memory_limit: 8388608"),
            format!("otel.yaml:{line}:29: `memory_limit` does not change"),
        ),
        (
            text.replace("tail_sampling: { share: 1 }", "canary: { share: 1 }"),
            format!("otel.yaml:{line}:27: `tail_sampling` does not change"),
        ),
    ];
    for (text, expected) in cases {
        // Its sampling is not put in force either.
        folder.write(&text.replace("always_off", "always_on"));
        let error = handle.reload().unwrap_err();
        assert!(matches!(error, ReloadError::Fixed(_)), "{error}");
        assert!(error.to_string().contains(&expected), "{expected}\n{error}");
        assert!(configuration(&telemetry).last_error.unwrap().contains(&expected));
        assert_eq!(telemetry.sampling().sampler().unwrap(), "AlwaysOffSampler");
    }
}

#[test]
fn the_key_of_baggage_of_levels_takes_a_restart() {
    if !is_alone("the_key_of_baggage_of_levels_takes_a_restart") {
        return;
    }
    let folder = Folder::new();
    let file = |keys: &str| {
        format!(
            "{}resource: {{ attributes: [{{ name: deployment.environment.name, value: staging }}] }}\n",
            sampling("always_off", 1.0).replace("share: 1 }", &format!("share: 1 }}{keys}"))
        )
    };
    folder.write(&file(""));
    let (_, telemetry) = install(&folder, |builder| builder);
    for (keys, key) in [
        (", levels: { baggage: debug }", "levels"),
        (", profiles: { staging: { levels: { baggage: debug } } }", "profiles"),
    ] {
        folder.write(&file(keys));
        let error = telemetry.config_handle().reload().unwrap_err().to_string();
        assert!(error.contains(&format!("otel.yaml:5:58: `{key}` does not change")), "{error}");
    }
    // That of another environment has no effect.
    folder.write(&file(", profiles: { production: { levels: { baggage: debug } } }"));
    assert!(telemetry.config_handle().reload().unwrap());
}

#[test]
fn handles_and_the_builder_take_precedence() {
    if !is_alone("handles_and_the_builder_take_precedence") {
        return;
    }
    let folder = Folder::new();
    folder.write(&sampling("always_off", 1.0));
    let (_, telemetry) = install(&folder, |builder| builder);
    let (handle, sampling_handle) = (telemetry.config_handle(), telemetry.sampling());
    let in_force = || {
        let share = sampling_handle.tail().unwrap().map(|tail| format!("{tail:?}"));
        (sampling_handle.sampler().unwrap(), share.unwrap_or_default().contains("share: 0.25"))
    };
    sampling_handle.set_sampler(AlwaysOn).unwrap();
    sampling_handle.set_tail(TailSampling::new(0.25)).unwrap();
    folder.write(&sampling("always_off", 0.5));
    assert!(handle.reload().unwrap());
    assert_eq!(in_force(), ("AlwaysOnSampler".to_owned(), true));
    handle.release_sampling().unwrap();
    assert_eq!(in_force(), ("AlwaysOffSampler".to_owned(), false));
    drop(telemetry);

    let (_, telemetry) = install(&folder, |builder| builder.with_sampler(AlwaysOff));
    folder.write(&sampling("always_on", 0.5));
    let handle = telemetry.config_handle();
    assert!(handle.reload().unwrap());
    handle.release_sampling().unwrap();
    assert_eq!(telemetry.sampling().sampler().unwrap(), "AlwaysOffSampler");
    drop(telemetry);

    let (_, telemetry) = {
        let exporter = FaultyExporter::new();
        let handle = exporter.handle();
        let builder = Telemetry::builder().with_env(|_| None::<OsString>);
        (handle, builder.with_exporter(exporter).install().unwrap())
    };
    assert!(matches!(telemetry.config_handle().reload(), Err(ReloadError::NoFile)));
}

#[test]
fn a_file_is_watched_through_replacements_and_links() {
    if !is_alone("a_file_is_watched_through_replacements_and_links") {
        return;
    }
    let folder = Folder::new();
    folder.write(&sampling("always_off", 1.0));
    let interval = Duration::from_millis(10);
    let (_, telemetry) = install(&folder, |builder| builder.with_config_watch(interval));
    // Written in place.
    folder.write(&sampling("always_on", 0.5));
    wait_for(&telemetry, 2);
    // Replaced, as editors do.
    let other = folder.path().join("other.yaml");
    fs::write(&other, sampling("always_off", 0.25)).unwrap();
    fs::rename(&other, folder.file()).unwrap();
    wait_for(&telemetry, 3);
    assert_eq!(telemetry.sampling().sampler().unwrap(), "AlwaysOffSampler");
    // Linked to another folder, as Kubernetes does.
    #[cfg(unix)]
    {
        for (number, sampler) in [(1, "always_on"), (2, "always_off")] {
            let target = folder.path().join(format!("data-{number}"));
            fs::create_dir(&target).unwrap();
            fs::write(target.join("otel.yaml"), sampling(sampler, 1.0)).unwrap();
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(target.join("otel.yaml"), &link).unwrap();
            fs::rename(&link, folder.file()).unwrap();
            wait_for(&telemetry, 3 + number);
        }
    }
}

#[cfg(all(unix, feature = "signals"))]
#[test]
fn a_hangup_reads_the_file_again() {
    if !is_alone("a_hangup_reads_the_file_again") {
        return;
    }
    let folder = Folder::new();
    folder.write(&sampling("always_off", 1.0));
    let (_, telemetry) = install(&folder, TelemetryBuilder::with_config_at_hangup);
    folder.write(&sampling("always_on", 1.0));
    let process = std::process::id().to_string();
    let sent = std::process::Command::new("kill").args(["-HUP", &process]).status().unwrap();
    assert!(sent.success());
    wait_for(&telemetry, 2);
}

#[test]
fn no_span_is_lost_by_many_changes() {
    if !is_alone("no_span_is_lost_by_many_changes") {
        return;
    }
    let folder = Folder::new();
    folder.write(&sampling("always_on", 1.0));
    let (_, telemetry) = install(&folder, |builder| builder);
    let handle = telemetry.config_handle();
    let stop = AtomicBool::new(false);
    let recorded: u64 = std::thread::scope(|scope| {
        let recorders: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut spans = 0;
                    while !stop.load(Ordering::Relaxed) && spans < 10_000 {
                        record(1);
                        spans += 2;
                    }
                    spans
                })
            })
            .collect();
        for version in 0..100 {
            let text = sampling("always_on", 1.0);
            folder.write(&match version % 4 {
                0 => text.replace("always_on:", "always_record: { root: { always_on: } }"),
                2 => text,
                // Every second file is broken.
                _ => format!("{text}nonsense"),
            });
            assert_eq!(handle.reload().is_err(), version % 2 == 1, "{version}");
        }
        stop.store(true, Ordering::Relaxed);
        recorders.into_iter().map(|recorder| recorder.join().unwrap()).sum()
    });
    let report = telemetry.shutdown(LONG);
    assert_eq!(report.started, recorded);
    assert_eq!(report.exporters[0].exported, recorded, "{report}");
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
}

#[test]
fn levels_and_switches_change_with_the_file() {
    if !is_alone("levels_and_switches_change_with_the_file") {
        return;
    }
    let folder = Folder::new();
    let with = |ours: &str| {
        let text = sampling("always_on", 1.0);
        text.replace(
            "{ share: 1 } }",
            &format!("{{ share: 1, tenants: {{ key: tenant }} }}, {ours} }}"),
        )
    };
    folder.write(&with(
        "levels: { default: warn, modules: { 'shop::db': debug } }, canary: { share: 0.5 },
         switches: { metrics: false, exporters: { faulty: false }, modules: { 'shop::x': false }, tenants: { acme: false } }",
    ));
    let (taken, telemetry) = install(&folder, |builder| builder);
    let (levels, switches) = (telemetry.levels(), telemetry.switches());
    assert_eq!(levels.of_module("shop::api").unwrap(), Level::Warn);
    assert_eq!(levels.of_module("shop::db::pool").unwrap(), Level::Debug);
    let off = [
        "signal metrics",
        "exporter faulty",
        "module shop::x",
        "tenant acme",
        "all traces but a share of 0.5",
    ];
    assert_eq!(switches.off().unwrap(), off);
    record(0);
    telemetry.force_flush(LONG).unwrap();
    assert!(taken.taken().is_empty());

    // What the file changes is put in force; what it leaves stays as a handle has set it.
    switches.set_canary(0.25).unwrap();
    switches.set_tenant("other", false).unwrap();
    let same = "canary: { share: 0.5 }, switches: { modules: { 'shop::x': false }, tenants: { acme: false } }";
    folder.write(&with(same));
    assert!(telemetry.config_handle().reload().unwrap());
    assert_eq!(levels.of_module("shop::db").unwrap(), Level::Info);
    let off = ["module shop::x", "tenant acme", "tenant other", "all traces but a share of 0.25"];
    assert_eq!(switches.off().unwrap(), off);
    folder.write(&with("ring_bytes: 65536"));
    assert!(matches!(telemetry.config_handle().reload(), Err(ReloadError::Fixed(_))));
    folder.write(&with("canary: { share: 1 }"));
    assert!(telemetry.config_handle().reload().unwrap());
    assert_eq!(switches.off().unwrap(), [""; 0]);
    record(0);
    telemetry.force_flush(LONG).unwrap();
    assert_eq!(taken.taken(), ["outer"]);
}

#[test]
fn tracers_are_turned_off_by_their_scope() {
    use opentelemetry::global;
    use opentelemetry::trace::Tracer as _;

    if !is_alone("tracers_are_turned_off_by_their_scope") {
        return;
    }
    let folder = Folder::new();
    let with = |tracers: &str| {
        let text = sampling("always_on", 1.0);
        let tracers = format!("  tracer_configurator/development: {{ {tracers} }}\n  sampler:");
        text.replace("  sampler:", &tracers)
    };
    // Functions have the scope of their crate, `suite`.
    folder.write(&with("tracers: [{ name: 'sui*', config: { enabled: false } }]"));
    let (taken, telemetry) = install(&folder, |builder| builder);
    let recorded = || {
        global::tracer("noisy").in_span("client", |_| record(0));
        global::tracer("quiet").in_span("server", |_| ());
        telemetry.force_flush(LONG).unwrap();
        taken.taken()
    };
    assert_eq!(recorded(), ["client", "server"]);
    let others =
        "default_config: { enabled: false }, tracers: [{ name: quiet, config: { enabled: true } }]";
    folder.write(&with(others));
    assert!(telemetry.config_handle().reload().unwrap());
    assert_eq!(recorded(), ["client", "server", "server"]);
    folder.write(&sampling("always_on", 1.0));
    assert!(telemetry.config_handle().reload().unwrap());
    assert_eq!(recorded(), ["client", "server", "server", "outer", "client", "server"]);
}

#[cfg(feature = "prometheus")]
#[test]
fn metrics_report_the_file_in_force() {
    use trace_runtime::metrics::PrometheusSettings;

    if !is_alone("metrics_report_the_file_in_force") {
        return;
    }
    let folder = Folder::new();
    folder.write(&sampling("always_off", 1.0));
    let settings = PrometheusSettings::default().without_endpoint().without_scope_labels();
    let (_, telemetry) = install(&folder, |builder| builder.with_prometheus(settings));
    let handle = telemetry.config_handle();
    folder.write(&sampling("always_on", 1.0));
    handle.reload().unwrap();
    let page = || telemetry.prometheus().unwrap().render(None).unwrap().body;
    let first = page();
    assert!(first.contains("trace_runtime_config_version 2"), "{first}");
    assert!(first.contains("trace_runtime_config_refused_ratio 0"), "{first}");
    assert!(first.contains("trace_runtime_config_applied_seconds 1"), "{first}");
    folder.write("nonsense");
    handle.reload().unwrap_err();
    let second = page();
    assert!(second.contains("trace_runtime_config_version 2"), "{second}");
    assert!(second.contains("trace_runtime_config_refused_ratio 1"), "{second}");
}
