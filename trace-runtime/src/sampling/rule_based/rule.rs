//! A rule: a sampler, and the conditions under which it decides.

use crate::kind::SpanKind;
use crate::level::Level;
use crate::sampler::{other_attributes, value_of};
use crate::sampling::Glob;
use crate::sampling::composable::Thin;
use crate::sampling::error::{RuleProblem, SamplingError};
use crate::sampling::text::{any_text, fingerprint};
use crate::sampling::{
    Composable, ForChildren, ParentThreshold, Probability, SamplingInput, SamplingIntent, Threshold,
};
use crate::site::SiteInfo;
use crate::value::Value;

/// A rule of [`RuleBased`](super::RuleBased): a sampler, and the conditions under which it decides.
/// All conditions must be met; a rule without conditions always decides.
///
/// In patterns, `*` stands for any characters and `?` for one. Case matters.
///
/// ```
/// use trace_runtime::SpanKind;
/// use trace_runtime::sampling::{AlwaysOff, Rule};
///
/// let no_pings = Rule::new(AlwaysOff)
///     .with_kinds([SpanKind::Client])
///     .with_attribute_values("db.operation.name", ["PING"]);
/// # let _ = no_pings;
/// ```
#[derive(Debug)]
#[must_use]
pub struct Rule {
    sampler: Box<dyn Composable>,
    names: Option<Vec<Glob>>,
    scopes: Option<Vec<Glob>>,
    modules: Option<Vec<Glob>>,
    kinds: Option<Vec<SpanKind>>,
    parents: Option<Vec<ParentKind>>,
    attributes: Vec<AttributeCondition>,
    baggage: Vec<(Box<str>, Vec<Glob>)>,
    /// The level that it turns on.
    level: Option<Level>,
    /// Whether it leaves spans out.
    thin: Option<Thin>,
    /// The first condition that is invalid, and why.
    problem: Option<(&'static str, RuleProblem)>,
}

/// The origin of a span's parent, as a condition of a [`Rule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParentKind {
    /// The span has no parent: it begins a trace.
    None,
    /// The parent is a span of this process.
    Local,
    /// The parent is a span of another process.
    Remote,
}

/// A condition on the values of one attribute.
#[derive(Debug)]
struct AttributeCondition {
    key: Box<str>,
    /// `None`: all values.
    included: Option<Vec<Glob>>,
    excluded: Vec<Glob>,
}

/// Whether a rule matches, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Never,
    Maybe,
    Always,
}

impl Rule {
    /// Creates a rule without conditions: `sampler` decides about every span that no earlier rule
    /// matches.
    pub fn new(sampler: impl Composable) -> Self {
        Self {
            sampler: Box::new(sampler),
            names: None,
            scopes: None,
            modules: None,
            kinds: None,
            parents: None,
            attributes: Vec::new(),
            baggage: Vec::new(),
            level: None,
            thin: None,
            problem: None,
        }
    }

    /// Creates a rule that keeps a share of the traces, from 0 to 1, that begin with the spans it
    /// matches. Spans with a parent follow the parent.
    ///
    /// ```
    /// use trace_runtime::sampling::{Rule, RuleBased};
    ///
    /// let sampler = RuleBased::new([
    ///     Rule::keeping(0.01).with_names(["tool.property.*"]),
    ///     Rule::keeping(0.05).with_names(["api.akamai.*"]),
    ///     Rule::keeping(0.1),
    /// ])?;
    /// # let _ = sampler;
    /// # Ok::<(), trace_runtime::sampling::SamplingError>(())
    /// ```
    pub fn keeping(share: f64) -> Self {
        match Probability::new(share) {
            Ok(sampler) => Self::new(ParentThreshold::new(sampler)),
            Err(_) => {
                let mut rule = Self::new(crate::sampling::AlwaysOff);
                rule.problem = Some(("its share", RuleProblem::Share(share)));
                rule
            }
        }
    }

    /// Creates a rule that thins inner spans out: it keeps those that it matches in a share of all traces, from
    /// 0 to 1, and leaves them out of the others. What a span encloses that is left out attaches to the span
    /// above, so traces stay whole, and `Span::current()` in it adds nothing to the span above. It matches
    /// only spans whose parent is in this process; a trace is decided by the rules for its root.
    ///
    /// Spans are left out by the randomness of their trace, so a trace has all of them or none. The
    /// `tracestate` of a span that is kept does not tell that others were left out.
    ///
    /// ```
    /// use trace_runtime::sampling::{Composite, Rule, RuleBased};
    ///
    /// let rules = RuleBased::new([
    ///     // Cache look-ups in one trace of twenty.
    ///     Rule::thin(0.05).with_names(["cache.*"]),
    ///     Rule::keeping(1.0),
    /// ])?;
    /// let sampler = Composite::new(rules);
    /// # let _ = sampler;
    /// # Ok::<(), trace_runtime::sampling::SamplingError>(())
    /// ```
    pub fn thin(share: f64) -> Self {
        let mut rule = Self::new(ParentThreshold::new(crate::sampling::AlwaysOff));
        rule.parents = Some(vec![ParentKind::Local]);
        rule.check("its share", !(0.0..=1.0).contains(&share), RuleProblem::Share(share));
        rule.thin = Some(Thin(Threshold::of_probability(share)));
        rule
    }

