//! What operations are called on: a class with everything that belongs to it, and a body for each operation that wants one.

use madang_domain::{attendance::policies::DEFAULT_POLICY, jobs::JobStatus};
use madang_tests::{Answer, Client, TestApp, TestClass, json};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use uuid::Uuid;

/// Everything that an operation may need, belonging to the learner and the lecturer of one class.
pub struct Stage {
    pub class: TestClass,
    pub other_class: TestClass,
    sister: Uuid,
    pub lecture: Uuid,
    pub unmarked_lecture: Uuid,
    /// Goes on now, and is open for check-in.
    pub present_lecture: Uuid,
    pub learner: Client,
    pub other_learner: Client,
    suspended: Client,
    api_key: Uuid,
    device: Uuid,
    webhook: Uuid,
    calendar: Uuid,
    calendar_path: String,
    newcomer: Client,
    pub temp: Uuid,
    enrolment: Uuid,
    attendance: Uuid,
    batch: Uuid,
    leave_request: Uuid,
    approved_leave: Uuid,
    pub certification: Uuid,
    announcement: Uuid,
    notification: Uuid,
    operation: Uuid,
    report_schedule: Uuid,
    job: Uuid,
    pub manager: Client,
    pub admin: Client,
    pub anonymous: Client,
}

impl Stage {
    pub async fn set(app: &TestApp) -> Self {
        let class = app.class().await;
        let other_class = app.class().await;
        let lecture = app.lecture(&class, "2026-08-25T01:00:00Z").await;
        let unmarked_lecture = app.lecture(&class, "2026-08-26T01:00:00Z").await;
        let present_lecture = app.lecture(&class, "2026-09-01T01:00:00Z").await;
        let session = format!("/lectures/{present_lecture}/check-in-session");
        class.lecturer.post(&session, json!({})).await.expect(201);
        let learner = app.learner_in(&class, "김하늘").await;
        let marks = json!({"items": [{"user_id": learner.id, "status": "present"}]});
        let marked = class
            .lecturer
            .post(&format!("/lectures/{present_lecture}/attendances/bulk"), marks)
            .await
            .expect(201);
        let batch = marked.body["batch_id"].as_str().unwrap().parse().unwrap();
        let other_learner = app.learner_in(&other_class, "박바다").await;
        let newcomer = app.learner("최나무").await;
        let attendance =
            app.mark(&class, lecture, &learner, "present").await["id"].as_str().unwrap().parse().unwrap();
        let enrolments =
            class.lecturer.get(&format!("/classes/{}/enrolments?role=learner", class.id)).await.expect(200);
        let enrolment = enrolments.items()[0]["id"].as_str().unwrap().parse().unwrap();
        let manager = app.manager().await;
        let temp =
            manager.post("/users", json!({"auth_type": "temp", "name": "현장 등록"})).await.expect(201).id();
        // Signed in before, and suspended since: the token is still good, the session is not.
        let suspended = app.learner("이정지").await;
        let reason = json!({"suspended": true, "reason": "시험"});
        manager.patch(&format!("/admin/users/{}/suspend", suspended.id), reason).await.expect(200);
        let key =
            json!({"name": "단말기", "permissions": ["read_users"], "expires_at": "2026-12-31T00:00:00Z"});
        let api_key = manager.post("/api-keys", key).await.expect(201).id();
        let device = json!({"token": format!("device-of-{}", learner.id), "platform": "android"});
        let device = learner.post("/devices", device).await.expect(201).id();
        let calendar = learner.post("/calendars", json!({})).await.expect(201);
        let admin = app.admin().await;
        let webhook = admin.post("/webhook-endpoints", json!({"url": "https://hooks.example.org/x"})).await;
        let webhook = webhook.expect(201).id();
        let certificate =
            json!({"course_id": class.course, "user_id": learner.id, "override_reason": "시험"});
        let certification = manager.post("/certifications", certificate).await.expect(201).id();
        let ask = async |first: &str| {
            let body = json!({"class_id": class.id, "reason": "exam", "first_on": first, "last_on": first});
            learner.post("/leave-requests", body).await.expect(201).id()
        };
        let (leave_request, approved_leave) = (ask("2026-09-07").await, ask("2026-09-08").await);
        manager.post(&format!("/leave-requests/{approved_leave}/approve"), json!({})).await.expect(200);
        let text = json!({"title": "공지", "body": "내용"});
        let announcements = format!("/classes/{}/announcements", class.id);
        let announcement = class.lecturer.post(&announcements, text).await.expect(201).id();
        let notification = app.notice_to(&learner).await;
        let schedule = json!({"period": "weekly", "recipients": [manager.id]});
        let report_schedule = manager.post("/report-schedules", schedule).await.expect(201).id();
        Self {
            report_schedule,
            leave_request,
            approved_leave,
            operation: app.operation_of(manager.id).await,
            job: app.job_of("mail.send", JobStatus::Dead).await,
            sister: app.sister(&class).await.id,
            class,
            other_class,
            lecture,
            unmarked_lecture,
            present_lecture,
            learner,
            other_learner,
            suspended,
            api_key,
            device,
            webhook,
            calendar: calendar.id(),
            calendar_path: calendar.string("path"),
            newcomer,
            temp,
            enrolment,
            attendance,
            batch,
            certification,
            announcement,
            notification,
            manager,
            admin,
            anonymous: app.anonymous(),
        }
    }

