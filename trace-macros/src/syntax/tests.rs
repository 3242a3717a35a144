//! Compares the tables of options with those in the pages of their attributes. `BLESS=1 cargo test -p
//! trace-macros --lib` rewrites the pages.

use super::instrument::Kind;
use super::option::{Options, Place, Row};
use super::{business, derive, instrument, metered, trace};

/// A place as the column `where` names it.
trait Named: PartialEq {
    /// The name; `None` if another place of the row implies this one.
    fn name(&self, all: &[Self]) -> Option<&'static str>
    where
        Self: Sized;
}

impl Named for Place {
    fn name(&self, all: &[Self]) -> Option<&'static str> {
        match self {
            Self::Function => Some("functions"),
            Self::Member => {
                (!all.contains(&Self::Function)).then_some("methods of an annotated block")
            }
            Self::Container => Some("`impl` blocks"),
            Self::Block => Some("`span!`"),
        }
    }
}

impl Named for Kind {
    fn name(&self, all: &[Self]) -> Option<&'static str> {
        match (all.len(), self) {
            (4, Self::Counter) => Some("any"),
            (4, _) => None,
            (_, kind) => Some(match kind {
                Self::Counter => "`counter`",
                Self::Updown => "`updown`",
                Self::Gauge => "`gauge`",
                Self::Histogram => "`histogram`",
            }),
        }
    }
}

impl Named for derive::On {
    fn name(&self, _: &[Self]) -> Option<&'static str> {
        Some(match self {
            Self::Enum => "enums",
            Self::Struct => "structs",
            Self::Variant => "variants",
        })
    }
}

/// The table of a page. The column `places` is left out if all rows would be equal in it.
fn table<O, P: Named>(option: &str, places: &str, rows: &[Row<O, P>]) -> String {
    let place = |row: &Row<O, P>| {
        let names: Vec<_> = row.places.iter().filter_map(|place| place.name(row.places)).collect();
        names.join(", ")
    };
    let differ = rows.iter().any(|row| place(row) != place(&rows[0]));
    let line = |cells: [&str; 4]| {
        let [option, meaning, default, place] = cells;
        let place = if differ { format!(" {place} |") } else { String::new() };
        format!("| {option} |{place} {meaning} | {default} |\n").replace("|  |", "| |")
    };
    let mut table = line([option, "meaning", "default", places]);
    table += &line(["---", "---", "---", "---"]).replace(' ', "");
    for row in rows {
        for &[written, meaning, default] in row.docs {
            table += &line([written, meaning, default, &place(row)]);
        }
    }
    table
}

fn check<O, P: Named>(page: &str, option: &str, places: &str, rows: &[Row<O, P>]) {
    let path = format!("{}/src/docs/{page}.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let expected = table(option, places, rows);
    let start = text.find(&format!("| {option} |")).expect("the page has no such table");
    let length = text[start..].find("\n\n").map_or(text.len() - start, |end| end + 1);
    let found = &text[start..start + length];
    if found != expected && std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text.replace(found, &expected)).unwrap();
        return;
    }
    assert!(found == expected, "{page}.md differs from the table in the code:\n{expected}");
}

#[test]
fn the_pages_list_the_options_of_the_code() {
    check("trace", "option", "where", trace::Options::ROWS);
    check("metered", "option", "where", metered::Options::ROWS);
    check("business_metric", "option", "where", business::Options::ROWS);
    check("business_metric", "part", "of", instrument::ROWS);
    check("label", "option", "on", derive::ROWS);
}

#[test]
fn every_example_reads_as_its_option() {
    fn each<O: Options>() {
        for row in O::ROWS {
            let mut errors = crate::errors::Errors::new();
            let place = *row.places.last().unwrap();
            let _ = O::parse(row.example.parse().unwrap(), place, &mut errors);
            let mistakes = errors.finish();
            assert!(mistakes.is_empty(), "{}: {mistakes}", row.example);
        }
    }
    each::<trace::Options>();
    each::<metered::Options>();
    each::<business::Options>();
}
