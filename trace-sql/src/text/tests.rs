//! Statements of the three databases, and arbitrary text.

use super::*;
use Dialect::{MySql, PostgreSql, Sqlite};
use proptest::collection::vec;
use proptest::prelude::*;

const ALL: [Dialect; 3] = [MySql, PostgreSql, Sqlite];

#[test]
fn statements_are_summarized_by_operations_and_names() {
    for (sql, expected) in [
        ("SELECT id FROM changes WHERE id = ?", "SELECT changes"),
        ("select * from orders o, customers as c where o.id = 1", "select orders customers"),
        ("SELECT 1", "SELECT"),
        ("", ""),
        ("-- FROM nowhere\nSELECT a FROM b /* FROM c */ JOIN d ON b.x = d.x", "SELECT b d"),
        ("insert into changes(id) VALUES (?), ('from secrets')", "insert changes"),
        ("INSERT OR REPLACE INTO kv VALUES (1)", "INSERT kv"),
        ("INSERT INTO a SELECT x FROM b", "INSERT a SELECT b"),
        ("INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 2", "INSERT a"),
        ("UPDATE \"changes\" SET id = ?", "UPDATE \"changes\""),
        ("DELETE FROM public.changes;", "DELETE public.changes"),
        ("SELECT * FROM a WHERE id IN (SELECT id FROM s.\"b c\")", "SELECT a SELECT s.\"b c\""),
        ("WITH x AS (SELECT 1 FROM y) SELECT * FROM x", "SELECT y SELECT x"),
        ("SELECT EXTRACT(year FROM made) FROM orders FOR UPDATE", "SELECT orders"),
        ("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)", "CREATE TABLE numbers"),
        ("CREATE UNIQUE INDEX by_name ON people (name)", "CREATE INDEX by_name"),
        ("DROP TABLE a", "DROP TABLE a"),
        ("PRAGMA journal_mode", "PRAGMA"),
        ("BEGIN; DELETE FROM a; COMMIT", "BEGIN DELETE a COMMIT"),
        ("(SELECT a FROM b) UNION (SELECT c FROM d)", "SELECT b SELECT d"),
    ] {
        assert_eq!(summary(sql, PostgreSql), expected, "{sql}");
    }
    for (sql, expected) in [
        (
            "INSERT INTO \"a\" SELECT \"secret\" FROM \"b\", main.\"c\"",
            "INSERT \"a\" SELECT \"b\" main.\"c\"",
        ),
        ("DELETE FROM a RETURNING n, \"secret\"", "DELETE a"),
        ("DELETE FROM a RETURNING (n), \"secret\"", "DELETE a"),
        ("SELECT (SELECT n FROM a), \"secret\" FROM b", "SELECT SELECT a b"),
        ("SELECT n FROM a WHERE n IS DISTINCT FROM \"secret\"", "SELECT a"),
        ("SELECT n FROM a ORDER BY n, \"secret\" LIMIT 1, 2", "SELECT a"),
        ("VACUUM INTO \"secret\"", "VACUUM"),
    ] {
        assert_eq!(summary(sql, Sqlite), expected, "{sql}");
    }
    let long = format!("SELECT * FROM {}", "x".repeat(300));
    assert_eq!(summary(&long, PostgreSql), "SELECT");
}

