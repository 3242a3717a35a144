use super::*;
use crate::export::testing::{BuiltSpan, SpanMaker, Written, batch_of};
use std::io;

fn printed(colors: Colors) -> String {
    let output = Written::default();
    let mut console =
        ConsoleExporter::builder().with_writer(output.clone()).with_colors(colors).build();
    let inner = SpanMaker::new("pay").ids(0xabc, 2, 1).times(250, 1_000).error("declined");
    let root = SpanMaker::new("checkout").ids(0xabc, 1, 0).times(0, 1_000);
    let spans = [inner.build(|_| {}), root.build(|_| {})];
    console.export(&batch_of(&spans)).unwrap();
    assert!(output.text().is_empty(), "children may still come");
    assert!(console.wake_at().is_some());
    console.force_flush().unwrap();
    output.text()
}

#[test]
fn a_writer_gets_plain_text() {
    let expected = "\
trace 00000000000000000000000000000abc  2 spans, 1 failed
checkout  1.00 µs  ━━━━━━━━━━━━━━━━━━━━
└─ ✗ pay   750 ns       ━━━━━━━━━━━━━━━
      declined  src/shop.rs:7

";
    assert_eq!(printed(Colors::Auto), expected);
    assert_eq!(printed(Colors::Never), expected);
}

#[test]
fn colours_only_add_to_the_text() {
    let coloured = printed(Colors::Always);
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31m✗ pay\u{1b}[0m"), "{coloured:?}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), printed(Colors::Never));
}

/// An output that fails every write.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_output_is_an_error_with_its_count() {
    let mut console = ConsoleExporter::builder().with_writer(Closed).build();
    let span = SpanMaker::new("x").build(|_| {});
    console.export(&[span.view()]).unwrap();
    let error = console.force_flush().unwrap_err();
    assert_eq!((error.to_string().as_str(), error.lost()), ("cannot print: broken pipe", Some(1)));
}

#[test]
fn what_cannot_be_printed_is_lost_even_if_it_was_held_back() {
    use crate::export::{ExporterQueue, QueueSettings};
    use crate::loss::DropReason;

    let console = ConsoleExporter::builder().with_writer(Closed).build();
    let resource = opentelemetry_sdk::Resource::builder_empty().build();
    let queue = ExporterQueue::spawn(Box::new(console), &QueueSettings::default(), &resource);
    let queue = queue.unwrap();
    let later = Instant::now() + Duration::from_secs(20);
    for trace in 1..=3 {
        let child = SpanMaker::new("pay").ids(trace, 2, 1);
        let root = SpanMaker::new("checkout").ids(trace, 1, 0);
        queue.offer(&BuiltSpan::chunk([child.build(|_| {}), root.build(|_| {})]));
        assert!(queue.flush(queue.begin_flush(), later));
    }
    assert!(queue.shutdown(later));
    let report = queue.report();
    assert_eq!((report.exported, report.queued), (0, 0));
    assert_eq!(report.dropped.get(&DropReason::ExportFailed), Some(&6));
}
