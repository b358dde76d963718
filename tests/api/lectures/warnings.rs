//! Conflicts of place and lecturer, and marks that a move leaves behind: told, never refused.

use madang_tests::{Answer, TestApp, TestClass, api_test, json};
use serde_json::Value;
use uuid::Uuid;

fn lecture_at(starts_at: &str, place: Option<&str>) -> Value {
    json!({"title": "차시", "lecture_date": starts_at, "duration_minutes": 60, "place": place})
}

async fn add(class: &TestClass, body: Value) -> Answer {
    class.lecturer.post(&format!("/classes/{}/lectures", class.id), body).await.expect(201)
}

/// Another class with the lecturer of this one.
async fn sister(app: &TestApp, class: &TestClass) -> Uuid {
    let manager = app.manager().await;
    let body = json!({"title": "자매 반", "begin_date": "2026-06-01", "end_date": "2026-12-31"});
    let id = manager.post(&format!("/courses/{}/classes", class.course), body).await.expect(201).id();
    let place = json!({"user_id": class.lecturer.id, "role": "lecturer", "enrolled_on": "2026-06-01"});
    manager.post(&format!("/classes/{id}/enrolments"), place).await.expect(201);
    id
}

fn told(answer: &Answer) -> Vec<(&str, &Value)> {
    let warnings = answer.body["warnings"].as_array();
    warnings.into_iter().flatten().map(|one| (one["code"].as_str().unwrap(), &one["lecture_id"])).collect()
}

