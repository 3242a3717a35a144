//! Drives the program through a pseudo-terminal, and reads what a person sees.
#![cfg(unix)]

mod support;

use rexpect::error::Error;
use rexpect::session::{PtySession, spawn_command};
use support::Home;

/// The time after which a text that does not come is a failure, in milliseconds.
const SOON: u64 = 20_000;

impl Home {
    /// Runs a command in a terminal.
    fn terminal(&self, arguments: &[&str]) -> PtySession {
        let mut command = self.todo(arguments);
        command.env("TERM", "dumb").env("NO_COLOR", "1");
        spawn_command(command, Some(SOON)).unwrap()
    }

    /// Runs a command that asks nothing; returns the lines that a person sees.
    fn seen(&self, arguments: &[&str]) -> Vec<String> {
        let text = self.terminal(arguments).exp_eof().unwrap();
        // rexpect makes a character of each byte.
        let text = String::from_utf8(text.chars().map(|byte| byte as u8).collect()).unwrap();
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

#[test]
fn a_person_sees_results_and_nothing_else() -> Result<(), Error> {
    let home = Home::new();
    assert_eq!(home.seen(&["list"]), ["nothing to do"]);
    let added = "added 1: Buy milk  normal priority · errands · 20 min";
    assert_eq!(home.seen(&["add", "Buy milk"]), [added]);
    assert_eq!(home.seen(&["add", "--plain", "Sleep"]), ["added 2: Sleep"]);

    let mut enrich = home.terminal(&["enrich", "1"]);
    enrich.exp_string("suggested by openai: normal priority")?;
    enrich.exp_string("Is that right? [Y/n] ")?;
    enrich.send_line("y")?;
    enrich.exp_string("accepted")?;
    enrich.exp_eof()?;
    let mut enrich = home.terminal(&["enrich", "2"]);
    enrich.exp_string("Is that right? [Y/n] ")?;
    enrich.send_line("n")?;
    enrich.exp_string("declined")?;
    enrich.exp_eof()?;

    // The end of the input is no answer.
    let mut enrich = home.terminal(&["enrich", "1"]);
    enrich.exp_string("Is that right? [Y/n] ")?;
    enrich.send_control('d')?;
    assert_eq!(enrich.exp_eof()?.trim(), "");

    assert_eq!(home.seen(&["complete", "2"]), ["done 2: Sleep"]);
    let milk = "   1 [ ] Buy milk  normal priority · errands · 20 min";
    assert_eq!(home.seen(&["list"]), [milk]);
    assert_eq!(home.seen(&["list", "--all"]), [milk, "   2 [x] Sleep"]);
    let missing = "todo: there is nothing with the number 9; `todo list --all` shows all";
    assert_eq!(home.seen(&["complete", "9"]), [missing]);
    Ok(())
}

#[cfg(feature = "telemetry")]
#[test]
fn a_person_who_asks_for_it_sees_the_trace_below_the_result() {
    let home = Home::new();
    let seen = home.seen(&["--trace", "add", "Buy milk"]);
    assert!(seen[0].starts_with("added 1: Buy milk"), "{seen:#?}");
    let names = [
        "todo.command.add",
        "├─ db.todo.create",
        "├─ ai.enrichment.analyze",
        "│  ├─ ai.provider.openai.request",
        "│  ├─ ai.response.parse",
        "│  └─ db.ai_enrichment.save",
        "└─ cli.display.results",
    ];
    let name = |line: &String| names.into_iter().find(|name| line.starts_with(name));
    assert_eq!(seen.iter().filter_map(name).collect::<Vec<_>>(), names, "{seen:#?}");
}

#[cfg(feature = "telemetry")]
#[test]
fn log_records_for_people_do_not_mix_with_results() {
    let home = Home::new();
    let [stdout, stderr] = home.run(&["--verbose", "add", "Repair what has an outage"], &[]);
    assert!(stdout.starts_with("added 1: ") && stdout.lines().count() == 1, "{stdout}");
    assert!(stderr.contains("AI provider failed"), "{stderr}");
    let [stdout, stderr] = home.run(&["--debug", "--log-format", "json", "list"], &[]);
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    let record = stderr.lines().find(|line| line.starts_with('{')).unwrap();
    assert!(
        record.contains("\"trace_id\":") && record.contains("\"operation\":\"list\""),
        "{record}"
    );
}
