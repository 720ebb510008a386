//! The table in the docs.

use std::fs;

use super::{Code, Election, Next, Row, rows};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/running-a-command.md");
const BEGIN: &str = "<!-- generated: begin -->\n";
const END: &str = "<!-- generated: end -->\n";
/// The variable that makes the test write the file.
const WRITE: &str = "ELECTOR_WRITE_DOCS";

fn table() -> String {
    let mut text = String::new();
    for (heading, rows) in rows::all() {
        text.push_str(&format!(
            "\n### {heading}\n\n\
             | what happens | CMD and what it started are sent | the election | exit code | another candidate leads |\n\
             |---|---|---|---|---|\n"
        ));
        rows.iter().for_each(|row| text.push_str(&line(row)));
    }
    text.push('\n');
    text
}

fn line(row: &Row) -> String {
    let sent = if row.sent.is_empty() { "–".to_owned() } else { row.sent.join(", ") };
    let election = match row.election {
        Election::Released => "released, when nobody of the tree lives",
        Election::NotReleased => "not released",
        Election::Untouched => "not touched",
        Election::Kept => "kept, and renewed",
        Election::Anothers => "another's",
        Election::Deleted => "has no record",
    };
    let code = match row.code {
        Code::Is(code) => code.to_string(),
        Code::GoesOn => "goes on".to_owned(),
    };
    let next = match row.next {
        Next::AtOnce => "at once",
        Next::WhenTheLeaseHasRunOut => "when the lease has run out",
        Next::Already => "already",
        Next::NotYet => "–",
    };
    format!("| {} | {sent} | {election} | {code} | {next} |\n", row.what)
}

#[test]
fn the_docs_have_the_table() {
    let page = fs::read_to_string(FILE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os(WRITE).is_some() {
        fs::write(FILE, expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "docs/running-a-command.md is not what the rows of the test say; write it anew with\n  \
         {WRITE}=1 cargo test -p elector-cli --test it the_docs_have_the_table\n{}",
        table()
    );
}
