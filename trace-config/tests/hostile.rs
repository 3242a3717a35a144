//! Reads files that are large in one way, in a time that does not grow with the square of their size.

use std::time::{Duration, Instant};
use trace_config::{Format, Reader};

/// Beyond this, a file of 1 MiB takes quadratic time, also in a build that is not optimized.
const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn large_files_take_linear_time() {
    let size = (1 << 20) - 100;
    let repeated = |text: &str| text.repeat(size / text.len());
    let numbered = |text: fn(usize) -> String| (0..60_000).map(text).collect::<String>();
    let unknown = format!(
        "file_format: '1.2'\ndistribution: {{ trace-rs: {{ switches: {{ {}: 1, {} }} }} }}",
        "k".repeat(400_000),
        numbered(|number| format!("u{number}: 1,")),
    );
    let texts = [
        repeated("["),
        repeated("{a: "),
        repeated("a={"),
        format!("a={}", repeated("{a=")),
        format!("x: [{}", repeated("a,")),
        repeated("\r"),
        repeated("- "),
        repeated("? "),
        repeated("&a "),
        repeated("# a\n"),
        repeated("a: b\n"),
        repeated("[[a]]\n"),
        format!("x: |\n{}", repeated("  a\n")),
        format!("x: \"{}", repeated("\\n")),
        format!("x: {}", repeated("${")),
        format!("x: {}", repeated("${A}")),
        format!("x: {}", repeated("$$")),
        format!("{{{}}}", numbered(|number| format!("\"{number}\":1,"))),
        numbered(|number| format!("a.b{number}=1\n")),
        numbered(|number| format!("&a{number} x: *a{number}\n")),
        unknown,
    ];
    let reader = Reader::new().with_variables(|_| Some("x".into()));
    for text in texts {
        let start: String = text.chars().take(30).collect();
        for format in [Format::Yaml, Format::Json, Format::Toml] {
            let begin = Instant::now();
            let shown = reader.read_text("large", &text, format).map_err(|error| error.to_string());
            assert!(begin.elapsed() < LIMIT, "{start} as {format:?} took {:?}", begin.elapsed());
            assert!(shown.err().is_none_or(|shown| shown.len() < 200_000), "{start}");
        }
    }
}

#[test]
fn problems_are_counted_up_to_a_bound() {
    let keys: String = (0..5_000).map(|number| format!("  u{number}: 1\n")).collect();
    let text = format!("file_format: '1.2'\nattribute_limits:\n{keys}");
    let error = Reader::new().read_text("many", &text, Format::Yaml).unwrap_err();
    assert_eq!(error.problems().len(), 100);
    assert_eq!(error.problems()[99].place().line(), 102);
}
