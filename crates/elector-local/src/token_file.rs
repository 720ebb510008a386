//! The file with the greatest token of an election, which outlives its record.

use std::path::Path;

use elector::{FencingToken, Result};

use crate::error;
use crate::record_file::read_text;

/// The greatest token ever granted, or `None` where there is no such file.
pub(crate) fn read(path: &Path, operation: &'static str) -> Result<Option<FencingToken>> {
    let Some(text) = read_text(path, operation)? else { return Ok(None) };
    let token = text.strip_suffix('\n').unwrap_or(&text).parse::<FencingToken>();
    token.map(Some).map_err(|cause| {
        let advice =
            "does not hold a fencing token: write the greatest one that was ever used into it";
        error::corrupt(operation, path, advice).with_source(cause)
    })
}

/// The content of a file with `token`.
pub(crate) fn text(token: FencingToken) -> String {
    format!("{token}\n")
}
