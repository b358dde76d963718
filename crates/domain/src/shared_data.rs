//! Where the tests of this crate find the shared data set: beside the repository, never inside it.

use std::path::PathBuf;

/// The path of a file below the shared data folder.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name)
}

/// The text of a file below the shared data folder.
pub fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).expect("the shared data set lies beside the repository")
}
