//! Mistakes in attributes, baggage entries and labels: everything that has a key.

/// An element with a key.
#[derive(Clone, Copy)]
pub(crate) enum Noun {
    Attribute,
    /// An entry of baggage.
    Entry,
    Label,
}

impl Noun {
    fn word(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Entry => "baggage entry",
            Self::Label => "label",
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Attribute => "an attribute",
            Self::Entry => "a baggage entry",
            Self::Label => "a label",
        }
    }
}

pub(crate) fn empty_key(what: Noun) -> String {
    format!("the key of {} cannot be empty", what.with_article())
}

pub(crate) fn no_baggage_key(key: &str, fitting: &str) -> String {
    format!(
        "`{key}` cannot be a key of baggage, which travels in a header: letters, digits and \
         !#$%&'*+-.^_`|~ are allowed; write `\"{fitting}\" = …`"
    )
}

pub(crate) fn nul_in_key(what: Noun) -> String {
    format!("the key of {} cannot contain a NUL character", what.with_article())
}

pub(crate) fn duplicate_key(what: Noun, key: &str) -> String {
    match what {
        Noun::Attribute => {
            format!("attribute `{key}` is recorded twice; a span has one value per key")
        }
        Noun::Entry => format!("baggage entry `{key}` is given twice; there is one value per key"),
        Noun::Label => format!("label `{key}` is given twice; a series has one value per key"),
    }
}

pub(crate) fn key_without_value(what: Noun, key: &str) -> String {
    format!("{} `{key}` needs a value: `\"{key}\" = value`", what.word())
}

pub(crate) fn not_a_shorthand() -> String {
    "only a variable or a field can be written without a key; write `key = value`".to_owned()
}

pub(crate) fn value_expected(key: &str) -> String {
    format!(
        "expected the value of `{key}`: `{key} = value`, `{key} = %value` (Display) or \
         `{key} = ?value` (Debug)"
    )
}

pub(crate) fn colon_for_equals(what: Noun, key: &str) -> String {
    format!("{} is written `{key} = value`, not `{key}: value`", what.with_article())
}

pub(crate) fn not_a_field(what: Noun) -> String {
    format!(
        "expected {}: `key = value`, `\"key\" = value`, or a variable alone",
        what.with_article()
    )
}

pub(crate) fn attr_on_pattern() -> String {
    "`#[attr]` needs a parameter with one name; name the parts in the list of the span instead: \
     `#[trace(attrs(key = part))]`"
        .to_owned()
}

pub(crate) fn attr_on_self() -> String {
    "`#[attr]` cannot record `self`; name its fields in the list of the span instead: \
     `#[trace(attrs(id = self.id))]`"
        .to_owned()
}

pub(crate) fn attr_without_span() -> String {
    "`#[attr]` records the parameter on a span, and there is none: add `#[trace]`, or label the \
     metric with it: `labels(…)`"
        .to_owned()
}

pub(crate) fn attr_twice() -> String {
    "this parameter has `#[attr]` already".to_owned()
}

pub(crate) fn attr_form() -> String {
    "expected `#[attr]`, `#[attr(\"key\")]`, `#[attr(?)]` (Debug), `#[attr(%)]` (Display) or \
     `#[attr(\"key\", ?)]`"
        .to_owned()
}
