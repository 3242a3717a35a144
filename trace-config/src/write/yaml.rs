//! Writes a tree as YAML.

use crate::model::describe::{Field, Kind, Shape, Type};
use crate::node::{Data, Entry, Node};
use crate::scalar;
use crate::secrets::{is_secret_key, without_credentials};

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A file that can be read again. A secret from a variable is written as a reference to it.
    File,
    /// To be looked at: with defaults, without secrets and values of variables.
    Show,
}

/// Returns a value as YAML.
pub(crate) fn yaml(node: &Node, kind: Kind, purpose: Purpose) -> String {
    let mut writer = Writer { text: String::new(), purpose };
    match node.entries().is_empty() {
        true => writer.text.push_str("{}\n"),
        false => writer.mapping(node, Some(kind), 0, false),
    }
    writer.text
}

struct Writer {
    text: String,
    purpose: Purpose,
}

impl Writer {
    /// Writes the entries of a mapping, each on its own lines.
    fn mapping(&mut self, node: &Node, kind: Option<Kind>, indent: usize, is_secret: bool) {
        let names_secret = node.get("name").and_then(Node::as_str).is_some_and(is_secret_key);
        for entry in node.entries() {
            let key = entry.key();
            let is_secret =
                is_secret || is_secret_key(key) || names_secret && key != "name" && key != "type";
            let value = of_key(kind, key);
            if let Some(field) = self.defaulted(entry, kind) {
                self.default(field, indent);
                continue;
            }
            self.indent(indent);
            self.text.push_str(&scalar_text(key));
            self.text.push(':');
            self.value(entry.value(), value.map(|(kind, _)| kind), indent + 1, is_secret);
        }
        if self.purpose == Purpose::Show {
            for field in absent(node.entries(), kind) {
                self.default(field, indent);
            }
        }
    }

