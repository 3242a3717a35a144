//! Keeps baggage within the process.

use super::Context;
use crate::sampling::Glob;
use std::borrow::Cow;

/// The entries of baggage that other services do not get.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrivateBaggage {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    keys: Glob,
    /// The entry that a request must have for the rule to apply to it.
    of: Option<(String, Glob)>,
}

impl PrivateBaggage {
    /// Keeps entries of such keys, of all requests or of those with an entry of baggage whose value matches.
    pub(crate) fn keep(&mut self, keys: &str, of: Option<(&str, &str)>) {
        let of = of.map(|(key, value)| (key.to_owned(), Glob::new(value)));
        self.rules.push(Rule { keys: Glob::new(keys), of });
    }

    /// Returns what is sent of a context.
    // HOT: once for each request.
    #[inline]
    pub(super) fn without<'c>(&self, context: &'c Context) -> Cow<'c, Context> {
        if self.rules.is_empty() || context.baggage().is_empty() {
            return Cow::Borrowed(context);
        }
        self.filtered(context)
    }

    fn filtered<'c>(&self, context: &'c Context) -> Cow<'c, Context> {
        let baggage = context.baggage();
        let applies = |rule: &&Rule| match &rule.of {
            None => true,
            Some((key, value)) => baggage.get(key).is_some_and(|it| value.matches(it)),
        };
        let rules: Vec<_> = self.rules.iter().filter(applies).collect();
        let is_private = |key: &str| rules.iter().any(|rule| rule.keys.matches(key));
        if !baggage.iter().any(|(key, _)| is_private(key)) {
            return Cow::Borrowed(context);
        }
        let mut sent = baggage.clone();
        for (key, _) in baggage.iter().filter(|(key, _)| is_private(key)) {
            sent.remove(key);
        }
        Cow::Owned(context.clone().with_baggage(sent))
    }
}
