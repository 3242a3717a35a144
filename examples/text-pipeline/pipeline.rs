//! Runs the stages in their order; each is a span below `analyze`.

use crate::cluster::{self, NothingToCluster};
use crate::document::{Document, ReadError};
use crate::embed;
use crate::report::{self, Findings};
use crate::sentiment::{Lexicon, LexiconError, Scorer};
use crate::summary;
use std::path::Path;
use std::time::Duration;
use thiserror::Error;
use tokio::task::block_in_place;
use trace_runtime::{Objective, business_metric, metered, trace};

/// The objective, from which alert rules are generated.
const ANALYSES: Objective =
    Objective::new("analyses").success_rate(99.0).latency(Duration::from_millis(250), 95.0);

/// The reason why a text could not be analysed.
#[derive(Debug, Error)]
pub(crate) enum PipelineError {
    #[error("the text cannot be read")]
    Read(#[from] ReadError),
    #[error("the lexicon cannot be used")]
    Lexicon(#[from] LexiconError),
    #[error("the text has no topics")]
    Cluster(#[from] NothingToCluster),
}

/// Runs all stages on the text of `file` and prints what they found.
#[trace(attrs(deadline.ms = deadline.as_millis()))]
#[metered(in_flight, slo = ANALYSES)]
#[business_metric(counter("documents.analysed", unit = "{document}"), on = ok)]
pub(crate) async fn analyze(file: &Path, deadline: Duration) -> Result<(), PipelineError> {
    let document = Document::read(file).await?;
    let sections = document.split();
    let sentences: Vec<_> = sections.iter().flat_map(|section| &section.sentences).collect();

    // CPU work: other tasks move to other threads meanwhile.
    let (points, clusters) = block_in_place(|| {
        let points = embed::embed(&sentences);
        let clusters = cluster::k_means(&points);
        (points, clusters)
    });
    let clusters = clusters?;

    let scorer = Scorer::start(Lexicon::load(file)?);
    let scores = scorer.score_all(&sections).await;
    let summary = summary::summarize(&points, deadline).await;

    report::print(&Findings {
        name: document.name(),
        sections: &sections,
        points: &points,
        clusters: &clusters,
        scores: &scores,
        summary: &summary,
    });
    Ok(())
}
