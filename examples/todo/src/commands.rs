//! The commands, each of which is a trace.

use crate::ai::Ai;
use crate::background;
use crate::cli::{Cli, Command, CommandName};
use crate::database::{Database, Todo};
use crate::display;
use crate::error::{Error, Result};
use crate::settings;
use crate::suggestion::Suggestion;
use trace_runtime::{Objective, business_metric, metered, trace};
use tracing::{debug, error, info, warn};

/// Commands complete, unless their users are mistaken.
const COMMANDS: Objective = Objective::new("commands").success_rate(99.5);
/// Users accept what is suggested.
const SUGGESTIONS: Objective = Objective::new("suggestions").success_rate(80.0);

/// Runs a command.
#[trace(
    "todo.command.{name}",
    attrs(command = name.as_str()),
    err(when = err.is_failure(), type = err.kind())
)]
#[metered(name = "todo.command", labels(command = name), slo = COMMANDS)]
#[business_metric(counter("todo.commands", unit = "{command}"), labels(command = name))]
#[business_metric(
    counter("todo.command.errors", unit = "{error}"),
    value = err.is_failure(),
    labels(command = name)
)]
pub(crate) async fn run(name: CommandName, cli: &Cli) -> Result<()> {
    debug!(command = name.as_str(), "started");
    let database = Database::open(&settings::database(cli.database.as_deref())?).await?;
    let result = carry_out(&database, cli).await;
    database.close().await;
    match &result {
        Ok(()) => info!(command = name.as_str(), "completed"),
        Err(error) if error.is_failure() => error!(command = name.as_str(), %error, "failed"),
        Err(error) => info!(command = name.as_str(), %error, "refused"),
    }
    result
}

async fn carry_out(database: &Database, cli: &Cli) -> Result<()> {
    match &cli.command {
        Command::Add { text, background, plain } => {
            let todo = database.create(text).await?;
            let suggestion = match () {
                () if *background => {
                    optional(&todo, background::enrich(todo.id));
                    None
                }
                () if *plain => None,
                () => optional(&todo, analyze(cli, database, &todo).await),
            };
            display::added(&todo, suggestion.as_ref());
        }
        Command::List { all } => display::list(database.list(*all).await?),
        Command::Complete { id } => {
            let todo = match database.complete(*id).await? {
                Some(todo) => todo,
                None => database.find(*id).await?.ok_or(Error::NotFound(*id))?,
            };
            display::completed(&todo);
        }
        Command::Enrich { id, yes, no } => {
            let todo = database.find(*id).await?.ok_or(Error::NotFound(*id))?;
            let suggestion = match database.enrichment(*id).await? {
                Some(suggestion) => suggestion,
                None => analyze(cli, database, &todo).await?,
            };
            display::suggestion(&todo, &suggestion);
            if let Some(is_accepted) = display::decision(*yes, *no)? {
                decide(database, &todo, &suggestion, is_accepted).await?;
            }
        }
    }
    Ok(())
}

/// Enriches something in the background, for the command that has added it.
#[trace("todo.background.enrich", attrs(todo.id = id), err(type = err.kind()))]
pub(crate) async fn run_in_background(id: i64, cli: &Cli) -> Result<()> {
    let database = Database::open(&settings::database(cli.database.as_deref())?).await?;
    let todo = database.find(id).await?.ok_or(Error::NotFound(id))?;
    optional(&todo, analyze(cli, &database, &todo).await);
    database.close().await;
    Ok(())
}

/// Asks for a suggestion, and saves it.
async fn analyze(cli: &Cli, database: &Database, todo: &Todo) -> Result<Suggestion> {
    Ai::new(cli.ai_url.as_deref()).await?.analyze(database, todo).await
}

/// Returns what was suggested, without which something can be done all the same.
fn optional<T>(todo: &Todo, suggested: Result<T>) -> Option<T> {
    suggested.inspect_err(|error| warn!(todo.id = todo.id, %error, "no suggestion")).ok()
}

/// The user does not want what is suggested: no failure, but a suggestion that was not good.
struct Declined;

/// Notes what the user thinks of a suggestion.
async fn decide(
    database: &Database,
    todo: &Todo,
    suggestion: &Suggestion,
    is_accepted: bool,
) -> Result<()> {
    database.decide(todo.id, is_accepted).await?;
    let decided = judge(suggestion, is_accepted);
    info!(todo.id = todo.id, accepted = decided.is_ok(), "suggestion decided");
    display::decided(decided.is_ok());
    Ok(())
}

/// Measures the decision.
#[metered(name = "ai.suggestion", labels(provider = suggestion.provider), slo = SUGGESTIONS)]
#[business_metric(
    counter("ai.suggestions.accepted", unit = "{suggestion}"),
    labels(provider = suggestion.provider),
    on = ok
)]
fn judge(suggestion: &Suggestion, is_accepted: bool) -> std::result::Result<(), Declined> {
    if is_accepted { Ok(()) } else { Err(Declined) }
}
