//! Suggestions of AI providers: the first provider that answers decides.

use crate::database::{Database, Todo};
use crate::error::{AiError, Result};
use crate::stub;
use crate::suggestion::{Priority, ProviderName, Suggestion};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::json;
use std::time::{Duration, Instant};
use trace_runtime::propagation::{self, HeaderInjector};
use trace_runtime::{Objective, business_metric, metered, trace};
use tracing::{info, warn};

/// Enrichments are there soon enough.
const ENRICHMENTS: Objective = Objective::new("enrichments").latency(Duration::from_secs(5), 95.0);
/// The time for one provider, after which the next one is asked.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The AI providers, at one address.
#[derive(Debug)]
pub(crate) struct Ai {
    client: reqwest::Client,
    url: String,
}

/// An answer, as it was received.
struct Answer {
    body: Vec<u8>,
    /// The requests that the provider still accepts from us.
    requests_left: Option<u64>,
}

impl Ai {
    /// Asks the providers at this address, or else those of the stub.
    pub(crate) async fn new(url: Option<&str>) -> Result<Self> {
        let url = match url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => stub::start().await?,
        };
        let client = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(AiError::from)?;
        Ok(Self { client, url })
    }

    /// Returns a suggestion, and saves it.
    #[trace(
        "ai.enrichment.analyze",
        attrs(todo.id = todo.id),
        ret(provider = ret.provider.as_str(), confidence = ret.confidence),
        err(type = err.kind())
    )]
    #[metered(name = "ai.enrichment", slo = ENRICHMENTS)]
    pub(crate) async fn analyze(&self, database: &Database, todo: &Todo) -> Result<Suggestion> {
        let begin = Instant::now();
        for provider in ProviderName::ALL {
            match self.ask(provider, &todo.text).await {
                Ok(suggestion) => {
                    database.save(todo.id, &suggestion).await?;
                    info!(
                        todo_id = todo.id,
                        provider = provider.as_str(),
                        model = suggestion.model,
                        confidence = suggestion.confidence,
                        duration_ms = begin.elapsed().as_millis() as u64,
                        "AI enrichment completed"
                    );
                    return Ok(suggestion);
                }
                Err(error) => {
                    warn!(todo_id = todo.id, provider = provider.as_str(), %error, "AI provider failed");
                }
            }
        }
        Err(AiError::NoProvider.into())
    }

    async fn ask(
        &self,
        provider: ProviderName,
        text: &str,
    ) -> std::result::Result<Suggestion, AiError> {
        let answer = self.request(provider, text).await?;
        provider.parse(&answer.body)
    }

    /// Sends a request to a provider.
    #[trace(
        "ai.provider.{provider}.request",
        kind = Client,
        attrs(
            "gen_ai.operation.name" = "chat",
            "gen_ai.provider.name" = provider.as_str(),
            "gen_ai.request.model" = provider.model()
        ),
        err(type = err.kind())
    )]
    #[metered(name = "ai.provider.request", labels(provider))]
    #[business_metric(
        gauge("api.rate_limit.remaining", unit = "{request}"),
        value = ret.requests_left,
        labels(provider)
    )]
    async fn request(
        &self,
        provider: ProviderName,
        text: &str,
    ) -> std::result::Result<Answer, AiError> {
        let mut headers = HeaderMap::new();
        propagation::inject(&mut HeaderInjector(&mut headers));
        let response = self
            .client
            .post(format!("{}{}", self.url, provider.path()))
            .headers(headers)
            .json(&json!({
                "model": provider.model(),
                "max_tokens": 200,
                "messages": [{ "role": "user", "content": text }],
            }))
            .send()
            .await?;
        let status = response.status();
        if !status.is_success() {
            return Err(AiError::Status(status.as_u16()));
        }
        let requests_left = response.headers().get("x-ratelimit-remaining-requests");
        let requests_left = requests_left.and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Answer { body: response.bytes().await?.to_vec(), requests_left })
    }
}

impl ProviderName {
    fn model(self) -> &'static str {
        match self {
            Self::Openai => "gpt-4o-mini",
            Self::Anthropic => "claude-haiku",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Openai => stub::OPENAI,
            Self::Anthropic => stub::ANTHROPIC,
        }
    }

    /// Reads the answer of a provider, whose text is JSON.
    #[trace("ai.response.parse", attrs(bytes = body.len()), err(type = err.kind()))]
    fn parse(self, body: &[u8]) -> std::result::Result<Suggestion, AiError> {
        #[derive(Deserialize)]
        struct Content {
            priority: Priority,
            category: String,
            minutes: i64,
            confidence: f64,
        }
        let answer: serde_json::Value =
            serde_json::from_slice(body).map_err(|_| AiError::Answer)?;
        let text = match self {
            Self::Openai => &answer["choices"][0]["message"]["content"],
            Self::Anthropic => &answer["content"][0]["text"],
        };
        let content = serde_json::from_str(text.as_str().unwrap_or_default());
        let Content { priority, category, minutes, confidence } =
            content.map_err(|_| AiError::Answer)?;
        let model = answer["model"].as_str().unwrap_or(self.model()).to_owned();
        Ok(Suggestion { provider: self, model, priority, category, minutes, confidence })
    }
}
