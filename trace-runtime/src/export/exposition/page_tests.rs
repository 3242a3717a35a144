use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

/// A sample as parsed by a strict reader.
#[derive(Debug, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

/// A family as announced.
#[derive(Debug, PartialEq)]
struct Announced {
    name: String,
    kind: String,
    help: String,
    samples: Vec<Sample>,
}

/// Parses a page, and panics at anything that the format forbids.
fn read(page: &str, format: TextFormat) -> Vec<Announced> {
    let page = match format {
        TextFormat::Text => page,
        TextFormat::OpenMetrics => page.strip_suffix("# EOF\n").expect("an end"),
    };
    let mut families: Vec<Announced> = Vec::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(is_metric(name), "{line}");
            assert!(!families.iter().any(|family| family.name == name), "twice: {line}");
            let [name, kind] = [name, kind].map(str::to_owned);
            families.push(Announced { name, kind, help: String::new(), samples: Vec::new() });
            continue;
        }
        let family = families.last_mut().expect("a family first");
        if let Some(rest) = line.strip_prefix("# UNIT ") {
            let (name, unit) = rest.split_once(' ').unwrap();
            assert!(format == TextFormat::OpenMetrics && name == family.name, "{line}");
            assert!(name.ends_with(&format!("_{unit}")), "{line}");
        } else if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert_eq!(name, family.name);
            let (help, rest) = unescape(help, None, format == TextFormat::OpenMetrics);
            assert_eq!(rest, "");
            family.help = help;
        } else {
            family.samples.push(sample(line));
        }
    }
    for family in &families {
        let series: HashSet<_> =
            family.samples.iter().map(|it| format!("{}{:?}", it.name, it.labels)).collect();
        assert_eq!(series.len(), family.samples.len(), "a series twice in {family:?}");
        let suffixes: &[&str] = match (&*family.kind, format) {
            ("counter", TextFormat::OpenMetrics) => &["_total"],
            ("histogram", _) => &["_bucket", "_sum", "_count"],
            ("info", _) => &["_info"],
            _ => &[""],
        };
        for sample in &family.samples {
            let suffix = sample.name.strip_prefix(&family.name).expect(&sample.name);
            assert!(suffixes.contains(&suffix), "{sample:?} in {family:?}");
        }
    }
    families
}

fn is_metric(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_:".contains(&byte);
    !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && name.bytes().all(is_inner)
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect(line);
    let (name, mut rest) = line.split_at(end);
    assert!(is_metric(name), "{line}");
    let mut labels: Vec<(String, String)> = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            assert!(is_metric(label) && !label.contains(':') && !label.starts_with("__"), "{line}");
            assert!(!labels.iter().any(|(known, _)| known == label), "{line}");
            let (value, after) = unescape(after, Some('"'), true);
            labels.push((label.to_owned(), value));
            rest = match after.strip_prefix(',') {
                Some(after) => after,
                None => break rest = after.strip_prefix('}').expect(line),
            };
        }
    }
    let value = rest.strip_prefix(' ').expect(line);
    assert!(!value.contains(' '), "{line}");
    Sample { name: name.to_owned(), labels, value: value.parse().expect(line) }
}

/// Returns the text up to an end that is not escaped, and the rest.
fn unescape(text: &str, end: Option<char>, quotes: bool) -> (String, &str) {
    let mut out = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next().expect("something escaped").1 {
                'n' => out.push('\n'),
                '\\' => out.push('\\'),
                '"' if quotes => out.push('"'),
                other => panic!("`{other}` escaped in {text}"),
            },
            letter if Some(letter) == end => return (out, &text[at + 1..]),
            letter => out.push(letter),
        }
    }
    assert_eq!(end, None, "no end: {text}");
    (out, "")
}

fn add(page: &mut Page, name: &str, kind: Kind, labels: &[(&str, &str)], value: Number) {
    let Some(mut series) = page.family(name, "", "", kind) else { return };
    let written = series.labels();
    labels.iter().for_each(|(key, value)| written.add(key, value));
    series.number(value);
}

