//! Writes a tree as JSON.

use crate::node::{Data, Node};

/// Returns a value as indented JSON.
pub(super) fn json(node: &Node) -> String {
    text(node, false)
}

/// Returns a value as a file that is searched for references when it is read.
pub(super) fn json_file(node: &Node) -> String {
    text(node, true)
}

fn text(node: &Node, escapes: bool) -> String {
    let mut text = String::new();
    write(&mut text, node, 0, escapes);
    text.push('\n');
    text
}

fn write(text: &mut String, node: &Node, indent: usize, escapes: bool) {
    let line = |text: &mut String, indent| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", indent));
    };
    match node.data() {
        Data::Null => text.push_str("null"),
        Data::Bool(value) => text.push_str(&value.to_string()),
        Data::Integer(value) => text.push_str(&value.to_string()),
        // JSON has no infinite numbers.
        Data::Float(value) if !value.is_finite() => text.push_str("null"),
        Data::Float(value) => text.push_str(&format!("{value:?}")),
        Data::String(_) if escapes && node.whole_variable().is_some() => {
            string(text, &format!("${{{}}}", node.whole_variable().unwrap_or_default()));
        }
        Data::String(value) if escapes => string(text, &value.replace('$', "$$")),
        Data::String(value) => string(text, value),
        Data::List(items) if items.is_empty() => text.push_str("[]"),
        Data::List(items) => {
            text.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                line(text, indent + 1);
                write(text, item, indent + 1, escapes);
            }
            line(text, indent);
            text.push(']');
        }
        Data::Mapping(_) | Data::EmptyTable if node.entries().is_empty() => text.push_str("{}"),
        Data::Mapping(_) | Data::EmptyTable => {
            text.push('{');
            for (number, entry) in node.entries().iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                line(text, indent + 1);
                string(text, entry.key());
                text.push_str(": ");
                write(text, entry.value(), indent + 1, escapes);
            }
            line(text, indent);
            text.push('}');
        }
    }
}

fn string(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            c if c.is_control() => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
}
