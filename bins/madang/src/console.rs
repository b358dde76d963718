//! What people read in the terminal. Logs are another thing: see `logging`.

use std::io::Write;

/// Says a line; a closed pipe is no reason to fail.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Says what went wrong.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "오류 · error: {text}");
}
