//! Many at once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use madang_tests::{Client, api_test};
use uuid::Uuid;

use super::{check_in, code, open_lecture};
use crate::attendances::many_learners;

api_test! {
    async fn of_many_who_check_in_at_once_and_twice_each_has_one_mark(app) {
        let (class, lecture) = open_lecture(&app).await;
        let users = many_learners(&app, &class, 150).await;
        let (payload, digits) = code(&app, &class, lecture).await;
        let clients: Vec<Client> = join_all(users.iter().map(|user| app.client_of(*user))).await;
        let requests = clients.iter().flat_map(|client| [check_in(client, lecture, &payload), check_in(client, lecture, &digits)]);
        let answers = join_all(requests).await;
        let refused = answers.iter().find(|answer| !matches!(answer.status, 200 | 201));
        assert!(refused.is_none(), "{refused:?}");
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 150);
        for pair in answers.chunks(2) {
            assert_eq!(pair[0].id(), pair[1].id());
        }
        let marks = class.lecturer.walk(&format!("/lectures/{lecture}/attendances"), 100).await;
        let of: BTreeSet<Uuid> = marks.iter().map(|mark| mark["user_id"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!((marks.len(), of), (150, users.iter().copied().collect()));
        assert!(marks.iter().all(|mark| mark["version"] == 1));
    }
}
