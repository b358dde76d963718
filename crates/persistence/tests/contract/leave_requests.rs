//! Requests for leave.

use madang_domain::{
    accounts::User,
    attendance::{
        leave::{
            Decision, Evidence, LeaveFilter, LeaveNote, LeavePeriod, LeaveReader, LeaveReason, LeaveRequest,
            LeaveRequestView, LeaveSort, LeaveStatus,
        },
        records::ApprovedLeave,
    },
    error::RepositoryError,
    ids::{LeaveRequestId, UserId},
    page::Sort,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Hall, Maker, at, day, keep, page, touched, walk};

crate::on_both!(
    a_request_is_read_as_it_was_written,
    a_request_needs_its_user_and_class,
    a_request_is_changed_by_whoever_knows_its_version,
    lists_are_narrowed_by_each_filter,
    approvals_are_found_for_many_classes_at_once,
    all_requests_of_a_user_change_hands,
);

fn request(maker: &Maker, hall: &Hall, user: &User, first: &str, last: &str) -> LeaveRequest {
    LeaveRequest {
        id: LeaveRequestId(maker.id()),
        class_id: hall.class.id,
        user_id: user.id,
        reason: LeaveReason::Illness,
        description: None,
        period: LeavePeriod::days(day(first), day(last)).unwrap(),
        evidence: Vec::new(),
        status: LeaveStatus::Pending,
        decision: None,
        withdrawn_at: None,
        stamps: maker.stamps(),
    }
}

async fn kept(db: &TestDatabase, requests: &[LeaveRequest]) {
    keep(db, async |unit| {
        for request in requests {
            unit.leave_requests().insert(request).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_request_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 2, 1).await;
    let learner = &hall.learners[0];
    let plain = request(&maker, &hall, learner, "2026-09-01", "2026-09-03");
    let note = |text| Some(LeaveNote::parse(text).unwrap());
    let lectures: Vec<_> = hall.lectures.iter().collect();
    let full = LeaveRequest {
        reason: LeaveReason::ReserveForces,
        description: note("동원 훈련\n3일"),
        period: LeavePeriod::of_lectures(&lectures).unwrap(),
        evidence: vec![Evidence::new("통지서.pdf", "application/pdf", 1_024, &"ab".repeat(32)).unwrap()],
        status: LeaveStatus::Withdrawn,
        decision: Some(Decision {
            at: at("2026-09-04T00:00:00.123456Z"),
            by: Some(learner.id),
            note: note("확인"),
        }),
        withdrawn_at: Some(at("2026-09-05T00:00:00Z")),
        ..request(&maker, &hall, learner, "2026-09-01", "2026-09-01")
    };
    kept(db, &[plain.clone(), full.clone()]).await;
    let mut unit = db.database().begin().await.unwrap();
    for request in [plain, full] {
        let view = LeaveRequestView {
            request: request.clone(),
            user: learner.summary(),
            class_title: "1기".to_owned(),
        };
        assert_eq!(unit.leave_requests().find(request.id).await.unwrap(), Some(view));
        assert_eq!(unit.leave_requests().find_for_update(request.id).await.unwrap(), Some(request));
    }
    assert_eq!(unit.leave_requests().find(LeaveRequestId(maker.id())).await.unwrap(), None);
}

async fn a_request_needs_its_user_and_class(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let nobody = LeaveRequest {
        user_id: UserId(maker.id()),
        ..request(&maker, &hall, &hall.learners[0], "2026-09-01", "2026-09-01")
    };
    let outcome = keep(db, async |unit| unit.leave_requests().insert(&nobody).await).await;
    assert!(matches!(outcome, Err(RepositoryError::MissingReference)), "{outcome:?}");
}

async fn a_request_is_changed_by_whoever_knows_its_version(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 1).await;
    let old = request(&maker, &hall, &hall.learners[0], "2026-09-01", "2026-09-01");
    kept(db, std::slice::from_ref(&old)).await;
    let decision = Some(Decision { at: at("2026-09-02T00:00:00Z"), by: None, note: None });
    let new =
        LeaveRequest { status: LeaveStatus::Approved, decision, stamps: touched(old.stamps), ..old.clone() };
    keep(db, async |unit| unit.leave_requests().update(&new).await).await.unwrap();
    let outcome = keep(db, async |unit| unit.leave_requests().update(&new).await).await;
    assert!(matches!(outcome, Err(RepositoryError::Stale)), "{outcome:?}");
    let mut session = db.database().session().await.unwrap();
    assert_eq!(session.leave_requests().find(old.id).await.unwrap().unwrap().request, new);
}

async fn lists_are_narrowed_by_each_filter(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let elsewhere = maker.class(&hall.course, "2기");
    keep(db, async |unit| unit.classes().insert_many(std::slice::from_ref(&elsewhere)).await).await.unwrap();
    let [one, two] = [&hall.learners[0], &hall.learners[1]];
    let requests = [
        request(&maker, &hall, one, "2026-09-01", "2026-09-03"),
        LeaveRequest { reason: LeaveReason::Exam, ..request(&maker, &hall, two, "2026-09-03", "2026-09-05") },
        LeaveRequest {
            status: LeaveStatus::Rejected,
            ..request(&maker, &hall, two, "2026-10-01", "2026-10-01")
        },
        LeaveRequest { class_id: elsewhere.id, ..request(&maker, &hall, two, "2026-11-01", "2026-11-02") },
    ];
    kept(db, &requests).await;
    let mut session = db.database().session().await.unwrap();
    let mut found = async |filter: LeaveFilter| -> Vec<usize> {
        let listing = page(filter, Sort::ascending(LeaveSort::FirstOn));
        let listed = session.leave_requests().list(&listing).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as u64));
        let place = |view: &LeaveRequestView| requests.iter().position(|one| *one == view.request).unwrap();
        listed.items.iter().map(place).collect()
    };
    let all = LeaveFilter::default;
    assert_eq!(found(all()).await, [0, 1, 2, 3]);
    assert_eq!(found(LeaveFilter { class_id: Some(elsewhere.id), ..all() }).await, [3]);
    assert_eq!(found(LeaveFilter { user_id: Some(one.id), ..all() }).await, [0]);
    assert_eq!(found(LeaveFilter { status: Some(LeaveStatus::Rejected), ..all() }).await, [2]);
    assert_eq!(found(LeaveFilter { reason: Some(LeaveReason::Exam), ..all() }).await, [1]);
    assert_eq!(found(LeaveFilter { from: Some(day("2026-09-04")), ..all() }).await, [1, 2, 3]);
    assert_eq!(found(LeaveFilter { to: Some(day("2026-09-03")), ..all() }).await, [0, 1]);
    let reader = |user: &User, classes| Some(LeaveReader { user_id: user.id, classes });
    assert_eq!(found(LeaveFilter { reader: reader(one, vec![]), ..all() }).await, [0]);
    assert_eq!(found(LeaveFilter { reader: reader(one, vec![elsewhere.id]), ..all() }).await, [0, 3]);
    let walked = walk(all(), Sort::descending(LeaveSort::CreatedAt), 1, async |listing| {
        session.leave_requests().list(&listing).await.unwrap()
    })
    .await;
    assert_eq!(walked.len(), 4);
}