    /// Who calls as this role.
    pub fn client(&self, role: &str) -> &Client {
        match role {
            "anonymous" => &self.anonymous,
            "suspended" => &self.suspended,
            "learner" => &self.learner,
            "other learner" => &self.other_learner,
            "lecturer" => &self.class.lecturer,
            "other lecturer" => &self.other_class.lecturer,
            "manager" => &self.manager,
            _ => &self.admin,
        }
    }

    /// The address of an operation, about something that the learner or the lecturer has to do with.
    pub fn path(&self, id: &str, template: &str) -> String {
        let resource = template.trim_start_matches('/').split('/').next().unwrap_or_default();
        let about = match (resource, id) {
            ("users", "merge_user" | "preview_user_merge" | "undo_user_merge") => self.temp,
            ("users", _) => self.learner.id,
            ("courses", _) => self.class.course,
            ("classes", _) => self.class.id,
            (
                "lectures",
                "create_attendance" | "create_attendances" | "mark_all_present" | "open_check_in_session",
            ) => self.unmarked_lecture,
            (
                "lectures",
                "get_check_in_session"
                | "close_check_in_session"
                | "reopen_check_in_session"
                | "get_check_in_code"
                | "list_check_in_suspicions"
                | "create_live_ticket"
                | "watch_lecture"
                | "check_in"
                | "check_out"
                | "step_out"
                | "come_back",
            ) => self.present_lecture,
            ("lectures", _) => self.lecture,
            ("enrolments", _) => self.enrolment,
            ("attendances", _) => self.attendance,
            ("attendance-batches", _) => self.batch,
            ("leave-requests", "withdraw_leave_request") => self.approved_leave,
            ("leave-requests", _) => self.leave_request,
            ("certifications", _) => self.certification,
            ("operations", _) => self.operation,
            ("report-schedules", _) => self.report_schedule,
            ("notifications", _) => self.notification,
            ("announcements", _) => self.announcement,
            ("api-keys", _) => self.api_key,
            ("devices", _) => self.device,
            ("calendars", _) => self.calendar,
            ("webhook-endpoints", _) => self.webhook,
            ("attendance-policies", _) => DEFAULT_POLICY.0,
            ("admin", "retry_job" | "cancel_job") => self.job,
            ("auth", "end_session") => self.learner.session,
            ("admin", "suspend_user") => self.learner.id,
            _ => Uuid::nil(),
        };
        template
            .replace("{id}", &about.to_string())
            .replace("{user_id}", &self.learner.id.to_string())
            .replace("/calendars/{token}.ics", self.calendar_path.trim_start_matches("/api/v1"))
            .replace("{provider}", "kakao")
            .replace("{code}", "0000-0000-0000-0000-0")
    }

