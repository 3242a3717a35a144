//! Snapshots in files: what is read back, and when they are written by themselves.
#![cfg(all(feature = "enabled", feature = "json"))]

use crate::support::is_alone;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trace_runtime::export::{FinishedSpan, JsonExporter, NullExporter, Snapshot, SnapshotFiles};
use trace_runtime::sampling::TailSampling;
use trace_runtime::{Span, SpanKind, Status, Telemetry, trace};

const PATIENCE: Duration = Duration::from_secs(60);

/// A directory that is removed in the end.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("trace-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The names of its files, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn install(files: SnapshotFiles) -> Telemetry {
    let tail = TailSampling::new(0.0).with_slow_named("slow", Duration::ZERO);
    let builder = Telemetry::builder().without_env().with_exporter(NullExporter::new());
    builder.with_tail_sampling(tail).with_snapshot_files(files).install().unwrap()
}

#[test]
fn a_command_that_keeps_snapshots_is_on() {
    if !is_alone("a_command_that_keeps_snapshots_is_on") {
        return;
    }
    let dir = Dir::new("command");
    let builder = Telemetry::builder().without_env().for_command_line();
    let builder = builder.with_tail_sampling(TailSampling::new(0.0));
    let telemetry = builder.with_snapshot_files(SnapshotFiles::in_dir(&dir.0)).install().unwrap();
    assert!(!telemetry.is_disabled());
}

#[trace(kind = Server, attrs("http.route" = "/orders", size = 3_u64, ratio = 0.5, ok = true))]
fn request() {
    step("ä \"quoted\"");
}

#[trace(attrs(text, list = [1_i64, -2].as_slice(), words = ["a", "b"].as_slice()))]
fn step(text: &str) {
    let span = Span::current();
    span.add_event("stepped", &[("n", &1)]);
    span.add_link_with(Span::builder("elsewhere").start(), &[("why", &"test")]);
    span.set_status(Status::error("no way"));
}

#[trace]
fn fine() {}

#[trace]
fn slow() {}

#[trace]
fn failing() -> Result<(), std::num::ParseIntError> {
    "x".parse::<i32>().map(drop)
}

#[trace]
fn panicking(text: &str) {
    text.parse::<u8>().unwrap();
}

/// All that exporters see of spans, sorted. Files do not tell literals from other text, nor unsigned integers from
/// signed ones.
fn shown(snapshot: &Snapshot) -> Vec<String> {
    let one = |span: FinishedSpan<'_>| {
        let shown = format!("{span:?} {:?} {}", span.trace_flags(), span.site().scope);
        shown.replace("Static(", "Str(").replace("U64(", "I64(")
    };
    let mut all: Vec<_> = snapshot.iter().map(one).collect();
    all.sort();
    all
}

