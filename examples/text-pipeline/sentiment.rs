//! Scores the sentiment of a text: a task that answers requests counts liked and disliked words.

use crate::document::Section;
use crate::words::all_words;
use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use trace_runtime::{Span, SpanContext, metered, trace};

/// The reason why the user's lexicon could not be used.
#[derive(Debug, Error)]
pub(crate) enum LexiconError {
    #[error("cannot open it")]
    Open(#[from] io::Error),
    #[error("line {line} is not a word and a number")]
    Line { line: usize },
}

impl LexiconError {
    fn is_not_found(&self) -> bool {
        matches!(self, Self::Open(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// The sentiment of each word, from -3 to 3.
pub(crate) struct Lexicon(HashMap<String, f64>);

#[trace]
impl Lexicon {
    /// Reads the lexicon beside the text, `FILE.lexicon`, if there is one; else returns the built-in one.
    #[trace(ret(words = ret.0.len()))]
    pub(crate) fn load(text: &Path) -> Result<Self, LexiconError> {
        match Self::read(&text.with_added_extension("lexicon")) {
            Err(error) if error.is_not_found() => Self::parse(BUILT_IN),
            lexicon => lexicon,
        }
    }

    // A missing file is not a failure.
    #[trace(err(when = !err.is_not_found()), attrs(file.path = %path.display()))]
    fn read(path: &Path) -> Result<Self, LexiconError> {
        Self::parse(&fs::read_to_string(path)?)
    }

    #[trace(skip)]
    fn parse(lines: &str) -> Result<Self, LexiconError> {
        let lines = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let entries = lines.map(|(index, line)| {
            let (word, liked) = line.rsplit_once(' ').unwrap_or_default();
            let liked = liked.parse().map_err(|_| LexiconError::Line { line: index + 1 })?;
            Ok((word.trim().to_owned(), liked))
        });
        Ok(Self(entries.collect::<Result<_, LexiconError>>()?))
    }

    /// Returns the mean over all known words; "not" inverts the next words.
    #[trace(skip)]
    fn score(&self, sentences: &[String]) -> Score {
        let (mut sum, mut count) = (0.0, 0);
        for sentence in sentences {
            let mut negated = 0;
            for word in all_words(sentence) {
                if let Some(&liked) = self.0.get(&word) {
                    sum += if negated > 0 { -liked } else { liked };
                    count += 1;
                }
                let negates = matches!(&*word, "not" | "no" | "never" | "nothing" | "without");
                let negates = negates || word.ends_with("n't");
                negated = if negates { 3 } else { i32::max(negated - 1, 0) };
            }
        }
        Score { mean: sum / f64::from(count.max(1)), words: count }
    }
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Score {
    /// From -3 to 3.
    pub(crate) mean: f64,
    /// The number of words it is the mean of.
    pub(crate) words: i32,
}

/// A section to score, and the span that requests it.
struct Question {
    index: usize,
    sentences: Vec<String>,
    asker: SpanContext,
}

/// A request to the task that answers.
struct Request {
    question: Question,
    reply: oneshot::Sender<Score>,
}

/// A handle to the task that holds the lexicon.
#[derive(Clone)]
pub(crate) struct Scorer(mpsc::Sender<Request>);

impl Scorer {
    pub(crate) fn start(lexicon: Lexicon) -> Self {
        let (sender, mut requests) = mpsc::channel(4);
        tokio::spawn(async move {
            while let Some(request) = requests.recv().await {
                answer(&lexicon, request);
            }
        });
        Self(sender)
    }

    /// Scores all sections at once, each in a separate task.
    #[trace("sentiment", attrs(sections = sections.len()))]
    pub(crate) async fn score_all(&self, sections: &[Section]) -> Vec<Score> {
        let mut tasks = JoinSet::new();
        for (index, section) in sections.iter().enumerate() {
            // Like a thread, a task starts without a parent: hand it over.
            let asker = Span::current().context();
            let question = Question { index, sentences: section.sentences.clone(), asker };
            tasks.spawn(self.clone().ask(question));
        }
        let mut scores = vec![Score::default(); sections.len()];
        while let Some(Ok((index, score))) = tasks.join_next().await {
            scores[index] = score;
        }
        scores
    }

    #[trace("ask", kind = Client, parent = question.asker)]
    #[metered(in_flight)]
    async fn ask(self, question: Question) -> (usize, Score) {
        let (reply, score) = oneshot::channel();
        let asker = Span::current().context();
        let index = question.index;
        let request = Request { question: Question { asker, ..question }, reply };
        if self.0.send(request).await.is_err() {
            Span::current().add_event("nobody answers", &[]);
        }
        (index, score.await.unwrap_or_default())
    }
}

#[trace(kind = Server, parent = &request.question.asker)]
fn answer(lexicon: &Lexicon, request: Request) {
    let score = lexicon.score(&request.question.sentences);
    Span::current().set_attribute("words", score.words).set_attribute("mean", score.mean);
    // The requester may be gone; that is no failure.
    let _ = request.reply.send(score);
}

const BUILT_IN: &str = include_str!("sentiment.lexicon");
