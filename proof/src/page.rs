//! Writes what was found into a page of the docs, between marks.

use std::fs;
use std::path::Path;

/// Puts `text` between the marks called `name` of the page at `path`.
///
/// # Errors
///
/// When the page cannot be read or written, or has no such marks.
pub fn write(path: &Path, name: &str, text: &str) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{}: {error}", path.display());
    let page = fs::read_to_string(path).map_err(said)?;
    let page = replaced(&page, name, text)
        .ok_or_else(|| format!("{} has no marks \"generated: {name}\"", path.display()))?;
    fs::write(path, page).map_err(said)
}

fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->\n"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{text}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- generated: x -->\nold\n<!-- end: x -->\nb\n";
        let once = replaced(page, "x", "new\n").unwrap();
        assert_eq!(once, "a\n<!-- generated: x -->\n\nnew\n\n<!-- end: x -->\nb\n");
        assert_eq!(replaced(&once, "x", "new\n").unwrap(), once);
        assert_eq!(replaced(page, "y", "new"), None);
    }
}
