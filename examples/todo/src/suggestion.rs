//! Defines the suggestions of AI providers.

use serde::Deserialize;
use std::fmt;
use trace_runtime::Label;

/// What a provider suggests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Suggestion {
    pub(crate) provider: ProviderName,
    pub(crate) model: String,
    pub(crate) priority: Priority,
    pub(crate) category: String,
    pub(crate) minutes: i64,
    pub(crate) confidence: f64,
}

/// The providers, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Label)]
pub(crate) enum ProviderName {
    Openai,
    Anthropic,
}

/// How urgent something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Priority {
    Low,
    Normal,
    High,
}

impl ProviderName {
    pub(crate) const ALL: [Self; 2] = [Self::Openai, Self::Anthropic];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == name)
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Priority {
    const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == name)
    }
}
