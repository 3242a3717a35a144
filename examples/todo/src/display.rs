//! Prints for people: results on stdout, questions on stderr. Telemetry never writes here.

use crate::database::{Listed, Todo};
use crate::suggestion::{Priority, Suggestion};
use anstyle::{AnsiColor, Style};
use std::io::{self, IsTerminal, Write};
use trace_runtime::trace;

const DIM: Style = Style::new().dimmed();
const URGENT: Style = AnsiColor::Red.on_default().bold();
const DONE: Style = AnsiColor::Green.on_default();

/// Shows what was added, with what is suggested for it.
#[trace("cli.display.results")]
pub(crate) fn added(todo: &Todo, suggestion: Option<&Suggestion>) {
    let hint = suggestion.map(|it| format!("  {DIM}{}{DIM:#}", described(it))).unwrap_or_default();
    anstream::println!("added {}: {}{hint}", todo.id, todo.text);
}

/// Shows a list.
#[trace("cli.display.results", attrs(rows = rows.len()))]
pub(crate) fn list(rows: Vec<Listed>) {
    if rows.is_empty() {
        anstream::println!("nothing to do");
    }
    for Listed { todo, row } in rows {
        let mark = if todo.completed_at.is_some() { "x" } else { " " };
        let suggestion = row.suggestion();
        let style = match &suggestion {
            Some(it) if it.priority == Priority::High => URGENT,
            _ => Style::new(),
        };
        let hint = suggestion.map(|it| format!("  {DIM}{}{DIM:#}", described(&it)));
        let (id, text) = (todo.id, todo.text);
        anstream::println!("{id:>4} [{mark}] {style}{text}{style:#}{}", hint.unwrap_or_default());
    }
}

/// Shows what was completed.
#[trace("cli.display.results")]
pub(crate) fn completed(todo: &Todo) {
    anstream::println!("{DONE}done{DONE:#} {}: {}", todo.id, todo.text);
}

/// Shows what is suggested.
#[trace("cli.display.results")]
pub(crate) fn suggestion(todo: &Todo, suggestion: &Suggestion) {
    anstream::println!("{}: {}", todo.id, todo.text);
    anstream::println!("suggested by {}: {}", suggestion.provider.as_str(), described(suggestion));
}

/// Shows what the user has decided.
#[trace("cli.display.results")]
pub(crate) fn decided(is_accepted: bool) {
    anstream::println!("{}", if is_accepted { "accepted" } else { "declined" });
}

/// Returns what the user has decided by flags, or decides now; `None` without a terminal to ask on, or an answer.
pub(crate) fn decision(yes: bool, no: bool) -> io::Result<Option<bool>> {
    if yes || no {
        return Ok(Some(yes));
    }
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    anstream::eprint!("Is that right? [Y/n] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    if io::stdin().read_line(&mut answer)? == 0 {
        // Ctrl-D ends no line.
        anstream::eprintln!();
        return Ok(None);
    }
    Ok(Some(!answer.trim().to_lowercase().starts_with('n')))
}

fn described(suggestion: &Suggestion) -> String {
    let Suggestion { priority, category, minutes, .. } = suggestion;
    format!("{} priority · {category} · {minutes} min", priority.as_str())
}