#[test]
fn no_literal_is_shown() {
    for (sql, expected) in [
        (
            "SELECT a1 FROM b WHERE c = 'it''s' AND d = 1.5e-3",
            "SELECT a1 FROM b WHERE c = ? AND d = ?",
        ),
        ("SELECT $$a'b$$, $q$ $$ $q$, E'a\\'b', X'ff', TRUE", "SELECT ?, ?, ?, ?, ?"),
        ("SELECT 1 -- 42\n, /* a /* b */ 'c' */ 2", "SELECT ? , ?"),
        ("SELECT 1 -- 42\r, 2/**/FROM a", "SELECT ? , ? FROM a"),
        ("SELECT 'open", "SELECT ?"),
        ("SELECT \"quoted 1\", \"a\"\"'\", 0xFF, .5", "SELECT \"quoted 1\", \"a\"\"'\", ?, ?"),
        ("SELECT n-1, n -1, 'é', é2", "SELECT n-?, n -?, ?, é2"),
        ("SELECT ARRAY[lower('secret')], a[1:2]", "SELECT ARRAY[lower(?)], a[?:?]"),
        (
            "SELECT U&'\\0441' UESCAPE '!', N'a', B'01', DATE '2026-01-01'",
            "SELECT ? UESCAPE ?, ?, ?, DATE ?",
        ),
        (
            "SELECT a ?| '{b}', a?5, a @? '$.b', a #> '{c}', a->>'d'",
            "SELECT a ?| ?, a??, a @? ?, a #> ?, a->>?",
        ),
        ("SELECT $1::text, a$$b, 0x1e-- it's\n, 'b'", "SELECT $1::text, a$$b, ? , ?"),
        ("SELECT 1_000, 5e+3, 5e+n, 1.e5", "SELECT ?, ?, ?+n, ?"),
        // A setting of the server decides where the string ends.
        ("SELECT 'a\\', 'b'", "SELECT ?"),
        ("SELECT E'a'\n'b\\', 'c'", "SELECT ?\n?"),
        // A version of the server decides whether this is a number and a string.
        ("SELECT 1$$, a$$", "SELECT ?"),
        ("SELECT \"open 'secret'", "SELECT ?"),
        ("SELECT $a$ secret", "SELECT ?"),
        ("SELECT a` 'secret'`", "SELECT a` ?`"),
    ] {
        assert_eq!(sanitized(sql, PostgreSql), expected, "{sql}");
    }
    for (sql, expected) in [
        ("SELECT `a`, \"b\", 'c', 'd' # 5", "SELECT `a`, ?, ?, ?"),
        ("SELECT `a`, \"b\", 'c\\'d' # 5", "SELECT `a`, ?, ?"),
        ("SELECT 'a\\\\', \"a\"\"b\", _utf8mb4'c', 0b01, x'ff'", "SELECT ?, ?, _utf8mb4?, ?, ?"),
        ("SELECT 5--'a'\n, 'b'", "SELECT ?--?\n, ?"),
        ("SELECT 5 -- 'a\n, 'b'", "SELECT ? , ?"),
        ("SELECT /* /* */ 'a' /* */ FROM b", "SELECT ? FROM b"),
        ("SELECT 1 /*!50001 , 'a */ b' */", "SELECT ? ?"),
        ("SELECT $a, @b, @'c', $a$ FROM b", "SELECT $a, @b, @?, ?"),
        ("SELECT a[1], ?5", "SELECT a[?], ??"),
    ] {
        assert_eq!(sanitized(sql, MySql), expected, "{sql}");
    }
    for (sql, expected) in [
        ("SELECT $1, ?2, :name, @p", "SELECT $1, ?2, :name, @p"),
        ("SELECT [a 1], [it's], `b`, \"c\"", "SELECT [a 1], [it's], `b`, ?"),
        ("SELECT 'a\\', 'it''s', e'b\\', x'ff'", "SELECT ?, ?, ?, ?"),
        ("SELECT $a$, '$a$', $b::c(it's), #d", "SELECT $a$, ?, $b::c(it's), #d"),
        ("SELECT [open 'secret'", "SELECT ?"),
        ("SELECT 1 /* /* */, 'a' -- b\r 'c'\n", "SELECT ? , ?"),
        ("SELECT 1 \0 'secret", "SELECT ? ?"),
    ] {
        assert_eq!(sanitized(sql, Sqlite), expected, "{sql}");
    }
}

#[test]
fn any_text_is_read() {
    for sql in ["'", "\"", "$", "$a", "$a$", "/*", "/*/", "[", "E'", "?", ".", "é'", "[é", "--"] {
        reads(sql);
    }
}