    /// A body that is good, so that only the role decides.
    pub fn body(&self, id: &str) -> Value {
        let lecture =
            json!({"title": "차시", "lecture_date": "2026-09-10T10:00:00+09:00", "duration_minutes": 60});
        match id {
            "register_user" => {
                json!({"username": format!("new-{}", self.temp), "password": "산책하는-고양이-7", "name": "새 사람"})
            }
            "sign_in" => json!({"username": "nobody", "password": "산책하는-고양이-7"}),
            "create_user" => {
                json!({"auth_type": "manual", "username": format!("made-{}", self.temp), "password": "산책하는-고양이-7", "name": "새 사람"})
            }
            "replace_user" => {
                json!({"username": format!("put-{}", self.temp), "name": "바뀐 이름", "is_active": true})
            }
            "withdraw_me" => json!({}),
            "forgot_password" => json!({"email": "nobody@example.org"}),
            "reset_password" => json!({"token": "mdm_unknown", "new_password": "산책하는-고양이-8"}),
            "verify_email" => json!({"token": "mdm_unknown"}),
            "refresh_session" => json!({"refresh_token": "mdr_unknown"}),
            "create_api_key" => {
                json!({"name": "단말기", "permissions": ["read_users"], "expires_at": "2026-12-31T00:00:00Z"})
            }
            "register_device" => json!({"token": format!("new-device-{}", self.temp), "platform": "web"}),
            "create_webhook_endpoint" => json!({"url": "https://hooks.example.org/y"}),
            "update_webhook_endpoint" => json!({"kinds": ["class.closed"]}),
            "rotate_webhook_secret" => json!({}),
            "redeliver_webhooks" => json!({"missed_since": "2026-09-01T00:00:00Z"}),
            "create_calendar" => json!({}),
            "suspend_user" => json!({"reason": "시험"}),
            "update_user" | "update_me" => json!({"name": "바뀐 이름"}),
            "change_my_password" => json!({"current_password": "x", "new_password": "산책하는-고양이-8"}),
            "set_user_authorizations" => json!({"roles": ["learner"]}),
            "merge_user" | "preview_user_merge" => json!({"into": self.learner.id}),
            "create_report_schedule" => json!({"period": "monthly", "recipients": [self.manager.id]}),
            "order_report" => json!({"kind": "class_closing", "format": "csv", "class_id": self.class.id}),
            "replace_report_schedule" => {
                json!({"period": "weekly", "recipients": [self.manager.id], "is_active": true})
            }
            "update_report_schedule" => json!({"is_active": false}),
            "create_course" => json!({"title": "새 강의"}),
            "replace_course" => json!({"title": "바뀐 강의", "is_active": true}),
            "update_course" | "update_class" | "update_lecture" => json!({"title": "바뀐 제목"}),
            "create_class" => {
                json!({"title": "새 수업", "begin_date": "2026-09-01", "end_date": "2026-12-31"})
            }
            "replace_class" => {
                json!({"title": "바뀐 수업", "begin_date": "2026-06-01", "end_date": "2026-12-31", "is_active": true})
            }
            "copy_class" => json!({"begin_date": "2027-01-04"}),
            "create_lecture" => lecture,
            "create_recurring_lectures" => {
                json!({"title": "수채화", "first_day": "2026-09-07", "weekdays": ["monday"], "start_time": "10:00", "duration_minutes": 60, "count": 2})
            }
            "replace_lecture" => {
                json!({"title": "바뀐 차시", "sequence": 9, "attendance_type": "online", "lecture_date": "2026-08-25T10:00:00+09:00", "duration_minutes": 60})
            }
            "create_enrolment" => json!({"user_id": self.newcomer.id, "role": "learner"}),
            "create_enrolments" => json!({"items": [{"user_id": self.newcomer.id, "role": "learner"}]}),
            "order_lectures" => {
                json!({"lecture_ids": [self.lecture, self.unmarked_lecture, self.present_lecture]})
            }
            "reopen_class" => json!({"reason": "등록 누락"}),
            "create_attendance_policy" => json!({"preset": "late3-pooled"}),
            "simulate_attendance_policy" => json!({"lectures": [{"status": "present"}]}),
            "replace_class_attendance_policy" => json!({"policy_id": DEFAULT_POLICY.0, "reason": "시험"}),
            "issue_class_certifications" | "issue_course_certifications" => {
                json!({"evaluation": "0".repeat(64)})
            }
            "revoke_certification" => json!({"reason_code": "other", "reason": "시험"}),
            "reissue_certification" | "renew_certification" => json!({"reason": "시험"}),
            "replace_certificate_details" => json!({"name_roman": "Kim Haneul"}),
            "replace_completion_rule" => json!({"document": {"approval": true}}),
            "cancel_lecture" => json!({"reason": "강사 사정"}),
            "update_enrolment" => json!({"enrolled_on": "2026-07-01"}),
            "transfer_enrolment" => json!({"class_id": self.sister}),
            "create_attendance" => json!({"user_id": self.learner.id, "status": "late"}),
            "create_attendances" => json!({"items": [{"user_id": self.learner.id, "status": "late"}]}),
            "replace_attendance" | "update_attendance" => json!({"status": "late"}),
            "open_check_in_session" | "reopen_check_in_session" => {
                json!({"closes_at": "2026-09-01T12:00:00Z"})
            }
            "check_in" | "check_out" | "come_back" => json!({"code": "no code"}),
            "mark_all_present" => json!({"except": []}),
            "create_leave_request" => {
                json!({"class_id": self.class.id, "user_id": self.learner.id, "reason": "exam", "first_on": "2026-09-14", "last_on": "2026-09-14"})
            }
            "approve_leave_request" => json!({}),
            "reject_leave_request" => json!({"note": "증빙 없음"}),
            "issue_certification" => {
                json!({"course_id": self.other_class.course, "user_id": self.other_learner.id, "override_reason": "시험"})
            }
            "replace_certificate_template" | "preview_certificate_template" => json!({"document": null}),
            "sign_in_with_provider" => json!({"access_token": "x"}),
            "begin_identity_link" => json!({"provider": "kakao"}),
            "replace_notification_preferences" => json!({"language": "ko", "quiet_hours": null}),
            "replace_class_reminders" => json!({"before_start_minutes": 60}),
            "create_announcement" => json!({"title": "공지", "body": "내용"}),
            "link_identity" => json!({"provider": "kakao", "credential": {"access_token": "x"}}),
            other => panic!("{other} has no body here"),
        }
    }