#[track_caller]
fn read(path: &Path) -> Snapshot {
    let mut all = Snapshot::read(path).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn a_file_reads_back_whole() {
    if !is_alone("a_file_reads_back_whole") {
        return;
    }
    let dir = Dir::new("reads-back");
    let telemetry = install(SnapshotFiles::in_dir(&dir.0));
    request();
    let _ = failing();
    let open = Span::builder("open").with_kind(SpanKind::Client).start();
    let snapshot = telemetry.snapshot(PATIENCE).unwrap();
    let [first, second] = ["first.jsonl", "second.jsonl"].map(|name| dir.0.join(name));
    snapshot.save(&first).unwrap();
    let again = read(&first);
    assert_eq!(shown(&snapshot), shown(&again));
    assert_eq!(again.len(), 5);
    again.save(&second).unwrap();
    assert_eq!(shown(&read(&second)), shown(&again));
    open.end();
    drop(telemetry);
    // Nothing has raised an alarm.
    assert_eq!(dir.names(), ["first.jsonl", "second.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_saved_file_is_for_its_owner_even_if_another_was_there() {
    use std::os::unix::fs::PermissionsExt;
    if !is_alone("a_saved_file_is_for_its_owner_even_if_another_was_there") {
        return;
    }
    let dir = Dir::new("owner");
    let path = dir.file("snapshot.jsonl", "for everyone");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let telemetry = install(SnapshotFiles::in_dir(&dir.0));
    fine();
    telemetry.snapshot(PATIENCE).unwrap().save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(read(&path).len(), 1);
    assert_eq!(dir.names(), ["snapshot.jsonl"]);
    drop(telemetry);
}

/// A file that a Collector might write: other signals, other resources, names instead of numbers, types that spans
/// do not have here, and members of a later version.
const FOREIGN: &str = r#"
{"resourceMetrics":[{"scopeMetrics":[]}]}
{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"scope":{"name":"lib","version":"1"},"spans":[{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"b7ad6b7169203331","name":"GET","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"10","endTimeUnixNano":25,"attributes":[{"key":"n","value":{"intValue":7}},{"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}}]}}},{"key":"mixed","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"x"}]}}},{"key":"nan","value":{"doubleValue":"NaN"}}],"status":{"code":"STATUS_CODE_ERROR","message":"no"},"later":{"x":1}},{"traceId":"","spanId":"1","name":"without a trace"}]}]}]}
{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"b"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b7","parentSpanId":"b7ad6b7169203331","flags":769,"name":"child","kind":3}]}]}]}
"#;

#[test]
fn files_of_others_are_read() {
    let dir = Dir::new("foreign");
    let snapshots = Snapshot::read(dir.file("foreign.jsonl", FOREIGN)).unwrap();
    let [a, b] = &snapshots[..] else { panic!("{snapshots:?}") };
    let [get] = &a.iter().collect::<Vec<_>>()[..] else { panic!("{a:?}") };
    assert_eq!((get.name(), get.kind(), get.site().scope), ("GET", SpanKind::Server, "lib"));
    assert_eq!((get.start_unix_nanos(), get.end_unix_nanos()), (10, 25));
    assert_eq!(get.status_description(), "no");
    let attribute = |key: &str| format!("{:?}", get.attribute(key).unwrap());
    assert_eq!(attribute("n"), "I64(7)");
    assert_eq!(attribute("nan"), "F64(NaN)");
    assert!(attribute("map").contains("kvlistValue"), "{}", attribute("map"));
    assert!(attribute("mixed").contains("arrayValue"), "{}", attribute("mixed"));
    let [child] = &b.iter().collect::<Vec<_>>()[..] else { panic!("{b:?}") };
    assert_eq!(child.parent_span_id(), get.span_id());
    assert!(child.parent_is_remote());
    assert_eq!(child.trace_id(), get.trace_id());
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let dir = Dir::new("errors");
    let problem = |text: &str| Snapshot::read(dir.file("f", text)).unwrap_err().to_string();
    assert_eq!(
        problem("{}\n{\"resourceSpans\":"),
        "line 2 is not JSON (column 17: EOF while parsing a value); each line of the file is one OTLP message \
         in JSON"
    );
    assert!(problem("PNG\0").starts_with("line 1 is not JSON (column 1"));
    assert!(Snapshot::read(dir.0.join("none")).unwrap_err().to_string().contains("cannot read"));
    // Whatever else is in them is no reason to fail.
    for text in ["", "\n\n", "1", "null", r#"{"resourceSpans":{}}"#, r#"{"resourceSpans":[1,[]]}"#]
    {
        let spans = Snapshot::read(dir.file("f", text)).unwrap();
        assert_eq!(spans.iter().map(Snapshot::len).sum::<usize>(), 0, "{text}");
    }
}

#[test]
fn a_failed_root_is_written_once_in_a_while() {
    if !is_alone("a_failed_root_is_written_once_in_a_while") {
        return;
    }
    let dir = Dir::new("failed");
    let telemetry = install(SnapshotFiles::in_dir(dir.0.join("made")).on_failed_root());
    fine();
    slow();
    (0..3).for_each(|_| assert!(failing().is_err()));
    assert!(telemetry.shutdown(PATIENCE).is_balanced());
    let made = Dir(dir.0.join("made"));
    let [name] = &made.names()[..] else { panic!("{:?}", made.names()) };
    assert!(name.starts_with("snapshot-") && name.ends_with("-failed.jsonl"), "{name}");
    let names: Vec<_> =
        read(&made.0.join(name)).iter().map(|span| span.name().to_owned()).collect();
    assert!(
        names.contains(&"fine".to_owned()) && names.contains(&"failing".to_owned()),
        "{names:?}"
    );
}

#[test]
fn a_slow_root_is_written_although_its_trace_was_kept_before_it_ended() {
    if !is_alone("a_slow_root_is_written_although_its_trace_was_kept_before_it_ended") {
        return;
    }
    let dir = Dir::new("slow");
    let telemetry = install(SnapshotFiles::in_dir(&dir.0).on_slow_root());
    assert!(failing().is_err());
    let mut root = Span::builder("slow").start();
    root.in_scope(|_| assert!(failing().is_err()));
    root.end();
    drop(telemetry);
    let [name] = &dir.names()[..] else { panic!("{:?}", dir.names()) };
    assert!(name.ends_with("-slow.jsonl"), "{name}");
}

#[test]
fn a_panic_is_written_with_its_span() {
    if !is_alone("a_panic_is_written_with_its_span") {
        return;
    }
    let dir = Dir::new("panic");
    let telemetry = install(SnapshotFiles::in_dir(&dir.0).on_panic());
    assert!(std::thread::spawn(|| panicking("as it should")).join().is_err());
    drop(telemetry);
    let [name] = &dir.names()[..] else { panic!("{:?}", dir.names()) };
    assert!(name.ends_with("-panic.jsonl"), "{name}");
    let names: Vec<_> = read(&dir.0.join(name)).iter().map(|it| it.name().to_owned()).collect();
    assert_eq!(names, ["panicking"]);
    // A panic without telemetry is nothing special.
    assert!(std::thread::spawn(|| panicking("as it should")).join().is_err());
    assert_eq!(dir.names().len(), 1);
}

#[cfg(all(unix, feature = "signals"))]
#[test]
fn a_signal_asks_for_a_snapshot() {
    use std::time::Instant;
    if !is_alone("a_signal_asks_for_a_snapshot") {
        return;
    }
    let dir = Dir::new("signal");
    let telemetry = install(SnapshotFiles::in_dir(&dir.0).on_sigusr1());
    fine();
    signal_hook::low_level::raise(signal_hook::consts::SIGUSR1).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !dir.names().iter().any(|name| name.ends_with("-signal.jsonl")) {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    drop(telemetry);
}

#[test]
fn the_oldest_files_make_room() {
    if !is_alone("the_oldest_files_make_room") {
        return;
    }
    let dir = Dir::new("most");
    let files = || {
        let files = SnapshotFiles::in_dir(&dir.0).on_failed_root();
        files.with_pause(Duration::ZERO).with_most(2)
    };
    dir.file("notes.txt", "not ours");
    dir.file("snapshot-000000000000001-1-slow.jsonl", "");
    dir.file("snapshot-000000000000002-1-slow.jsonl", "");
    let telemetry = install(files());
    assert!(failing().is_err());
    drop(telemetry);
    let names = dir.names();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(names[..2], ["notes.txt", "snapshot-000000000000002-1-slow.jsonl"]);
}

#[test]
fn files_without_recent_spans_are_refused() {
    if !is_alone("files_without_recent_spans_are_refused") {
        return;
    }
    let builder = || {
        let builder = Telemetry::builder().without_env().with_exporter(NullExporter::new());
        builder.with_snapshot_files(SnapshotFiles::in_dir("/nowhere").on_panic())
    };
    let tail = TailSampling::new(0.5).without_recent_spans();
    for builder in [builder(), builder().with_tail_sampling(tail)] {
        let error = builder.install().unwrap_err().to_string();
        assert!(error.contains("`with_tail_sampling` keeps them"), "{error}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_harms_nothing() {
    if !is_alone("a_directory_that_cannot_be_made_harms_nothing") {
        return;
    }
    let dir = Dir::new("blocked");
    let file = dir.file("file", "in the way");
    let telemetry = install(SnapshotFiles::in_dir(file.join("below")).on_failed_root());
    assert!(failing().is_err());
    assert!(telemetry.shutdown(PATIENCE).is_balanced());
    assert_eq!(dir.names(), ["file"]);
}

#[test]
fn what_the_json_exporter_has_written_is_read() {
    if !is_alone("what_the_json_exporter_has_written_is_read") {
        return;
    }
    let dir = Dir::new("exported");
    let path = dir.0.join("spans.jsonl");
    let exporter = JsonExporter::to_file(&path).unwrap();
    let telemetry = Telemetry::builder().without_env().with_exporter(exporter).install().unwrap();
    (0..2_000).for_each(|_| request());
    drop(telemetry);
    assert_eq!(read(&path).len(), 6_000);
}
