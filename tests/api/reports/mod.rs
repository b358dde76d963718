//! Reports as documents, and charts.

mod access;
mod charts;
mod documents;
mod large;
mod schedules;

use madang_tests::{Client, TestApp, TestClass};

/// A class with two lectures in August and three learners: one present, one late, one absent.
async fn marked_class(app: &TestApp) -> (TestClass, Vec<Client>) {
    let class = app.class().await;
    let mut learners = Vec::new();
    for name in ["김하늘", "박바다", "최나무"] {
        learners.push(app.learner_in(&class, name).await);
    }
    for day in ["2026-08-18T01:00:00Z", "2026-08-25T01:00:00Z"] {
        let lecture = app.lecture(&class, day).await;
        for (learner, status) in learners.iter().zip(["present", "late", "absent"]) {
            app.mark(&class, lecture, learner, status).await;
        }
    }
    (class, learners)
}