    /// A stage on which the operation can succeed.
    pub async fn prepared(app: &TestApp, id: &str) -> Self {
        let stage = Self::set(app).await;
        stage.prepare(id).await;
        stage
    }

    /// What must have happened before the operation can succeed.
    async fn prepare(&self, id: &str) {
        if id == "close_class" {
            let path = format!("/lectures/{}/attendances", self.unmarked_lecture);
            let mark = json!({"user_id": self.learner.id, "status": "present"});
            self.manager.post(&path, mark).await.expect(201);
        }
        if id == "undo_user_merge" {
            let path = format!("/users/{}/merge", self.temp);
            self.manager.post(&path, json!({"into": self.learner.id})).await.expect(200);
        }
        if id == "reopen_class" {
            let path = format!("/classes/{}/close?force=true", self.class.id);
            self.manager.post(&path, json!({})).await.expect(200);
        }
        if id == "restore_lecture" {
            let path = format!("/lectures/{}/cancel", self.lecture);
            self.manager.post(&path, json!({"reason": "강사 사정"})).await.expect(200);
        }
    }

    /// A filled sheet of the class.
    fn sheet(&self) -> reqwest::multipart::Form {
        let sheet = format!("user_id,1차시\n{},출석\n", self.learner.id);
        let part = reqwest::multipart::Part::bytes(sheet.into_bytes()).file_name("sheet.csv");
        reqwest::multipart::Form::new().part("file", part)
    }

    /// An operation at this address, as somebody asks for it.
    pub fn request(&self, operation: &Operation, role: &str, path: &str) -> RequestBuilder {
        let request = self.client(role).request(operation.method.clone(), path);
        match operation.content.as_deref() {
            None => request,
            Some("multipart/form-data") if operation.id == "fill_attendance_sheet" => {
                request.multipart(self.sheet())
            }
            Some("multipart/form-data") => request.multipart(file()),
            Some("application/x-www-form-urlencoded") => request.form(&[("state", "x")]),
            Some(_) => request.json(&self.body(&operation.id)),
        }
    }

    /// What an operation at this address answers somebody.
    pub async fn answer(&self, operation: &Operation, role: &str, path: &str) -> Answer {
        Answer::of(self.request(operation, role, path)).await
    }

    pub async fn call(&self, operation: &Operation, role: &str) -> u16 {
        let path = self.path(&operation.id, &operation.path);
        if matches!(operation.id.as_str(), "watch_lecture" | "watch_notifications") {
            return Answer::begun(self.client(role).request(operation.method.clone(), &path)).await;
        }
        let answer = self.answer(operation, role, &path).await;
        assert!(
            !matches!(answer.status, 400 | 405 | 415 | 500),
            "{} as {role}: {}",
            operation.id,
            answer.text
        );
        answer.status
    }
}

fn file() -> reqwest::multipart::Form {
    let part = reqwest::multipart::Part::bytes(b"title\n\xEC\x9C\xA0\xED\x99\x94\n".to_vec())
        .file_name("courses.csv");
    reqwest::multipart::Form::new().part("file", part)
}

/// An operation of the document.
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
    pub content: Option<String>,
    /// Whether it takes an `Idempotency-Key`.
    pub takes_key: bool,
}