#[test]
fn both_formats_say_the_same_in_their_words() {
    let page = |format| {
        let mut page = Page::new(format);
        let mut orders =
            page.family("orders", "{order}", "How \"many\"\nand \\", Kind::Counter).unwrap();
        orders.labels().add("tier", "a\"b\\c\nd");
        orders.number(Number::U64(u64::MAX));
        let mut latency = page.family("latency", "s", "", Kind::Histogram).unwrap();
        latency.labels();
        let mut bounds = [(0.25, 1), (1.0, 3)].into_iter();
        let sum = Some(Number::F64(2.5));
        latency.histogram(Buckets { bounds: &mut bounds, count: 4, sum });
        add(&mut page, "jobs.count", Kind::Gauge, &[], Number::I64(-3));
        add(&mut page, "target", Kind::Info, &[("service.name", "shop")], Number::U64(1));
        page.finish()
    };
    assert_eq!(
        page(TextFormat::Text),
        r#"# TYPE jobs_count untyped
# HELP jobs_count jobs.count
jobs_count -3
# TYPE latency_seconds histogram
# HELP latency_seconds latency
latency_seconds_bucket{le="0.25"} 1
latency_seconds_bucket{le="1"} 3
latency_seconds_bucket{le="+Inf"} 4
latency_seconds_sum 2.5
latency_seconds_count 4
# TYPE orders_total counter
# HELP orders_total How "many"\nand \\
orders_total{tier="a\"b\\c\nd"} 18446744073709551615
# TYPE target_info gauge
# HELP target_info target
target_info{service_name="shop"} 1
"#
    );
    assert_eq!(
        page(TextFormat::OpenMetrics),
        r#"# TYPE jobs_count unknown
# HELP jobs_count jobs.count
jobs_count -3
# TYPE latency_seconds histogram
# UNIT latency_seconds seconds
# HELP latency_seconds latency
latency_seconds_bucket{le="0.25"} 1
latency_seconds_bucket{le="1.0"} 3
latency_seconds_bucket{le="+Inf"} 4
latency_seconds_sum 2.5
latency_seconds_count 4
# TYPE orders counter
# HELP orders How \"many\"\nand \\
orders_total{tier="a\"b\\c\nd"} 18446744073709551615
# TYPE target info
# HELP target target
target_info{service_name="shop"} 1
# EOF
"#
    );
}

#[test]
fn numbers_are_what_they_were() {
    for (number, expected) in [
        (0.0, "0"),
        (1e15, "1000000000000000"),
        (0.1, "0.1"),
        (1e300, "1e300"),
        (-5e-324, "-5e-324"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
    ] {
        assert_eq!(Number::F64(number).to_string(), expected);
    }
}

#[test]
fn what_contradicts_itself_is_left_out() {
    let mut page = Page::new(TextFormat::Text);
    add(&mut page, "jobs", Kind::Counter, &[("a.b", "2"), ("a_b", "1")], Number::U64(1));
    // The same series again, with another spelling of its key.
    add(&mut page, "jobs", Kind::Counter, &[("a/b", "2"), ("a:b", "1")], Number::U64(2));
    // Another kind.
    add(&mut page, "jobs.total", Kind::Gauge, &[], Number::U64(3));
    add(&mut page, "jobs", Kind::Gauge, &[], Number::U64(4));
    let left_out = page.left_out();
    assert!(left_out.kinds.iter().eq(["jobs", "jobs.total"]));
    assert!(left_out.series.iter().eq(["jobs"]));
    let families = read(&page.finish(), TextFormat::Text);
    let [jobs] = &families[..] else { panic!("{families:?}") };
    let labels = vec![("a_b".to_owned(), "2;1".to_owned())];
    assert_eq!(jobs.samples, [Sample { name: "jobs_total".to_owned(), labels, value: 1.0 }]);
}

#[test]
fn what_is_counted_in_two_places_is_one_count() {
    let mut page = Page::new(TextFormat::Text);
    for (name, value) in [("a.b", 1), ("a_b", 2), ("a/b", 4)] {
        for label in ["x", "y"] {
            let mut series = page.family(name, "", "", Kind::Counter).unwrap();
            series.labels().add("label", label);
            series.sum(Number::U64(value));
        }
        let mut histogram = page.family(&format!("h{name}"), "", "", Kind::Histogram).unwrap();
        histogram.labels();
        // The third has other buckets.
        let bound = if value == 4 { 9.0 } else { 1.0 };
        let mut bounds = [(bound, value)].into_iter();
        let sum = Some(Number::F64(0.5));
        histogram.histogram(Buckets { bounds: &mut bounds, count: 2 * value, sum });
    }
    assert!(page.left_out().series.iter().eq(["ha/b"]));
    assert_eq!(page.left_out().count, 1);
    assert_eq!(
        page.finish(),
        r#"# TYPE a_b_total counter
# HELP a_b_total a.b
a_b_total{label="x"} 7
a_b_total{label="y"} 7
# TYPE ha_b histogram
# HELP ha_b ha.b
ha_b_bucket{le="1"} 3
ha_b_bucket{le="+Inf"} 6
ha_b_sum 1
ha_b_count 6
"#
    );
}

#[test]
fn names_may_have_no_suffixes() {
    let page = |format| {
        let mut page = Page::new(format).without_suffixes();
        for (name, unit) in [("orders", "{order}"), ("bytes.total", "By")] {
            let mut series = page.family(name, unit, "", Kind::Counter).unwrap();
            series.labels();
            series.sum(Number::U64(7));
        }
        let mut series = page.family("uptime", "s", "", Kind::Gauge).unwrap();
        series.labels();
        series.number(Number::F64(0.5));
        page.finish()
    };
    let text = page(TextFormat::Text);
    assert_eq!(
        text,
        "# TYPE bytes_total counter
# HELP bytes_total bytes.total
bytes_total 7
# TYPE orders counter
# HELP orders orders
orders 7
# TYPE uptime gauge
# HELP uptime uptime
uptime 0.5
"
    );
    let open = page(TextFormat::OpenMetrics);
    // OpenMetrics demands the suffix of counters.
    for line in ["# TYPE bytes counter", "bytes_total 7", "# TYPE orders unknown", "orders 7"] {
        assert!(open.lines().any(|found| found == line), "{line}: {open}");
    }
}

#[test]
fn a_label_of_histograms_is_theirs_alone() {
    let mut page = Page::new(TextFormat::Text);
    let mut series = page.family("a", "", "", Kind::Histogram).unwrap();
    series.labels().add("le", "mine");
    series.histogram(Buckets { bounds: &mut std::iter::empty(), count: 0, sum: None });
    let page = page.finish();
    assert!(page.contains(r#"a_bucket{exported_le="mine",le="+Inf"} 0"#), "{page}");
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Counter), Just(Kind::Gauge), Just(Kind::Histogram)]
}

/// Few names, so that they collide.
fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[ab._/]{0,3}(_total|_count|_sum|_bucket|_info)?", any::<String>()]
}