    /// Returns the field of an entry that is null, and for which its default is shown.
    fn defaulted(&self, entry: &Entry, kind: Option<Kind>) -> Option<&'static Field> {
        let field = of_key(kind, entry.key())?.1?;
        let is_shown = self.purpose == Purpose::Show && entry.value().is_null();
        (is_shown && !is_record((field.kind)())).then_some(field)
    }

    /// Returns whether a mapping is written as comments only.
    fn is_commented(&self, node: &Node, kind: Option<Kind>) -> bool {
        let is_comment = |entry: &Entry| {
            self.defaulted(entry, kind).is_some_and(|field| field.default.is_none())
        };
        let mut absent = absent(node.entries(), kind);
        self.purpose == Purpose::Show
            && node.entries().iter().all(is_comment)
            && absent.all(|field| field.default.is_none())
    }

    /// Writes the default of a key, as a comment if it is not one value.
    fn default(&mut self, field: &Field, indent: usize) {
        self.indent(indent);
        match (field.default, field.otherwise) {
            (Some(default), _) => {
                let default = match (field.kind)() {
                    Kind::Text | Kind::Type(_) => scalar_text(default),
                    _ => default.to_owned(),
                };
                self.text.push_str(&format!("{}: {default}\n", field.key));
            }
            (None, otherwise) => {
                let words = otherwise.unwrap_or("none");
                self.text.push_str(&format!("# {}: {words}\n", field.key));
            }
        }
    }

    /// Writes a value behind a key or the mark of an item.
    fn value(&mut self, node: &Node, kind: Option<Kind>, indent: usize, is_secret: bool) {
        let shows = self.purpose == Purpose::Show;
        match node.data() {
            Data::Null | Data::EmptyTable | Data::Mapping(_)
                if shows && absent(&[], kind).next().is_some() =>
            {
                let is_empty = self.is_commented(node, kind);
                self.text.push_str(if is_empty { " {}\n" } else { "\n" });
                self.mapping(node, kind, indent, is_secret);
            }
            Data::Null => self.text.push('\n'),
            Data::EmptyTable => self.text.push_str(" {}\n"),
            Data::Mapping(entries) if entries.is_empty() => self.text.push_str(" {}\n"),
            Data::Mapping(_) => {
                self.text.push('\n');
                self.mapping(node, kind, indent, is_secret);
            }
            Data::List(items) if items.is_empty() => self.text.push_str(" []\n"),
            Data::List(items) => {
                let of = match kind {
                    Some(Kind::List(of)) => Some(of()),
                    _ => None,
                };
                self.text.push('\n');
                for item in items {
                    self.item(item, of, indent, is_secret);
                }
            }
            _ => {
                let text = self.scalar(node, kind, is_secret);
                self.text.push_str(&format!(" {text}\n"));
            }
        }
    }

    /// Writes an item of a list. A mapping begins beside the mark.
    fn item(&mut self, node: &Node, kind: Option<Kind>, indent: usize, is_secret: bool) {
        let start = self.text.len();
        match node.data() {
            Data::Mapping(entries) if !entries.is_empty() && !self.is_commented(node, kind) => {
                self.mapping(node, kind, indent + 1, is_secret);
                let mark = start + 2 * indent;
                self.text.replace_range(mark..mark + 1, "-");
            }
            _ => {
                self.indent(indent);
                self.text.push('-');
                self.value(node, kind, indent + 1, is_secret);
            }
        }
    }

    fn scalar(&self, node: &Node, kind: Option<Kind>, is_secret: bool) -> String {
        let is_secret = is_secret || matches!(kind, Some(Kind::Secret));
        match (self.purpose, node.variables()) {
            (Purpose::File, _) if node.whole_variable().is_some() => {
                return format!("${{{}}}", node.whole_variable().unwrap_or_default());
            }
            (Purpose::Show, []) if is_secret => return "\"***\"".to_owned(),
            (Purpose::Show, variables @ [_, ..]) => {
                return format!("\"***\" # from {}", variables.join(", "));
            }
            _ => {}
        }
        match node.data() {
            Data::Bool(value) => value.to_string(),
            Data::Integer(value) => value.to_string(),
            Data::Float(value) if value.is_nan() => ".nan".to_owned(),
            Data::Float(value) if value.is_infinite() => {
                if *value > 0.0 { ".inf" } else { "-.inf" }.to_owned()
            }
            Data::Float(value) => format!("{value:?}"),
            Data::String(text) if self.purpose == Purpose::Show => {
                scalar_text(&without_credentials(text))
            }
            // Text is searched for references when it is read.
            Data::String(text) => scalar_text(&text.replace('$', "$$")),
            Data::Null | Data::List(_) | Data::Mapping(_) | Data::EmptyTable => String::new(),
        }
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n("  ", indent));
    }
}

/// Returns the kind of the value of a key, and its field in a record.
fn of_key(kind: Option<Kind>, key: &str) -> Option<(Kind, Option<&'static Field>)> {
    match kind? {
        Kind::ByName(of) => Some((of(), None)),
        Kind::Type(Type { shape: Shape::Record { fields, .. }, .. }) => {
            let field = fields.iter().find(|field| field.key == key)?;
            Some(((field.kind)(), Some(field)))
        }
        Kind::Type(Type { shape: Shape::Union { variants, .. }, .. }) => {
            let variant = variants.iter().find(|variant| variant.key == key)?;
            Some(((variant.kind)(), None))
        }
        _ => None,
    }
}

/// Returns the optional keys of a record that are not there.
fn absent(entries: &[Entry], kind: Option<Kind>) -> impl Iterator<Item = &'static Field> {
    let fields = match kind {
        Some(Kind::Type(of)) => of.fields(),
        _ => &[],
    };
    let is_absent = |field: &&Field| !entries.iter().any(|entry| entry.key() == field.key);
    fields.iter().filter(|field| !field.required).filter(is_absent)
}

fn is_record(kind: Kind) -> bool {
    matches!(kind, Kind::Type(Type { shape: Shape::Record { .. }, .. }))
}

/// Returns a string as a scalar: plain, if it is read as the same string.
fn scalar_text(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_'))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./:@+=".contains(&b))
        && !text.ends_with(':')
        && scalar::is_string(text);
    if is_plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // Characters that YAML does not allow, or that change how a terminal shows the text.
            c if !crate::problem::is_printable(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                quoted.push_str(&format!("\\U{:08x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
