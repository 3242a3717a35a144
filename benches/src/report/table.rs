//! The tables: in a terminal and, the same, as Markdown.

use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use comfy_table::{CellAlignment, Table};

use super::Report;
use crate::operation::Signal;
use crate::round::Figure;
use crate::sustained::Sustained;

/// How a table is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Lines, for a terminal.
    Terminal,
    /// Markdown, for a page.
    Markdown,
}

/// An empty table with that header, its first `left` columns set flush left and the others right.
pub fn table(style: Style, header: &[&str], left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(match style {
        Style::Terminal => UTF8_FULL_CONDENSED,
        Style::Markdown => ASCII_MARKDOWN,
    });
    table.set_header(header);
    for column in table.column_iter_mut().skip(left) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The table as text; Markdown gets the colons that set its columns flush right.
pub fn text(table: &Table, style: Style, left: usize) -> String {
    let text = table.to_string();
    let Some((header, rest)) = text.split_once('\n') else { return text };
    match (style, rest.split_once('\n')) {
        (Style::Markdown, Some((rule, rows))) => {
            let columns = rule.trim_matches('|').split('|').enumerate();
            let rule: Vec<String> = columns
                .map(|(index, dashes)| match index < left {
                    true => dashes.to_owned(),
                    false => format!("{}:", &dashes[1..]),
                })
                .collect();
            format!("{header}\n|{}|\n{rows}", rule.join("|"))
        }
        _ => text,
    }
}

/// Nanoseconds with as many digits as mean something.
pub fn nanoseconds(ns: f64) -> String {
    match ns.abs() {
        small if small < 100.0 => format!("{ns:.1}"),
        _ => format!("{ns:.0}"),
    }
}

/// Everything that was measured, for people.
pub fn render(report: &Report, style: Style) -> String {
    let floor = format!(
        "{}. Floor (two clock reads): {} ns ± {}; plain call: {} ns.",
        report.machine,
        nanoseconds(report.floor_ns),
        nanoseconds(report.floor_spread_ns),
        nanoseconds(report.plain_ns),
    );
    let mut parts = vec![floor, bursts(&report.figures, style)];
    if !report.sustained.is_empty() {
        parts.push(sustained(&report.sustained, style));
    }
    if !report.claims.is_empty() {
        parts.push(claims(report, style));
    }
    parts.join("\n\n")
}

/// The performance guide's table of spans or of metrics: one row per case, one column per candidate.
pub fn matrix(figures: &[Figure], signal: Signal, style: Style) -> String {
    let mut candidates: Vec<&str> = Vec::new();
    let mut cases: Vec<&str> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.signal == signal) {
        if !candidates.contains(&figure.candidate.as_str()) {
            candidates.push(&figure.candidate);
        }
        if !cases.contains(&figure.case.as_str()) {
            cases.push(&figure.case);
        }
    }
    let header: Vec<&str> =
        ["ns added to a plain call"].into_iter().chain(candidates.clone()).collect();
    let mut table = table(style, &header, 1);
    for case in cases {
        let cells = candidates.iter().map(|candidate| {
            figures
                .iter()
                .find(|figure| figure.case == case && figure.candidate == *candidate)
                .map_or_else(String::new, cell)
        });
        table.add_row([case.to_owned()].into_iter().chain(cells));
    }
    text(&table, style, 1)
}

fn cell(figure: &Figure) -> String {
    let Figure { added_ns, floors, lost, .. } = figure;
    let added = nanoseconds(*added_ns);
    let floors = floors.map_or_else(String::new, |floors| format!(" ({floors:.1}×)"));
    match figure.records {
        0 => added,
        _ => format!("{added}{floors}, {lost} lost"),
    }
}

fn bursts(figures: &[Figure], style: Style) -> String {
    let header = ["bursts", "candidate", "ns added", "±", "× floor", "records", "lost"];
    let mut table = table(style, &header, 2);
    let mut last = "";
    for figure in figures {
        let case = if figure.case == last { "" } else { &figure.case };
        last = &figure.case;
        table.add_row([
            case.to_owned(),
            figure.candidate.clone(),
            nanoseconds(figure.added_ns),
            nanoseconds(figure.spread_ns),
            figure.floors.map_or_else(String::new, |floors| format!("{floors:.2}")),
            figure.records.to_string(),
            figure.lost.to_string(),
        ]);
    }
    text(&table, style, 2)
}

/// The steady loads.
pub fn sustained(loads: &[Sustained], style: Style) -> String {
    let header =
        ["sustained load", "asked/s", "reached/s", "spans", "lost", "CPU ns/span", "peak MiB"];
    let mut table = table(style, &header, 1);
    for load in loads {
        table.add_row([
            format!("{}, {:.1} s", load.candidate, load.seconds),
            format!("{:.0}", load.asked_per_second),
            format!("{:.0}", load.reached_per_second),
            load.spans.to_string(),
            load.lost.to_string(),
            nanoseconds(load.processor_ns_per_span),
            format!("{:.1}", load.peak_kib as f64 / 1024.0),
        ]);
    }
    text(&table, style, 1)
}

fn claims(report: &Report, style: Style) -> String {
    let mut table = table(style, &["asked of trace-runtime", "asked", "measured", "lost", ""], 1);
    for claim in &report.claims {
        table.add_row([
            claim.what.clone(),
            claim.asked.clone(),
            claim.measured.clone(),
            claim.lost.to_string(),
            if claim.met { "PASS" } else { "MISS" }.to_owned(),
        ]);
    }
    text(&table, style, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_sets_its_figures_flush_right() {
        let mut table = table(Style::Markdown, &["what", "ns"], 1);
        table.add_row(["a span", "20"]);
        let text = text(&table, Style::Markdown, 1);
        assert_eq!(text, "| what   | ns |\n|--------|---:|\n| a span | 20 |");
    }

    #[test]
    fn nanoseconds_carry_no_digits_that_mean_nothing() {
        assert_eq!(nanoseconds(0.34), "0.3");
        assert_eq!(nanoseconds(20.4), "20.4");
        assert_eq!(nanoseconds(1_234.5), "1234");
    }
}
