//! Prints the results for people.

use crate::cluster::Cluster;
use crate::document::Section;
use crate::embed::Point;
use crate::sentiment::Score;
use crate::summary::Summary;
use std::fmt::Write;
use trace_runtime::{Span, trace};

pub(crate) struct Findings<'a> {
    pub(crate) name: &'a str,
    pub(crate) sections: &'a [Section],
    pub(crate) points: &'a [Point<'a>],
    pub(crate) clusters: &'a [Cluster],
    pub(crate) scores: &'a [Score],
    pub(crate) summary: &'a Summary,
}

#[trace("report")]
pub(crate) fn print(findings: &Findings<'_>) {
    let text = render(findings);
    Span::current().set_attribute("lines", text.lines().count());
    print!("{text}");
}

fn render(findings: &Findings<'_>) -> String {
    let mut text = String::new();
    render_to(&mut text, findings).expect("a String takes everything");
    text
}

fn render_to(text: &mut String, findings: &Findings<'_>) -> std::fmt::Result {
    let Findings { name, sections, points, clusters, scores, summary } = findings;
    let sentences: usize = sections.iter().map(|section| section.sentences.len()).sum();
    writeln!(text, "{name}: {sentences} sentences in {} sections\n", sections.len())?;

    writeln!(text, "Topics")?;
    for cluster in *clusters {
        writeln!(text, "{:5}  {}", cluster.points.len(), cluster.key_words.join(", "))?;
    }

    writeln!(text, "\nSentiment")?;
    let width = sections.iter().map(|section| cut(&section.title).chars().count()).max();
    for (section, score) in sections.iter().zip(*scores) {
        let title = cut(&section.title);
        write!(text, "  {title:width$}  {}", bar(score.mean), width = width.unwrap_or_default())?;
        writeln!(text, "  {:+.1} from {} words", score.mean, score.words)?;
    }

    writeln!(text, "\nIn one sentence (by its {})", summary.method.name())?;
    writeln!(text, "  {}\n", points[summary.point].sentence)
}

fn cut(title: &str) -> String {
    title.chars().take(30).collect()
}

/// Draws a bar: to the left for disliked, to the right for liked.
fn bar(mean: f64) -> String {
    let cells = (mean.abs() / 3.0 * 6.0).round() as usize;
    let (left, right) = if mean < 0.0 { (cells, 0) } else { (0, cells) };
    format!("{:>6}│{:<6}", "█".repeat(left), "█".repeat(right))
}
