//! Refuses what is too large, ambiguous, or not of the format.

use trace_config::model::Configuration;
use trace_config::{Format, ProblemKind, Reader};

fn read(text: &str, format: Format) -> Result<Configuration, Vec<ProblemKind>> {
    let reader =
        Reader::new().with_variables(|name| (name == "LARGE").then(|| "x".repeat(3 << 20).into()));
    match reader.read_text("test", text, format) {
        Ok(loaded) => Ok(loaded.configuration),
        Err(error) => Err(error.problems().iter().map(|problem| problem.kind().clone()).collect()),
    }
}

fn yaml(text: &str) -> Result<Configuration, Vec<ProblemKind>> {
    read(&format!("file_format: '1.2'\n{text}"), Format::Yaml)
}

#[test]
fn aliases_are_copies() {
    let configuration = yaml(
        "x-headers: &headers [{ name: a, value: b }]
x-name: &name console
tracer_provider:
  processors:
    - simple: { exporter: { otlp_http: { headers: *headers } } }
    - simple: { exporter: { *name : } }",
    );
    let processors = configuration.unwrap().tracer_provider.unwrap().processors;
    let shown = format!("{processors:?}");
    assert!(shown.contains("name: \"a\"") && shown.contains("Console"), "{shown}");
}

#[test]
fn aliases_are_bounded() {
    // Ten levels of ten aliases would be ten thousand million values.
    let mut text = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("x-{level}: &a{level} [{aliases}]\n");
    }
    let problems = yaml(&text).unwrap_err();
    assert!(matches!(problems[0], ProblemKind::TooMuch { what: "values", .. }), "{problems:?}");

    let long = "y".repeat(100_000);
    let text = format!("x-long: &long {long}\nx-many: [{}]", vec!["*long"; 100].join(", "));
    let problems = yaml(&text).unwrap_err();
    assert!(matches!(problems[0], ProblemKind::TooMuch { what: "bytes of text", .. }));

    let problems = yaml("x-open: &open [*open]").unwrap_err();
    assert_eq!(problems, [ProblemKind::OpenAlias]);
    assert!(matches!(yaml("x-a: *unknown").unwrap_err()[0], ProblemKind::Syntax { .. }));
}

#[test]
fn anchors_of_nested_values_are_bounded() {
    let mut text = "x-deep: ".to_owned();
    for level in 0..60 {
        text += &format!("&d{level} [");
    }
    text += &vec!["x"; 4_000].join(",");
    text += &"]".repeat(60);
    let problems = yaml(&text).unwrap_err();
    assert!(matches!(problems[0], ProblemKind::TooMuch { what: "values", .. }), "{problems:?}");
}

