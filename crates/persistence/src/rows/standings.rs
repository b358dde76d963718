//! Rows of `learner_standings`, `course_judgements` and `class_judgements`.

use chrono::{DateTime, Utc};
use madang_domain::ids::{ClassId, CourseId, UserId};
use serde_json::Value;

use super::row;

row!(LearnerStandingRow, learner_standings, {
    class_id: ClassId,
    user_id: UserId,
    figures: Value,
});

row!(CourseJudgementRow, course_judgements, {
    course_id: CourseId,
    revision: i64,
    judged_revision: Option<i64>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    judged_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "crate::types::optional_instant")]
    holds_until: Option<DateTime<Utc>>,
});

row!(ClassJudgementRow, class_judgements, {
    class_id: ClassId,
    course_id: CourseId,
    eligible: i64,
    needs_decision: i64,
});
