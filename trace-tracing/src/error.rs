//! Records error values beyond their message: the chain of causes, and an exception
//! ([exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/)).

use std::borrow::Cow;
use trace_runtime::Value;

/// Attributes to be recorded.
pub(crate) type Pairs<'a> = Vec<(Cow<'static, str>, Value<'a>)>;

/// An error with its causes.
#[derive(Debug)]
pub(crate) struct ErrorText<'a> {
    key: &'static str,
    message: &'a str,
    causes: &'a [String],
    /// The chain as one text; empty without causes.
    chain: String,
}

impl<'a> ErrorText<'a> {
    pub(crate) fn new(key: &'static str, message: &'a str, causes: &'a [String]) -> Self {
        let mut chain = String::new();
        if !causes.is_empty() {
            chain = format!("{message}\n\nCaused by:");
            for (index, cause) in causes.iter().enumerate() {
                chain.push_str(&format!("\n    {index}: {cause}"));
            }
        }
        Self { key, message, causes, chain }
    }

    /// Adds the causes, beside the field itself.
    pub(crate) fn put_chain<'b>(&'b self, pairs: &mut Pairs<'b>) {
        pairs.push((format!("{}.chain", self.key).into(), Value::Strings(self.causes)));
    }

    pub(crate) fn put_exception<'b>(&'b self, pairs: &mut Pairs<'b>) {
        pairs.push(("exception.message".into(), Value::Str(self.message)));
        if !self.chain.is_empty() {
            pairs.push(("exception.stacktrace".into(), Value::Str(&self.chain)));
        }
    }
}
