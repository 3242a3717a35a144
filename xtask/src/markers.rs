//! Text of a page that a command writes, between two markers.

use crate::{Outcome, root};
use std::fs;

/// Writes what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` in a file of the workspace.
pub(crate) fn write(file: &str, name: &str, text: &str) -> Outcome {
    let path = root().join(file);
    let page = fs::read_to_string(&path)?;
    let page = replaced(&page, name, text)
        .ok_or_else(|| format!("{file} has no `<!-- {name}:begin -->` followed by its end"))?;
    Ok(fs::write(path, page)?)
}

/// Whether they are there: to know before hours of work.
pub(crate) fn check(file: &str, name: &str) -> Outcome {
    let page = fs::read_to_string(root().join(file))?;
    match replaced(&page, name, "") {
        Some(_) => Ok(()),
        None => Err(format!("{file} has no `<!-- {name}:begin -->` followed by its end").into()),
    }
}

fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let page = "a\n<!-- it:begin -->\nold\n<!-- it:end -->\nb";
        let expected = "a\n<!-- it:begin -->\n\nnew\n\n<!-- it:end -->\nb";
        assert_eq!(replaced(page, "it", "new\n").as_deref(), Some(expected));
        assert_eq!(replaced(page, "other", "new"), None);
    }
}