proptest! {
    #[test]
    fn whatever_is_written_can_be_read(
        families in prop::collection::vec(
            (
                (names(), prop_oneof!["s|By|1|%|\\{a\\}|\\{a\\}/s|By/", any::<String>()], any::<String>(), kinds()),
                prop::collection::vec(
                    (prop::collection::vec((names(), any::<String>()), 0..4), any::<f64>()),
                    0..4,
                ),
            ),
            0..6,
        ),
        format in prop_oneof![Just(TextFormat::Text), Just(TextFormat::OpenMetrics)],
    ) {
        let mut page = Page::new(format);
        for ((name, unit, help, kind), points) in &families {
            let Some(mut series) = page.family(name, unit, help, *kind) else { continue };
            for (labels, value) in points {
                let written = series.labels();
                labels.iter().for_each(|(key, value)| written.add(key, value));
                match kind {
                    Kind::Histogram => {
                        let mut bounds = [(-1.0, 1), (*value, 2)].into_iter().filter(|it| it.0 >= -1.0);
                        let sum = Some(Number::F64(*value));
                        series.histogram(Buckets { bounds: &mut bounds, count: 3, sum });
                    }
                    Kind::Counter => series.sum(Number::F64(*value)),
                    _ => series.number(Number::F64(*value)),
                }
            }
        }
        let read = read(&page.finish(), format);
        // The first point of the first family is always present, with all its data.
        if let Some(((name, _, help, kind), points)) = families.first()
            && let Some((_, value)) = points.first()
        {
            let help = if help.is_empty() { name } else { help };
            let family = read.iter().find(|family| family.help == *help);
            prop_assert!(family.is_some(), "{help:?} in {read:?}");
            let found = read.iter().filter(|family| family.help == *help).any(|family| {
                let same = |sample: &Sample| sample.value == *value || sample.value.is_nan();
                *kind != Kind::Gauge || family.samples.iter().any(same)
            });
            prop_assert!(found, "{value} in {read:?}");
        }
    }

    #[test]
    fn label_values_survive(value in any::<String>()) {
        let mut page = Page::new(TextFormat::Text);
        add(&mut page, "a", Kind::Gauge, &[("key", &value)], Number::U64(1));
        let families = read(&page.finish(), TextFormat::Text);
        let labels = vec![("key".to_owned(), value)];
        prop_assert_eq!(&families[0].samples[0].labels, &labels);
    }
}
