//! Marks.

use chrono::NaiveDate;
use madang_domain::{
    access::{Authorizations, Caller, ClassRole, Role},
    accounts::{AuthType, User},
    ids::{ClassId, EnrolmentId, UserId},
    learning::enrolments::{Enrolment, EnrolmentPeriod, EnrolmentStatus},
    stamps::Stamps,
    text::{PersonName, Username},
};
use madang_tests::{TestApp, TestClass};
use uuid::Uuid;

mod bulk;
mod bulk_size;
mod change;
mod create;
mod history;
mod list;
mod sheet;

/// So many learners with a place in the class from 1 June 2026, put there without the API.
async fn many_learners(app: &TestApp, class: &TestClass, number: usize) -> Vec<Uuid> {
    let yard = &app.app.services().yard;
    let (now, stamps) = (app.now(), Stamps::new(&Caller::system(), app.now()));
    let period = EnrolmentPeriod::new(NaiveDate::from_ymd_opt(2026, 6, 1).unwrap(), None).unwrap();
    let users: Vec<User> = (0..number)
        .map(|_| {
            let id = UserId(yard.ids.next());
            User {
                id,
                username: Username::parse(format!("user-{id}")).unwrap(),
                auth_type: AuthType::Manual,
                password: None,
                kakao_id: None,
                authorizations: Authorizations::of_roles([Role::Learner]),
                name: PersonName::parse(format!("수강생 {id}")).unwrap(),
                email: None,
                phone: None,
                created_at: now,
                updated_at: now,
                last_login: None,
                is_active: true,
                email_verified_at: None,
                suspension: None,
                withdrawn_at: None,
                version: 1,
            }
        })
        .collect();
    let enrolments: Vec<Enrolment> = users
        .iter()
        .map(|user| Enrolment {
            id: EnrolmentId(yard.ids.next()),
            class_id: ClassId(class.id),
            user_id: user.id,
            role: ClassRole::Learner,
            period,
            status: EnrolmentStatus::Active,
            transferred_from: None,
            stamps,
        })
        .collect();
    let mut unit = yard.store.begin().await.unwrap();
    unit.users().insert_many(&users).await.unwrap();
    unit.enrolments().insert_many(&enrolments).await.unwrap();
    unit.commit().await.unwrap();
    users.iter().map(|user| user.id.0).collect()
}