fn reads(sql: &str) {
    for dialect in ALL {
        let pieces: String = Pieces::of(sql, dialect).map(|(_, piece)| piece).collect();
        assert_eq!(pieces, sql);
        let _ = (summary(sql, dialect), sanitized(sql, dialect));
    }
}

/// What literals and comments are made of: what could end them, and a letter that is never shown.
const CONTENT: &str = "[-Ж'\"`\\\\$\\[\\]/*#?:;é \n]{0,8}";

/// Returns what is a literal or a comment in a dialect, with this content.
fn hidden(dialect: Dialect, form: usize, content: &str) -> String {
    let doubled = content.replace('\'', "''");
    let escaped = content.replace('\\', "\\\\").replace('\'', "''");
    let plain = content.replace(['\'', '\\'], "");
    let line = content.replace('\n', "");
    let block = content.replace(['*', '/'], "");
    let forms = match dialect {
        PostgreSql => [
            format!("'Ж{doubled}'"),
            format!("E'Ж{}'", escaped.replace("''", "\\'")),
            format!("$é$Ж{}$é$", content.replace('é', "")),
            format!("$$Ж{}$$", content.replace('$', "")),
            format!("U&'Ж{plain}'"),
            format!("-- Ж{line}\n"),
            format!("/*Ж{block}/*{block}*/Ж*/"),
        ],
        MySql => [
            format!("'Ж{escaped}'"),
            format!("\"Ж{}\"", content.replace('\\', "").replace('"', "\"\"")),
            format!("'Ж{doubled}'"),
            format!("_utf8mb4'Ж{escaped}'"),
            format!("# Ж{line}\n"),
            format!("-- Ж{line}\n"),
            format!("/*Ж{block}/*{block}*/"),
        ],
        Sqlite => [
            format!("'Ж{doubled}'"),
            format!("\"Ж{}\"", content.replace('"', "\"\"")),
            format!("x'Ж{plain}'"),
            format!("e'Ж{doubled}'"),
            format!("-- Ж{line}\n"),
            format!("/*Ж{block}/*{block}*/"),
            format!("/*{block}Ж*/"),
        ],
    };
    forms[form].clone()
}

/// Returns what is no literal in a dialect, with this content.
fn visible(dialect: Dialect, form: usize, content: &str) -> String {
    let content = content.replace('Ж', "");
    let quoted = |quote: char| {
        let doubled = content.replace(quote, &format!("{quote}{quote}"));
        format!("{quote}a{doubled}{quote}")
    };
    match (form, dialect) {
        (0, PostgreSql) => quoted('"'),
        (0, MySql | Sqlite) => quoted('`'),
        (1, Sqlite) => format!("[a{}]", content.replace(']', "")),
        (1, _) => "a[1]".to_owned(),
        (2, PostgreSql) => "$1 ?| a".to_owned(),
        (2, _) => "a$b".to_owned(),
        // A quoted text after it is a name in SQLite.
        (3, PostgreSql | MySql) => "from a join".to_owned(),
        (4, _) => "is distinct from".to_owned(),
        (5, _) => "1.5e-3".to_owned(),
        _ => "(a".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn arbitrary_text_is_read(sql in "\\PC*", lexical in "[aEeUxN&01.'\"`\\\\$\\[\\]/*#?:(); \n-]*") {
        reads(&sql);
        reads(&lexical);
    }

    #[test]
    fn nothing_of_a_literal_is_shown(
        parts in vec((any::<bool>(), 0..7_usize, CONTENT, "[ ,=;)]|\r\n"), 1..12),
    ) {
        for dialect in ALL {
            let part = |(is_hidden, form, content, after): &(bool, usize, String, String)| {
                let make = if *is_hidden { hidden } else { visible };
                format!("{} {after} ", make(dialect, *form, content))
            };
            let sql: String = parts.iter().map(part).collect();
            let shown = [sanitized(&sql, dialect), summary(&sql, dialect)];
            prop_assert!(!shown.concat().contains('Ж'), "{dialect:?}: {sql:?} → {shown:?}");
        }
    }
}