#[test]
fn depth_is_bounded() {
    for depth in [50, 100, 100_000] {
        let yaml =
            format!("file_format: '1.2'\nx-deep: {}{}", "[".repeat(depth), "]".repeat(depth));
        let json = format!(
            "{{\"file_format\": \"1.2\", \"x-deep\": {}{}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let toml =
            format!("file_format = '1.2'\nx-deep = {}{}", "[".repeat(depth), "]".repeat(depth));
        for (text, format) in [(yaml, Format::Yaml), (json, Format::Json), (toml, Format::Toml)] {
            assert_eq!(read(&text, format).is_ok(), depth == 50, "{format:?} {depth}");
        }
    }
}

#[test]
fn size_is_bounded() {
    let problems = yaml(&format!("# {}", "x".repeat(1 << 20))).unwrap_err();
    assert!(matches!(problems[0], ProblemKind::TooMuch { what: "bytes", .. }));
    let problems = yaml("x-text: [$$, '${LARGE}', '${LARGE}', '${LARGE}']").unwrap_err();
    assert!(matches!(problems[0], ProblemKind::TooMuch { what: "bytes of text", .. }));
}

#[test]
fn one_line_is_read_in_linear_time() {
    let items = vec!["1"; 90_000].join(",");
    for (text, format) in [
        (format!("{{\"file_format\":\"1.2\",\"x-list\":[{items}]}}"), Format::Json),
        (format!("file_format='1.2'\nx-list=[{items}]"), Format::Toml),
        (format!("{{file_format: '1.2', x-list: [{items}]}}"), Format::Yaml),
    ] {
        let start = std::time::Instant::now();
        read(&text, format).unwrap();
        // With quadratic time, it would be minutes.
        assert!(start.elapsed().as_secs() < 20, "{format:?}");
    }
}

#[test]
fn keys_are_unique_strings() {
    for (text, format) in [
        ("file_format: '1.2'\ndisabled: true\ndisabled: false", Format::Yaml),
        (r#"{"file_format": "1.2", "disabled": true, "disabled": false}"#, Format::Json),
    ] {
        let problems = read(text, format).unwrap_err();
        let key = "disabled".to_owned();
        let first_line = if format == Format::Yaml { 2 } else { 1 };
        assert_eq!(problems, [ProblemKind::DuplicateKey { key, first_line }]);
    }
    let toml = read("file_format = '1.2'\ndisabled = true\ndisabled = false", Format::Toml);
    assert!(matches!(toml.unwrap_err()[0], ProblemKind::Syntax { .. }));

    assert_eq!(yaml("x-a:\n  ? [a, b]\n  : c").unwrap_err(), [ProblemKind::KeyNotText]);
    assert_eq!(yaml("x-a:\n  ? { a: { b: [c] } }\n  : c").unwrap_err(), [ProblemKind::KeyNotText]);
    let two = yaml("x-a:\n  ? [a]\n  : c\n  ? [b]\n  : c\nx-b: { { a: b }: c }").unwrap_err();
    assert_eq!(two, [const { ProblemKind::KeyNotText }; 3]);
    let merge = yaml("x-a: &a { b: c }\nx-d:\n  <<: *a").unwrap_err();
    assert_eq!(merge, [ProblemKind::MergeKey]);
}

#[test]
fn tags_of_the_core_schema_are_known() {
    let tagged = yaml("disabled: !!bool 'true'\nresource: !!map { schema_url: !!str 1 }").unwrap();
    assert_eq!(tagged.disabled, Some(true));
    assert_eq!(tagged.resource.unwrap().schema_url.as_deref(), Some("1"));
    for tag in ["disabled: !!int 'true'", "resource: !mine {}", "disabled: !!bool 3"] {
        let problems = yaml(tag).unwrap_err();
        assert!(matches!(problems[0], ProblemKind::Tag { .. }), "{tag}: {problems:?}");
    }
}

#[test]
fn a_file_has_one_document_with_one_mapping() {
    assert_eq!(read("", Format::Yaml).unwrap_err(), [ProblemKind::Empty]);
    assert_eq!(read("# nothing\n", Format::Yaml).unwrap_err(), [ProblemKind::Empty]);
    let two = read("file_format: '1.2'\n---\nfile_format: '1.2'\n", Format::Yaml);
    assert_eq!(two.unwrap_err(), [ProblemKind::SecondDocument]);
    for text in ["[]", "text", "5", "null"] {
        assert!(read(text, Format::Yaml).is_err(), "{text}");
    }
    let marked = read("\u{feff}---\nfile_format: '1.2'\n...\n", Format::Yaml);
    assert_eq!(marked.unwrap().file_format, "1.2");
}

#[test]
fn json_is_read_by_its_grammar() {
    let value =
        |text: &str| read(&format!(r#"{{"file_format": "1.2", "x": {text}}}"#), Format::Json);
    for text in
        ["0", "-0.5e+3", "1E5", "\"\\u00e9\\ud83d\\ude00\\/\"", "[ ]", "{ }", "[1 , 2]", "\t\r\n1"]
    {
        assert!(value(text).is_ok(), "{text}");
    }
    for text in [
        "01",
        "1.",
        ".5",
        "+1",
        "0x10",
        "nul",
        "NaN",
        "'a'",
        "\"\\x\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"a\nb\"",
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a: 1}",
        "\"",
        "[",
        "{",
        "",
        "1 2",
        "// 1",
    ] {
        let problems = value(text).unwrap_err();
        assert!(matches!(problems[0], ProblemKind::Syntax { .. }), "{text}: {problems:?}");
    }
}
