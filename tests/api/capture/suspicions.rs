//! `GET …/check-in-suspicions`: what looks odd, for staff to look at.

use madang_tests::{api_test, json};

use super::{code, open_lecture};

api_test! {
    async fn one_device_for_two_people_is_told_and_nobody_is_kept_out(app) {
        let (class, lecture) = open_lecture(&app).await;
        let (payload, _) = code(&app, &class, lecture).await;
        let path = format!("/lectures/{lecture}/check-in");
        for (name, device) in [("김하늘", "phone-1"), ("이바다", "phone-1"), ("박나무", "phone-2"), ("최구름", "phone-3")] {
            let learner = app.learner_in(&class, name).await;
            learner.post(&path, json!({"code": payload, "device_id": device})).await.expect(201);
        }
        let odd = class.lecturer.get(&format!("/lectures/{lecture}/check-in-suspicions")).await.expect(200);
        let names: Vec<&str> = odd.items().iter().map(|one| one["user"]["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["김하늘", "이바다"]);
        assert_eq!((&odd.items()[0]["score"], &odd.items()[0]["reasons"][0]["code"]), (&json!(60), &json!("shared_device")));
        assert_eq!(odd.items()[0]["reasons"][0]["people"], 2);
        assert!(!odd.text.contains("phone-1"));
        let marks = class.lecturer.get(&format!("/lectures/{lecture}/attendances")).await.expect(200);
        assert!(!marks.text.contains("phone") && !marks.text.contains("device"), "{}", marks.text);
    }

    async fn only_staff_of_the_class_look(app) {
        let (class, lecture) = open_lecture(&app).await;
        for client in [app.learner_in(&class, "김하늘").await, app.class().await.lecturer] {
            client.get(&format!("/lectures/{lecture}/check-in-suspicions")).await.expect_problem(403, "FORBIDDEN");
        }
    }
}