    /// Matches spans whose name matches one of these patterns. The name of a span whose name has
    /// placeholders is that of its function.
    pub fn with_names(mut self, patterns: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.names = Some(self.globs("its names", patterns));
        self
    }

    /// Matches spans whose instrumentation scope matches one of these patterns: the crate of the
    /// function, or the name of OpenTelemetry's tracer.
    pub fn with_scopes(mut self, patterns: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.scopes = Some(self.globs("its scopes", patterns));
        self
    }

    /// Matches spans whose module path matches one of these patterns, such as `shop::orders*`.
    pub fn with_modules(mut self, patterns: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.modules = Some(self.globs("its modules", patterns));
        self
    }

    /// Matches spans of these kinds.
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = SpanKind>) -> Self {
        let kinds: Vec<_> = kinds.into_iter().collect();
        self.check("its kinds", kinds.is_empty(), RuleProblem::NoValues);
        self.kinds = Some(kinds);
        self
    }

    /// Matches spans with these kinds of parents.
    pub fn with_parents(mut self, parents: impl IntoIterator<Item = ParentKind>) -> Self {
        let parents: Vec<_> = parents.into_iter().collect();
        self.check("its parents", parents.is_empty(), RuleProblem::NoValues);
        self.parents = Some(parents);
        self
    }

    /// Matches spans that begin with one of these values of an attribute. Values that are not strings
    /// are compared as text; of a list, one item must match.
    ///
    /// These attributes are evaluated before the decision: see [`SamplingInput::attributes`].
    pub fn with_attribute_values(
        mut self,
        key: &str,
        values: impl IntoIterator<Item: AsRef<str>>,
    ) -> Self {
        let included: Vec<_> = values.into_iter().map(|it| Glob::exact(it.as_ref())).collect();
        let of = "the values of its attribute";
        self.check(of, key.is_empty(), RuleProblem::EmptyKey);
        self.check(of, included.is_empty(), RuleProblem::NoValues);
        let included = Some(included);
        self.attributes.push(AttributeCondition {
            key: key.into(),
            included,
            excluded: Vec::new(),
        });
        self
    }

    /// Matches spans that begin with a value of an attribute that matches one of these patterns, as
    /// [`with_attribute_values`](Self::with_attribute_values) does for values.
    pub fn with_attribute_patterns(
        self,
        key: &str,
        patterns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Self {
        self.with_attribute(key, Some(patterns), [""; 0])
    }

    /// Matches spans that begin with a value of an attribute that matches none of these patterns.
    /// Spans without the attribute do not match.
    pub fn without_attribute_patterns(
        self,
        key: &str,
        patterns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Self {
        self.with_attribute(key, None::<[&str; 0]>, patterns)
    }

    fn with_attribute(
        mut self,
        key: &str,
        included: Option<impl IntoIterator<Item: AsRef<str>>>,
        excluded: impl IntoIterator<Item: AsRef<str>>,
    ) -> Self {
        let of = "the patterns of its attribute";
        self.check(of, key.is_empty(), RuleProblem::EmptyKey);
        let is_included = included.is_some();
        let included = included.map(|patterns| self.globs(of, patterns));
        let excluded = match is_included {
            true => Vec::new(),
            false => self.globs(of, excluded),
        };
        self.attributes.push(AttributeCondition { key: key.into(), included, excluded });
        self
    }

    /// Matches spans that start under baggage whose value for a key matches one of these patterns.
    ///
    /// Baggage of other services may come from clients, so it matches only if its key is
    /// [trusted](crate::TelemetryBuilder::with_trusted_baggage).
    pub fn with_baggage(
        mut self,
        key: &str,
        patterns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Self {
        self.check("the patterns of its baggage", key.is_empty(), RuleProblem::EmptyKey);
        let patterns = self.globs("the patterns of its baggage", patterns);
        self.baggage.push((key.into(), patterns));
        self
    }

    /// Turns a level on for the traces that begin with the spans that it matches: in this process, their
    /// functions up to this level have spans, such as `#[trace(level = debug)]`.
    ///
    /// ```
    /// use trace_runtime::Level;
    /// use trace_runtime::sampling::{AlwaysOn, Composite, Rule, RuleBased};
    ///
    /// // Everything about the requests of one customer.
    /// let acme = Rule::new(AlwaysOn).with_baggage("customer.id", ["acme"]).with_level(Level::Debug);
    /// let sampler = Composite::new(RuleBased::new([acme, Rule::keeping(0.1)])?);
    /// # let _ = sampler;
    /// # Ok::<(), trace_runtime::sampling::SamplingError>(())
    /// ```
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    fn globs(
        &mut self,
        condition: &'static str,
        patterns: impl IntoIterator<Item: AsRef<str>>,
    ) -> Vec<Glob> {
        let globs: Vec<_> = patterns.into_iter().map(|it| Glob::new(it.as_ref())).collect();
        self.check(condition, globs.is_empty(), RuleProblem::NoValues);
        let has_empty = globs.iter().any(|glob| glob.as_str().is_empty());
        self.check(condition, has_empty, RuleProblem::EmptyPattern);
        globs
    }

    /// Notes the first problem.
    fn check(&mut self, condition: &'static str, is_wrong: bool, problem: RuleProblem) {
        if is_wrong {
            self.problem.get_or_insert((condition, problem));
        }
    }

    /// Returns why the rule, which has this number from 1, is invalid.
    pub(super) fn error(&self, number: usize) -> Option<SamplingError> {
        let (condition, problem) = self.problem.clone()?;
        Some(SamplingError::Rule { number, condition, problem })
    }

    /// Returns whether the rule matches spans with this name at `site`; `None`: unknown.
    pub(super) fn matches_site(&self, name: Option<&str>, site: Option<&SiteInfo>) -> Verdict {
        let any = |globs: &[Glob], text: &str| globs.iter().any(|glob| glob.matches(text));
        let facts = [
            (&self.names, name),
            (&self.scopes, site.map(|site| site.scope)),
            (&self.modules, site.map(|site| site.module)),
        ];
        let mut is_certain =
            self.attributes.is_empty() && self.baggage.is_empty() && self.parents.is_none();
        for (condition, fact) in facts {
            match (condition, fact) {
                (Some(globs), Some(text)) if !any(globs, text) => return Verdict::Never,
                (Some(_), None) => is_certain = false,
                _ => {}
            }
        }
        // The kind and the keys of an annotated function are fixed.
        let function = site.filter(|site| !site.function.is_empty());
        let has_keys =
            |site: &SiteInfo| self.attributes.iter().all(|it| site.keys.contains(&&*it.key));
        match (&self.kinds, function) {
            (Some(kinds), Some(site)) if !kinds.contains(&site.kind) => return Verdict::Never,
            (Some(_), None) => is_certain = false,
            _ => {}
        }
        match function {
            Some(site) if !has_keys(site) => Verdict::Never,
            _ if is_certain => Verdict::Always,
            _ => Verdict::Maybe,
        }
    }

    /// Returns whether the rule matches children at `site`, or at any.
    pub(super) fn matches_children(&self, site: Option<&SiteInfo>) -> Verdict {
        let verdict = self.matches_site(fixed_name(site), site);
        match &self.parents {
            Some(parents) if !parents.contains(&ParentKind::Local) => Verdict::Never,
            _ => verdict,
        }
    }

    /// Returns whether it matches all spans.
    pub(super) fn has_no_conditions(&self) -> bool {
        self.matches_site(None, None) == Verdict::Always
    }

    /// Returns the places of its attributes among the keys of a site, in order.
    pub(super) fn keys_at(&self, site: &SiteInfo) -> Box<[Option<usize>]> {
        let place = |it: &AttributeCondition| site.keys.iter().rposition(|key| **key == *it.key);
        self.attributes.iter().map(place).collect()
    }

    /// Returns the kinds of spans and of parents that it matches, as bits.
    pub(super) fn masks(&self) -> u16 {
        const ALL: [ParentKind; 3] = [ParentKind::None, ParentKind::Local, ParentKind::Remote];
        const KINDS: [SpanKind; 5] = [
            SpanKind::Internal,
            SpanKind::Server,
            SpanKind::Client,
            SpanKind::Producer,
            SpanKind::Consumer,
        ];
        let kinds = self.kinds.as_deref().unwrap_or(&KINDS).iter();
        let parents = self.parents.as_deref().unwrap_or(&ALL);
        let pairs = kinds.flat_map(|kind| parents.iter().map(|parent| mask_of(*kind, *parent)));
        pairs.fold(0, |all, mask| all | mask)
    }

    /// Returns the place and the fingerprint of the first attribute that must have one value.
    pub(super) fn fingerprint(&self, keys: &[Option<usize>]) -> Option<(u16, u64)> {
        self.attributes.iter().zip(keys).find_map(|(condition, key)| {
            match condition.included.as_deref()? {
                [value] if value.is_exact() => {
                    Some((u16::try_from((*key)?).ok()?, fingerprint(value.as_str())))
                }
                _ => None,
            }
        })
    }

    /// Returns whether a span meets the conditions that depend on more than name and site; `keys`: the
    /// places of the attributes.
    pub(super) fn matches_span(&self, input: &SamplingInput<'_>, keys: &[Option<usize>]) -> bool {
        let is_kind = |kinds: &Vec<SpanKind>| kinds.contains(&input.kind());
        let mut attributes = self.attributes.iter().zip(keys);
        self.kinds.as_ref().is_none_or(is_kind)
            && self.parents.as_ref().is_none_or(|parents| parents.contains(&parent_kind(input)))
            && attributes.all(|(condition, key)| condition.matches(input, *key))
            && (self.baggage.is_empty() || self.matches_baggage(input))
    }

    fn matches_baggage(&self, input: &SamplingInput<'_>) -> bool {
        let baggage = input.trusted_baggage();
        self.baggage.iter().all(|(key, globs)| {
            baggage.get(key).is_some_and(|value| globs.iter().any(|glob| glob.matches(value)))
        })
    }

    pub(super) fn reads_attributes(&self, site: Option<&SiteInfo>) -> bool {
        !self.attributes.is_empty() || self.sampler.reads_attributes(site)
    }

    pub(super) fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
        let mut intent = self.sampler.intent(input);
        (intent.level, intent.thin) = (self.level.or(intent.level), self.thin.or(intent.thin));
        intent
    }

    pub(super) fn for_children(&self, site: Option<&SiteInfo>) -> ForChildren {
        match self.thin {
            Some(_) => ForChildren::Own,
            None => self.sampler.for_children(site),
        }
    }

    pub(super) fn name_patterns(&self) -> impl Iterator<Item = String> {
        let own = self.names.iter().flatten().map(|glob| glob.as_str().to_owned());
        own.chain(self.sampler.name_patterns())
    }

    pub(super) fn describe(&self) -> String {
        let mut conditions = Vec::new();
        let globs = [("name", &self.names), ("scope", &self.scopes), ("module", &self.modules)];
        for (what, globs) in globs {
            conditions.extend(globs.as_ref().map(|globs| format!("{what}={globs:?}")));
        }
        conditions.extend(self.kinds.as_ref().map(|kinds| format!("kind={kinds:?}")));
        conditions.extend(self.parents.as_ref().map(|parents| format!("parent={parents:?}")));
        conditions.extend(self.attributes.iter().map(|it| format!("attribute={}", it.key)));
        conditions.extend(self.baggage.iter().map(|(key, _)| format!("baggage={key}")));
        let level = self.level.map(|level| format!(",level={level}")).unwrap_or_default();
        let sampler = match self.thin {
            Some(Thin(share)) => format!("Thin{{{}}}", share.map_or(0.0, Threshold::probability)),
            None => self.sampler.describe(),
        };
        format!("({}):{sampler}{level}", conditions.join(","))
    }
}

impl AttributeCondition {
    fn matches(&self, input: &SamplingInput<'_>, key: Option<usize>) -> bool {
        // The last one for a key counts.
        let mut others = other_attributes(input).rev();
        let other =
            others.find(|(key, value)| **key == *self.key && !matches!(value, Value::Absent));
        let value = other.map(|(_, value)| value).or_else(|| value_of(input, key?));
        let is_match = |text: &str| {
            let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(text));
            self.included.as_deref().is_none_or(any) && !any(&self.excluded)
        };
        match value {
            Some(Value::Static(text) | Value::Str(text)) => is_match(text),
            Some(value) => any_text(value, &is_match),
            None => false,
        }
    }
}

/// Returns the name of all spans at a site that have no other.
pub(super) fn fixed_name(site: Option<&SiteInfo>) -> Option<&str> {
    site.map(|site| site.name).filter(|name| !name.is_empty())
}

pub(super) fn parent_kind(input: &SamplingInput<'_>) -> ParentKind {
    match input.parent().filter(|parent| parent.is_valid()) {
        None => ParentKind::None,
        Some(parent) if parent.is_remote() => ParentKind::Remote,
        Some(_) => ParentKind::Local,
    }
}

/// Returns the bits of a kind of span and a kind of parent.
pub(super) fn mask_of(kind: SpanKind, parent: ParentKind) -> u16 {
    1 << kind as u16 | 1 << (8 + parent as u16)
}
