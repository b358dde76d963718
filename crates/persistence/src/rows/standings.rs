//! Rows of `class_standings` and `learner_standings`.

use madang_domain::ids::{ClassId, UserId};
use serde_json::Value;

use super::row;

row!(LearnerStandingRow, learner_standings, {
    class_id: ClassId,
    user_id: UserId,
    figures: Value,
});
