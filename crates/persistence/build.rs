//! Embedded migrations are part of the build, so a changed one must be noticed.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