api_test! {
    async fn a_place_that_is_taken_is_told(app) {
        let (class, other) = (app.class().await, app.class().await);
        let first = add(&other, lecture_at("2026-10-01T10:00:00Z", Some("3층 미술실"))).await.id();
        for (starts_at, place, taken) in [
            ("2026-10-01T10:59:00Z", "3층 미술실", true),
            ("2026-10-01T09:01:00Z", "3층 미술실", true),
            ("2026-10-01T11:00:00Z", "3층 미술실", false),
            ("2026-10-01T09:00:00Z", "3층 미술실", false),
            ("2026-10-01T10:00:00Z", "2층 강당", false),
        ] {
            let made = add(&class, lecture_at(starts_at, Some(place))).await;
            let expected = if taken { vec![("PLACE_TAKEN", json!(first))] } else { vec![] };
            let told: Vec<_> = told(&made).into_iter().map(|(code, id)| (code, id.clone())).collect();
            assert_eq!(told, expected, "{starts_at} {place}");
            class.lecturer.delete(&format!("/lectures/{}", made.id())).await.expect(204);
        }
        let body = lecture_at("2026-10-01T10:30:00Z", Some("3층 미술실"));
        let made = add(&class, body).await;
        let warning = &made.body["warnings"][0];
        assert_eq!(
            (&warning["class_id"], &warning["lecture_date"], &warning["user_id"], &warning["marks"]),
            (&json!(other.id), &json!("2026-10-01T10:00:00Z"), &json!(null), &json!(null))
        );
        // A reader sees the lecture, not what there was to look at.
        assert_eq!(class.lecturer.get(&format!("/lectures/{}", made.id())).await.expect(200).body["warnings"], json!(null));
        let reason = json!({"reason": "태풍"});
        other.lecturer.post(&format!("/lectures/{first}/cancel"), reason).await.expect(200);
        let change = json!({"duration_minutes": 50});
        assert_eq!(told(&class.lecturer.patch(&format!("/lectures/{}", made.id()), change).await.expect(200)), []);
        let restored = other.lecturer.post(&format!("/lectures/{first}/restore"), json!({})).await.expect(200);
        assert_eq!(told(&restored), [("PLACE_TAKEN", &json!(made.id()))]);
    }

    async fn a_lecturer_who_teaches_elsewhere_is_told(app) {
        let class = app.class().await;
        let sister = sister(&app, &class).await;
        let manager = app.manager().await;
        let body = lecture_at("2026-10-01T10:00:00Z", None);
        let first = manager.post(&format!("/classes/{sister}/lectures"), body).await.expect(201);
        assert_eq!(told(&first), []);
        let made = add(&class, lecture_at("2026-10-01T10:30:00Z", None)).await;
        assert_eq!(told(&made), [("LECTURER_TAKEN", &json!(first.id()))]);
        assert_eq!(made.body["warnings"][0]["user_id"], json!(class.lecturer.id));
        let path = format!("/lectures/{}", made.id());
        assert_eq!(told(&class.lecturer.patch(&path, json!({"title": "다른 제목"})).await.expect(200)), []);
        assert_eq!(told(&class.lecturer.patch(&path, json!({"lecture_date": "2026-10-01T12:00:00Z"})).await.expect(200)), []);
        let back = class.lecturer.patch(&path, json!({"lecture_date": "2026-10-01T10:59:00Z"})).await.expect(200);
        assert_eq!(told(&back), [("LECTURER_TAKEN", &json!(first.id()))]);
        // A class that is off the list is in nobody's way.
        manager.delete(&format!("/classes/{sister}")).await.expect(204);
        let again = class.lecturer.patch(&path, json!({"lecture_date": "2026-10-01T10:58:00Z"})).await.expect(200);
        assert_eq!(told(&again), []);
    }

    async fn a_moved_lecture_keeps_its_marks_and_tells_whose_do_not_count_any_more(app) {
        let class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T10:00:00Z").await;
        let (stays, joined) = (app.learner_in(&class, "김하늘").await, app.learner("이바다").await);
        let place = json!({"user_id": joined.id, "role": "learner", "enrolled_on": "2026-08-20"});
        class.lecturer.post(&format!("/classes/{}/enrolments", class.id), place).await.expect(201);
        for learner in [&stays, &joined] {
            app.mark(&class, lecture, learner, "present").await;
        }
        let path = format!("/lectures/{lecture}");
        let same_day = class.lecturer.patch(&path, json!({"lecture_date": "2026-08-25T12:00:00Z"})).await.expect(200);
        assert_eq!(told(&same_day), []);
        let moved = class.lecturer.patch(&path, json!({"lecture_date": "2026-08-18T10:00:00Z"})).await.expect(200);
        assert_eq!((told(&moved), &moved.body["warnings"][0]["marks"]), (vec![("MARKED_NOT_ENROLLED", &json!(null))], &json!(1)));
        assert_eq!(class.lecturer.get(&format!("{path}/attendances")).await.body["total"], 2);
        let figures = class.lecturer.get(&format!("{path}/attendance-stats")).await.expect(200);
        assert_eq!((&figures.body["figures"]["expected"], &figures.body["figures"]["recorded"]), (&json!(1), &json!(1)));
        let cancelled = class.lecturer.post(&format!("{path}/cancel"), json!({"reason": "태풍"})).await.expect(200);
        assert_eq!((told(&cancelled), &cancelled.body["warnings"][0]["marks"]), (vec![("MARKS_NOT_COUNTED", &json!(null))], &json!(2)));
        let mut session = app.app.services().yard.store.session().await.unwrap();
        let kinds: Vec<String> =
            session.events().of_subject(lecture).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["lecture.moved", "lecture.moved", "lecture.cancelled"]);
    }

    async fn warnings_speak_the_language_of_the_client(app) {
        let (class, other) = (app.class().await, app.class().await);
        add(&other, lecture_at("2026-10-01T10:00:00Z", Some("3층"))).await;
        let request = class.lecturer.request(reqwest::Method::POST, &format!("/classes/{}/lectures", class.id));
        let body = lecture_at("2026-10-01T10:00:00Z", Some("3층"));
        let english = Answer::of(request.header("Accept-Language", "en").json(&body)).await.expect(201);
        assert_eq!(english.body["warnings"][0]["message"], "Another lecture is at the same place at the same time.");
        let korean = add(&class, body).await;
        assert_eq!(korean.body["warnings"][0]["message"], "같은 시간에 같은 장소를 쓰는 차시가 있습니다.");
    }
}
