//! Finds the most representative sentence: exactly if there is time, roughly if there is not.

use crate::embed::{Point, dot, normalize};
use std::time::Duration;
use tokio::task::yield_now;
use tokio::time::timeout;
use trace_runtime::{Instrument, Label, Span, SpanContext, business_metric, trace};

pub(crate) struct Summary {
    /// The point of the sentence.
    pub(crate) point: usize,
    pub(crate) method: Method,
}

/// The method that found it; a label of metrics, which has only two values.
#[derive(Clone, Copy, Label)]
pub(crate) enum Method {
    Neighbours,
    Center,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Neighbours => "neighbours",
            Self::Center => "center",
        }
    }
}

/// Finds the sentence that is most like all others.
#[trace(ret(method = ret.method.name()))]
#[business_metric(counter("summaries", unit = "{summary}"), labels(method = ret.method))]
pub(crate) async fn summarize(points: &[Point<'_>], deadline: Duration) -> Summary {
    // This span is created before it is entered, because the second attempt links the first.
    let first = Span::builder("rank_by_neighbours").with_attribute("points", &points.len()).start();
    let context = first.context();
    match timeout(deadline, rank_by_neighbours(points).instrument(first)).await {
        Ok(point) => Summary { point, method: Method::Neighbours },
        Err(late) => {
            Span::current().record_error(&late);
            Summary { point: rank_by_center(points, context), method: Method::Center }
        }
    }
}

/// LexRank: a sentence is representative if it is similar to representative sentences. Slow, because no
/// table of all similarities is kept.
async fn rank_by_neighbours(points: &[Point<'_>]) -> usize {
    let mut ranks = vec![1.0 / points.len() as f32; points.len()];
    for _ in 0..100 {
        let mut next = Vec::with_capacity(ranks.len());
        for point in points {
            let flow = |(other, rank): (&Point<'_>, &f32)| {
                rank * dot(&point.vector, &other.vector).max(0.0)
            };
            next.push(points.iter().zip(&ranks).map(flow).sum());
            yield_now().await;
        }
        let _ = normalize(&mut next);
        let change: f32 = next.iter().zip(&ranks).map(|(a, b)| (a - b).abs()).sum();
        ranks = next;
        if change < 1e-6 {
            break;
        }
    }
    best(points, &ranks)
}

/// Returns the sentence nearest to the center of all.
#[trace(links = [instead_of])]
fn rank_by_center(points: &[Point<'_>], instead_of: SpanContext) -> usize {
    let mut center = vec![0.0; points.first().map_or(0, |point| point.vector.len())];
    for point in points {
        center.iter_mut().zip(&point.vector).for_each(|(sum, x)| *sum += x);
    }
    let ranks: Vec<_> = points.iter().map(|point| dot(&center, &point.vector)).collect();
    best(points, &ranks)
}

/// Returns the point that ranks highest; sentences that can stand alone come first.
fn best(points: &[Point<'_>], ranks: &[f32]) -> usize {
    let is_whole = |point: usize| {
        let sentence = points[point].sentence;
        sentence.ends_with(['.', '!', '?']) && sentence.split_whitespace().count() > 7
    };
    (0..ranks.len())
        .max_by(|&a, &b| {
            let by_rank = ranks[a].total_cmp(&ranks[b]).then(b.cmp(&a));
            is_whole(a).cmp(&is_whole(b)).then(by_rank)
        })
        .unwrap_or_default()
}
