//! A bar chart on a logarithmic scale as a small SVG, readable on light and on dark pages.

use std::fmt::Write;

use super::Report;
use super::table::nanoseconds;
use crate::operation::Operation;
use crate::round::{Case, Figure};

const CASES: [Operation; 5] = [
    Operation::Child,
    Operation::ChildAttributes,
    Operation::Root,
    Operation::AsyncReady,
    Operation::Error,
];

/// Bar colours, in the order of the candidates; each stands out on white and on black.
const COLOURS: [&str; 5] = ["#e8590c", "#1c7ed6", "#37a35b", "#9c5fd4", "#868e96"];

const WIDTH: f64 = 860.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 84.0;
const BAR: f64 = 15.0;
const GAP: f64 = 18.0;

/// The logarithmic axis.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn over(figures: &[&Figure]) -> Self {
        let highest = figures.iter().map(|figure| figure.added_ns).fold(100.0, f64::max);
        Self { low: 0.0, high: highest.log10().ceil() }
    }

    fn x(&self, ns: f64) -> f64 {
        let share = (ns.max(1.0).log10() - self.low) / (self.high - self.low);
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }
}

/// Draws the recorded operations.
pub fn draw(report: &Report) -> String {
    let titles = CASES.map(|operation| Case { operation, threads: 1 }.title());
    let shown: Vec<&Figure> =
        report.figures.iter().filter(|figure| titles.contains(&figure.case)).collect();
    let mut candidates: Vec<&str> = Vec::new();
    for figure in &shown {
        if !candidates.contains(&figure.candidate.as_str()) {
            candidates.push(&figure.candidate);
        }
    }
    let axis = Axis::over(&shown);
    let group = candidates.len() as f64 * BAR + GAP;
    let bottom = TOP + group * titles.len() as f64;
    let height = bottom + 28.0;

    let mut svg = String::new();
    open(&mut svg, height, report);
    legend(&mut svg, &candidates);
    grid(&mut svg, &axis, bottom);
    for (row, title) in titles.iter().enumerate() {
        let top = TOP + row as f64 * group;
        let middle = top + (group - GAP) / 2.0 + 4.0;
        push(
            &mut svg,
            format_args!(
                r#"<text x="{:.1}" y="{middle:.1}" text-anchor="end">{title}</text>"#,
                LEFT - 10.0,
            ),
        );
        for (place, candidate) in candidates.iter().enumerate() {
            let figure =
                shown.iter().find(|figure| figure.case == *title && figure.candidate == *candidate);
            if let Some(figure) = figure {
                bar(
                    &mut svg,
                    &axis,
                    top + place as f64 * BAR,
                    COLOURS[place % COLOURS.len()],
                    figure,
                );
            }
        }
    }
    floor(&mut svg, &axis, bottom, report.floor_ns);
    svg.push_str("</svg>\n");
    svg
}

fn push(svg: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(svg, "{line}");
}

fn open(svg: &mut String, height: f64, report: &Report) {
    push(
        svg,
        format_args!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0}" role="img" font-family="system-ui, sans-serif" font-size="12">
<title>Nanoseconds that one span adds to a plain call</title>
<style>
text {{ fill: #57606a }}
.heading {{ fill: #1f2328; font-size: 15px; font-weight: 600 }}
.grid {{ stroke: #8c959f; stroke-opacity: .3 }}
.floor {{ stroke: #cf222e; stroke-dasharray: 4 3 }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #9ea7b3 }}
.heading {{ fill: #f0f6fc }}
.floor {{ stroke: #ff7b72 }}
}}
</style>
<text class="heading" x="16" y="24">Nanoseconds that one span adds to a plain call (log scale; shorter is better)</text>
<text x="16" y="42">{}</text>"##,
            report.machine.replace('&', "&amp;").replace('<', "&lt;"),
        ),
    );
}

fn legend(svg: &mut String, candidates: &[&str]) {
    let mut x = 16.0;
    for (place, candidate) in candidates.iter().enumerate() {
        let colour = COLOURS[place % COLOURS.len()];
        push(
            svg,
            format_args!(
                r#"<rect x="{x:.0}" y="54" width="11" height="11" rx="2" fill="{colour}"/><text x="{:.0}" y="64">{candidate}</text>"#,
                x + 16.0,
            ),
        );
        x += 34.0 + candidate.chars().count() as f64 * 6.8;
    }
}

fn grid(svg: &mut String, axis: &Axis, bottom: f64) {
    let mut decade = axis.low;
    while decade <= axis.high {
        let ns = 10_f64.powf(decade);
        let x = axis.x(ns);
        push(
            svg,
            format_args!(
                r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="{:.0}" y2="{:.0}"/><text x="{x:.1}" y="{:.0}" text-anchor="middle">{ns} ns</text>"#,
                TOP - 6.0,
                bottom - 8.0,
                bottom + 8.0,
            ),
        );
        decade += 1.0;
    }
}

/// Drawn last, over the bars.
fn floor(svg: &mut String, axis: &Axis, bottom: f64, floor_ns: f64) {
    let x = axis.x(floor_ns);
    push(
        svg,
        format_args!(
            r#"<line class="floor" x1="{x:.1}" x2="{x:.1}" y1="{:.0}" y2="{:.0}"/><text x="{x:.1}" y="{:.0}" text-anchor="middle">floor</text>"#,
            TOP - 6.0,
            bottom - 8.0,
            bottom + 22.0,
        ),
    );
}

fn bar(svg: &mut String, axis: &Axis, top: f64, colour: &str, figure: &Figure) {
    let end = axis.x(figure.added_ns);
    let lost = match figure.lost {
        0 => String::new(),
        lost => format!(", {lost} lost"),
    };
    push(
        svg,
        format_args!(
            r#"<rect x="{LEFT}" y="{top:.1}" width="{:.1}" height="{:.1}" rx="2" fill="{colour}"/><text x="{:.1}" y="{:.1}">{}{lost}</text>"#,
            (end - LEFT).max(1.0),
            BAR - 3.0,
            end + 5.0,
            top + 10.5,
            nanoseconds(figure.added_ns),
        ),
    );
}
