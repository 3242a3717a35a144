//! Reads the text of statements: what they do, and what of them may be shown.

mod pieces;
mod summary;

use crate::database::Dialect;
use pieces::{Kind, Pieces};

pub(crate) use summary::summary;

/// Returns the text with `?` for each literal, and without comments.
pub(crate) fn sanitized(sql: &str, dialect: Dialect) -> String {
    let mut shown = String::with_capacity(sql.len());
    for (kind, piece) in Pieces::of(sql, dialect) {
        match kind {
            Kind::Literal | Kind::QuotedOrString => shown.push('?'),
            Kind::Word if is(piece, &["true", "false"]) => shown.push('?'),
            Kind::Space | Kind::Comment if shown.ends_with(char::is_whitespace) => {}
            Kind::Comment => shown.push(' '),
            _ => shown.push_str(piece),
        }
    }
    shown.truncate(shown.trim_end().len());
    shown
}

fn is(word: &str, any: &[&str]) -> bool {
    any.iter().any(|it| word.eq_ignore_ascii_case(it))
}

#[cfg(test)]
mod tests;
