//! The names of all options, how each is written, and where each is allowed.
//!
//! A new option starts here: a name, a row in `form`, and a place in the lists below.

/// How an option is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `root`
    Flag,
    /// `kind = Client`
    Value,
    /// `attrs(…)`
    List,
}

pub(crate) const NAME: &str = "name";
pub(crate) const KIND: &str = "kind";
pub(crate) const ATTRS: &str = "attrs";
pub(crate) const RET: &str = "ret";
pub(crate) const ERR: &str = "err";
pub(crate) const ROOT: &str = "root";
pub(crate) const PARENT: &str = "parent";
pub(crate) const LINKS: &str = "links";
pub(crate) const CRATE: &str = "crate";
pub(crate) const SKIP: &str = "skip";

pub(crate) const WHEN: &str = "when";
pub(crate) const TYPE: &str = "type";
pub(crate) const IGNORE: &str = "ignore";

/// The helper attribute on parameters.
pub(crate) const ATTR: &str = "attr";
/// The attribute itself, absorbed from the methods of a traced `impl` block.
pub(crate) const TRACE: &str = "trace";

/// The kinds of a span.
pub(crate) const KINDS: &[&str] = &["Internal", "Server", "Client", "Producer", "Consumer"];

/// Where a list of options stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On a function or method.
    Function,
    /// On an `impl` block or a trait.
    Container,
    /// On a method within a traced `impl` block.
    Member,
    /// In `span!`.
    Block,
}

impl Place {
    /// The options allowed there.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Place::Function => &[NAME, KIND, ATTRS, RET, ERR, ROOT, PARENT, LINKS, CRATE],
            Place::Member => &[NAME, KIND, ATTRS, RET, ERR, ROOT, PARENT, LINKS, CRATE, SKIP],
            Place::Container => &[KIND, ATTRS, ERR, ROOT, CRATE],
            Place::Block => &[NAME, KIND, ATTRS, ROOT, PARENT, LINKS, CRATE],
        }
    }

    /// The place in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Place::Function | Place::Member => "on a function",
            Place::Container => "on a whole `impl` block",
            Place::Block => "in `span!`",
        }
    }
}

/// How the option of this name is written, with an example; `None` for an unknown name.
pub(crate) fn form(name: &str) -> Option<(Form, &'static str)> {
    Some(match name {
        NAME => (Form::Value, "name = CONST"),
        KIND => (Form::Value, "kind = Client"),
        ATTRS => (Form::List, "attrs(key = value)"),
        RET => (Form::List, "ret(items = ret.len())"),
        ERR => (Form::List, "err(type = err.code())"),
        ROOT => (Form::Flag, "root"),
        PARENT => (Form::Value, "parent = context"),
        LINKS => (Form::Value, "links = [context]"),
        CRATE => (Form::Value, "crate = my_crate::telemetry"),
        SKIP => (Form::Flag, "skip"),
        _ => return None,
    })
}

/// What somebody who writes an option of another library most likely wants.
pub(crate) fn habit(name: &str) -> Option<&'static str> {
    Some(match name {
        "fields" | "properties" | "attributes" | "tags" => {
            "attributes are recorded with `attrs(key = value)` or `#[attr]` on a parameter"
        }
        "skip_all" => "no argument is recorded unless it is asked for; leave it out",
        "follows_from" | "link" => "links are given with `links = [context]`",
        "span_kind" => "the kind is given with `kind = Client`",
        "short_name" | "enter_on_poll" => "it is the default; leave it out",
        "ok_if" | "error_if" => "which errors count is said with `err(when = condition)`",
        _ => return None,
    })
}
