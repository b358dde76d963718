//! Events: facts in the unit of work of their cause.

use madang_domain::{
    events::{Event, record},
    ids::{EventId, UserId},
    store::Store,
};
use madang_testing::TestDatabase;
use serde_json::json;

use crate::fixtures::{Maker, keep};

crate::on_both!(an_event_is_read_as_it_was_written, the_events_of_a_thing_come_in_order);

fn event(maker: &Maker, kind: &str) -> Event {
    Event {
        id: EventId(maker.id()),
        kind: kind.to_owned(),
        subject_id: maker.id(),
        user_id: None,
        payload: json!({}),
        occurred_at: maker.stamps().created_at,
        request_id: None,
    }
}

async fn an_event_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let event = Event {
        user_id: Some(UserId(maker.id())),
        payload: json!({"course": "수채화 \"A\"", "rate": [16, 20], "none": null}),
        request_id: Some("req-1".to_owned()),
        ..event(&maker, "certification.issued")
    };
    keep(db, async |unit| record(unit, std::slice::from_ref(&event)).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.events().find(event.id).await.unwrap(), Some(event));
    assert_eq!(session.events().find(EventId(maker.id())).await.unwrap(), None);
}

async fn the_events_of_a_thing_come_in_order(db: &TestDatabase) {
    let maker = Maker::default();
    let first = event(&maker, "learner.at_risk");
    let second = Event { subject_id: first.subject_id, ..event(&maker, "learner.recovered") };
    let other = event(&maker, "learner.at_risk");
    let told = [second.clone(), other, first.clone()];
    keep(db, async |unit| record(unit, &told).await).await.unwrap();
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.events().of_subject(first.subject_id).await.unwrap(), [first, second]);
}
