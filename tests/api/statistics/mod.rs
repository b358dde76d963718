//! Attendance statistics: one file per question; `by_hand` counts the same things with other code.

mod access;
mod by_hand;
mod cached;
mod classes;
mod completions;
mod eligible;
mod history;
mod made_up;
pub mod oulad;
mod periods;
mod replicas;

use madang_tests::json;
use serde_json::Value;

/// What figures say in short: recorded, expected, unmarked, lectures, and the rate as a fraction.
fn brief(figures: &Value) -> Value {
    let rate = &figures["rate"];
    let rate = if rate.is_null() {
        json!(null)
    } else {
        json!(format!("{}/{}", rate["numerator"], rate["denominator"]))
    };
    json!([figures["recorded"], figures["expected"], figures["unmarked"], figures["lectures"], rate])
}
