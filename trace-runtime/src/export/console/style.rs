//! Styles the parts of a tree for a terminal.

use crate::export::tree::{Line, Role};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// Returns one of the sixteen colours that every theme defines, or none for plain text, which must be
/// readable on dark and light backgrounds.
fn style(role: Role) -> Style {
    let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match role {
        Role::Quiet => Style::new().dimmed(),
        Role::Name => Style::new().bold(),
        Role::FailedName => color(AnsiColor::Red).bold(),
        Role::CancelledName => color(AnsiColor::Yellow).bold(),
        Role::Kind => color(AnsiColor::Magenta),
        Role::Duration => color(AnsiColor::Cyan),
        Role::Bar => color(AnsiColor::Blue),
        Role::FailedBar | Role::Error => color(AnsiColor::Red),
        Role::Key => Style::new().dimmed(),
        Role::Value => Style::new(),
        Role::Event => Style::new().italic(),
    }
}

/// Writes a line with escape sequences, and a line break.
pub(crate) fn write_line(text: &mut String, line: &Line) {
    for (role, piece) in line.pieces() {
        let style = style(role);
        let _ = if piece.trim().is_empty() || style.is_plain() {
            text.write_str(piece)
        } else {
            write!(text, "{style}{piece}{style:#}")
        };
    }
    text.push('\n');
}
