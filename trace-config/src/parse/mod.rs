//! Parses files into trees with places.

mod build;
mod json;
#[cfg(feature = "toml")]
mod toml;
mod yaml;

use crate::node::Node;
use crate::problem::Found;
use crate::substitute::Lookup;

pub(crate) use self::build::{INPUT, PROBLEMS};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// YAML 1.2 with its core schema.
    Yaml,
    /// JSON.
    Json,
    /// TOML 1.1. It has no null: an empty table stands for it.
    #[cfg(feature = "toml")]
    Toml,
}

impl Format {
    /// Returns the format that an extension such as `yaml` stands for.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            #[cfg(feature = "toml")]
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

/// Parses a text. Without a tree, it is not of the format, or beyond a bound.
pub(crate) fn parse(text: &str, format: Format, lookup: &Lookup<'_>) -> (Option<Node>, Vec<Found>) {
    match format {
        Format::Yaml => yaml::parse(text, lookup),
        Format::Json => json::parse(text, lookup),
        #[cfg(feature = "toml")]
        Format::Toml => toml::parse(text, lookup),
    }
}

/// Substitutes variables in a tree that serde has read.
#[cfg(feature = "serde")]
pub(crate) fn substitute(root: &Node, lookup: &Lookup<'_>) -> (Option<Node>, Vec<Found>) {
    let mut builder = build::Builder::new(lookup);
    let root = builder.substituted(root);
    (root.ok(), builder.found)
}