async fn approvals_are_found_for_many_classes_at_once(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let decision = Some(Decision { at: at("2026-09-02T00:00:00Z"), by: None, note: None });
    let approved = |user| LeaveRequest {
        status: LeaveStatus::Approved,
        decision: decision.clone(),
        ..request(&maker, &hall, user, "2026-09-01", "2026-09-01")
    };
    let requests = [approved(&hall.learners[0]), approved(&hall.learners[1])];
    let pending = request(&maker, &hall, &hall.learners[0], "2026-10-01", "2026-10-01");
    kept(db, &requests).await;
    kept(db, std::slice::from_ref(&pending)).await;
    let mut session = db.database().session().await.unwrap();
    let (class, learner) = ([hall.class.id], hall.learners[0].id);
    let mut leave = requests.each_ref().map(|request| ApprovedLeave {
        class_id: request.class_id,
        user_id: request.user_id,
        reason: request.reason,
        period: request.period.clone(),
    });
    leave.sort_unstable_by_key(|one| one.user_id);
    assert_eq!(session.records().ways(&class, None).await.unwrap(), (vec![], leave.to_vec()));
    assert_eq!(session.records().ways(&[], None).await.unwrap(), (vec![], vec![]));
    let own: Vec<_> = leave.into_iter().filter(|one| one.user_id == learner).collect();
    assert_eq!(session.records().ways(&class, Some(learner)).await.unwrap(), (vec![], own));
    let (places, of_learner) = session.leave_requests().with_places(hall.class.id, learner).await.unwrap();
    assert_eq!(places, session.enrolments().of_users(hall.class.id, &[learner]).await.unwrap());
    assert_eq!((places.len(), of_learner), (1, vec![requests[0].clone(), pending]));
    let stranger = UserId(maker.id());
    let nothing = session.leave_requests().with_places(hall.class.id, stranger).await.unwrap();
    assert_eq!(nothing, (vec![], vec![]));
}

async fn all_requests_of_a_user_change_hands(db: &TestDatabase) {
    let maker = Maker::default();
    let hall = Hall::kept(db, &maker, 0, 2).await;
    let [temp, real] = [hall.learners[0].id, hall.learners[1].id];
    kept(db, &[request(&maker, &hall, &hall.learners[0], "2026-09-01", "2026-09-01")]).await;
    let mut unit = db.database().begin().await.unwrap();
    let given = unit.leave_requests().hand_over(temp, real, None).await.unwrap();
    assert_eq!((given.len(), given[0].user_id, given[0].stamps.version), (1, real, 2));
    assert_eq!(unit.leave_requests().hand_over(temp, real, None).await.unwrap(), []);
}
