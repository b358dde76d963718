//! Counters of attendance: notes of changes, what was counted at each lecture, and what the engine said.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable},
};
use madang_domain::{
    attendance::{
        TallyFilter,
        counters::{
            Assessed, CounterRepository, CounterState, EnrolledLearner, KeptClass, KeptLearner,
            LearnerStanding, MissingMarks, ScopeVersion, Unassessed,
        },
    },
    error::{Pending, RepositoryResult},
    ids::{ClassId, LectureId, PolicyId, UserId},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Session, bulk, count_of, dialect,
    standings::{
        self, ClassRow, KeptRow, KeptTypes, PLACE_COLUMNS, PLACES, PlaceRow, PlaceTypes, UNFOLDED, UNNOTED,
        document, due, kept, kept_class, revisions,
    },
    tallies::{self, COUNTERS, OF_COUNTERS, OF_LECTURES, unnoted},
};
use crate::{
    error::backend,
    fragment::{Fragment, Statement},
    rows::{Row, standings::LearnerStandingRow},
    schema::class_standings,
    types::{self, Document, Id, Instant},
};

/// Who folds holds this, so that an older count never follows a newer one.
const FOLDING: u32 = 2_026_112_120;

impl CounterRepository for Session {
    fn is_noted(&mut self) -> Pending<'_, bool> {
        Box::pin(async move {
            let query = || -> Statement<Bool> {
                Fragment::sql("SELECT EXISTS (SELECT 1 FROM statistics_changes)").into_statement()
            };
            Ok(self.rows(query).await?.into_iter().next().unwrap_or_default())
        })
    }

    fn fold(&mut self, most: i32) -> Pending<'_, usize> {
        Box::pin(async move {
            self.fold_alone().await?;
            let query = || -> Statement<Id> {
                Fragment::sql(
                    "SELECT class_id FROM statistics_changes GROUP BY class_id ORDER BY min(id) LIMIT ",
                )
                .bind(number(most))
                .into_statement()
            };
            let classes: Vec<ClassId> = self.rows(query).await?;
            let taken = self.take_notes(&classes).await?;
            let mut whole: Vec<ClassId> =
                taken.iter().filter(|(_, lecture)| lecture.is_none()).map(|(class, _)| *class).collect();
            whole.sort_unstable();
            whole.dedup();
            let mut lectures: Vec<LectureId> = taken
                .iter()
                .filter(|(class, _)| whole.binary_search(class).is_err())
                .filter_map(|(_, lecture)| *lecture)
                .collect();
            lectures.sort_unstable();
            lectures.dedup();
            self.count_anew("class_id", "lectures.class_id", &whole).await?;
            self.count_anew("lecture_id", "lectures.id", &lectures).await?;
            self.go_on(&classes).await?;
            Ok(classes.len())
        })
    }

    fn recount<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, ()> {
        Box::pin(async move {
            self.fold_alone().await?;
            self.take_notes(classes).await?;
            self.count_anew("class_id", "lectures.class_id", classes).await?;
            self.go_on(classes).await
        })
    }

    fn differing<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<LectureId>> {
        Box::pin(async move {
            let query = || -> Statement<Id> {
                let counted = || {
                    let (select, end) = tallies::counted();
                    select
                        .append(dialect::is_one_of("lectures.class_id", classes))
                        .then(format!(" AND {}{end}", unnoted(OF_LECTURES)))
                };
                let kept = || {
                    Fragment::sql(format!("SELECT {COUNTERS} FROM lecture_counters WHERE "))
                        .append(dialect::is_one_of("lecture_counters.class_id", classes))
                        .then(format!(" AND {}", unnoted(OF_COUNTERS)))
                };
                Fragment::sql("SELECT missing.lecture_id FROM (SELECT * FROM (")
                    .append(counted())
                    .then(") AS counted EXCEPT ")
                    .append(kept())
                    .then(") AS missing UNION SELECT wrong.lecture_id FROM (")
                    .append(kept())
                    .then(" EXCEPT SELECT * FROM (")
                    .append(counted())
                    .then(") AS counted) AS wrong ORDER BY 1")
                    .into_statement()
            };
            self.rows(query).await
        })
    }

    fn classes_after(&mut self, after: Option<ClassId>, most: i32) -> Pending<'_, Vec<ClassId>> {
        Box::pin(async move {
            let query = || -> Statement<Id> {
                Fragment::sql("SELECT classes.id FROM classes WHERE classes.id > ")
                    .bind(after.map_or(Uuid::nil(), |class| class.0))
                    .then(" ORDER BY classes.id LIMIT ")
                    .bind(number(most))
                    .into_statement()
            };
            self.rows(query).await
        })
    }

    fn count_classes(&mut self) -> Pending<'_, u64> {
        Box::pin(async move {
            let query =
                || -> Statement<BigInt> { Fragment::sql("SELECT count(*) FROM classes").into_statement() };
            Ok(count_of(self.rows(query).await?))
        })
    }

    fn state(&mut self, now: DateTime<Utc>) -> Pending<'_, CounterState> {
        Box::pin(async move {
            let query = || -> Statement<(BigInt, BigInt, BigInt, BigInt)> {
                Fragment::sql(
                    "SELECT (SELECT count(*) FROM statistics_changes), (SELECT count(*) FROM lecture_counters), \
                     (SELECT count(*) FROM class_standings), (SELECT count(*) FROM class_standings WHERE ",
                )
                .append(due(now))
                .then(")")
                .into_statement()
            };
            let rows: Vec<(i64, i64, i64, i64)> = self.rows(query).await?;
            let count = |number: i64| u64::try_from(number).unwrap_or_default();
            Ok(rows.first().map_or_else(CounterState::default, |row| CounterState {
                noted: count(row.0),
                lectures: count(row.1),
                classes: count(row.2),
                unassessed: count(row.3),
            }))
        })
    }

    fn unassessed(&mut self, now: DateTime<Utc>, most: i32) -> Pending<'_, Vec<Unassessed>> {
        Box::pin(async move {
            let query = || -> Statement<(Id, Id, BigInt)> {
                revisions()
                    .append(due(now))
                    .then(format!(
                        " AND {UNNOTED}class_standings.class_id) ORDER BY class_standings.class_id LIMIT "
                    ))
                    .bind(number(most))
                    .into_statement()
            };
            Ok(self.rows(query).await?.into_iter().map(unassessed).collect())
        })
    }

    fn revisions<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<Unassessed>> {
        Box::pin(async move {
            let query = || -> Statement<(Id, Id, BigInt)> {
                revisions()
                    .append(dialect::is_one_of("class_standings.class_id", classes))
                    .then(format!(" AND {UNNOTED}class_standings.class_id)"))
                    .into_statement()
            };
            Ok(self.rows(query).await?.into_iter().map(unassessed).collect())
        })
    }

    fn learners<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, Vec<EnrolledLearner>> {
        Box::pin(async move {
            let query = || -> Statement<(Id, Id, PlaceTypes)> {
                Fragment::sql(format!(
                    "SELECT enrolments.class_id, enrolments.user_id, {PLACE_COLUMNS} FROM {PLACES} AND "
                ))
                .append(dialect::is_one_of("enrolments.class_id", classes))
                .then(" ORDER BY enrolments.class_id, enrolments.user_id, enrolments.enrolled_on, enrolments.id")
                .into_statement()
            };
            let rows: Vec<(ClassId, UserId, PlaceRow)> = self.rows(query).await?;
            rows.into_iter().map(|(class, user, place)| standings::place(class, user, place)).collect()
        })
    }

    fn keep<'a>(&'a mut self, revision: i64, assessed: &'a Assessed) -> Pending<'a, bool> {
        Box::pin(async move {
            let class_id = assessed.class_id;
            let class = class_standings::table
                .filter(class_standings::class_id.eq(types::id(class_id)))
                .filter(class_standings::revision.eq(revision));
            let figures = serde_json::to_value(&assessed.class).map_err(backend)?;
            let update = diesel::update(class).set((
                class_standings::assessed_revision.eq(Some(revision)),
                class_standings::assessed_at.eq(types::maybe::<Instant, _>(Some(assessed.at))),
                class_standings::holds_until.eq(types::maybe::<Instant, _>(assessed.holds_until)),
                class_standings::figures.eq(types::maybe::<Document, _>(Some(figures))),
            ));
            if self.execute(update).await? == 0 {
                return Ok(false);
            }
            let rows = assessed.learners.iter().map(|learner| {
                let figures = serde_json::to_value(learner).map_err(backend)?;
                Ok(LearnerStandingRow { class_id, user_id: learner.user_id, figures })
            });
            let rows: Vec<LearnerStandingRow> = rows.collect::<RepositoryResult<_>>()?;
            let users: Vec<UserId> = rows.iter().map(|row| row.user_id).collect();
            let gone = Fragment::sql("DELETE FROM learner_standings WHERE class_id = ")
                .bind(class_id.0)
                .then(" AND NOT (")
                .append(dialect::is_one_of("learner_standings.user_id", &users))
                .then(")");
            self.execute(gone.into_statement::<()>()).await?;
            if !rows.is_empty() {
                let columns = LearnerStandingRow::COLUMNS.join(", ");
                let statement: Statement<()> = bulk::given(
                    format!("INSERT INTO learner_standings ({columns}) SELECT {columns} FROM "),
                    &rows,
                    " WHERE true ON CONFLICT (class_id, user_id) DO UPDATE SET figures = excluded.figures \
                     WHERE learner_standings.figures <> excluded.figures",
                )?;
                self.execute(statement).await?;
            }
            Ok(true)
        })
    }

    fn go_on_in_courses<'a>(&'a mut self, classes: &'a [ClassId]) -> Pending<'a, ()> {
        Box::pin(async move {
            if classes.is_empty() {
                return Ok(());
            }
            // In order, as those who keep what was judged, so that they can't wait for each other.
            let next = Fragment::sql(
                "INSERT INTO course_judgements (course_id, revision) SELECT DISTINCT classes.course_id, 1 \
                 FROM classes WHERE ",
            )
            .append(dialect::is_one_of("classes.id", classes))
            .then(" ORDER BY classes.course_id ON CONFLICT (course_id)")
            .then(" DO UPDATE SET revision = course_judgements.revision + 1");
            self.execute(next.into_statement::<()>()).await.map(drop)
        })
    }

    fn kept<'a>(&'a mut self, filter: &'a TallyFilter) -> Pending<'a, Vec<KeptClass>> {
        Box::pin(async move {
            let query = || standings::of_classes(filter);
            let rows: Vec<ClassRow> = self.rows(query).await?;
            Ok(rows.into_iter().map(kept_class).collect())
        })
    }

    fn version<'a>(&'a mut self, filter: &'a TallyFilter, now: DateTime<Utc>) -> Pending<'a, ScopeVersion> {
        Box::pin(async move {
            let query = || standings::version(filter, now);
            let rows: Vec<(String, bool, Option<DateTime<Utc>>)> = self.rows(query).await?;
            let version = rows.into_iter().next();
            let (text, is_settled, holds_until) = version.unwrap_or_default();
            Ok(ScopeVersion { text, is_settled, holds_until })
        })
    }

    fn kept_of(&mut self, user: UserId) -> Pending<'_, Vec<KeptLearner>> {
        Box::pin(async move {
            let query = || -> Statement<(Id, KeptTypes)> {
                Fragment::sql(format!(
                    "SELECT learner_standings.class_id, learner_standings.figures, class_standings.assessed_at, \
                     class_standings.holds_until, COALESCE({UNFOLDED} AND {UNNOTED}learner_standings.class_id), false) \
                     FROM learner_standings \
                     JOIN class_standings ON class_standings.class_id = learner_standings.class_id \
                     WHERE learner_standings.user_id = "
                ))
                .bind(user.0)
                .into_statement()
            };
            let rows: Vec<(ClassId, KeptRow)> = self.rows(query).await?;
            Ok(rows.into_iter().map(|(class_id, row)| KeptLearner { class_id, kept: kept(row) }).collect())
        })
    }

    fn unmarked<'a>(
        &'a mut self,
        filter: &'a TallyFilter,
        since: DateTime<Utc>,
        as_of: DateTime<Utc>,
        most: i32,
    ) -> Pending<'a, Vec<MissingMarks>> {
        Box::pin(async move {
            let query = || tallies::unmarked(filter, since, as_of, number(most));
            let rows: Vec<tallies::UnmarkedRow> = self.rows(query).await?;
            let missing = rows.into_iter().map(|(lecture, (title, class_title, course_id))| MissingMarks {
                tally: tallies::lecture_tally(lecture),
                title,
                class_title,
                course_id,
            });
            Ok(missing.collect())
        })
    }

    fn kept_learners(&mut self, class: ClassId) -> Pending<'_, Vec<LearnerStanding>> {
        Box::pin(async move {
            let query = || -> Statement<Document> {
                Fragment::sql("SELECT figures FROM learner_standings WHERE class_id = ")
                    .bind(class.0)
                    .then(" ORDER BY user_id")
                    .into_statement()
            };
            let rows: Vec<Value> = self.rows(query).await?;
            rows.into_iter().map(document).collect()
        })
    }
}

impl Session {
    async fn fold_alone(&mut self) -> RepositoryResult<()> {
        match dialect::hold_alone(FOLDING) {
            Some(lock) => self.execute(lock.into_statement::<()>()).await.map(drop),
            None => Ok(()),
        }
    }

    /// Takes away the notes of classes; tells of each the class and the lecture.
    async fn take_notes(
        &mut self,
        classes: &[ClassId],
    ) -> RepositoryResult<Vec<(ClassId, Option<LectureId>)>> {
        if classes.is_empty() {
            return Ok(Vec::new());
        }
        let query = || -> Statement<(Id, Nullable<Id>)> {
            Fragment::sql("DELETE FROM statistics_changes WHERE ")
                .append(dialect::is_one_of("statistics_changes.class_id", classes))
                .then(" RETURNING class_id, lecture_id")
                .into_statement()
        };
        self.rows(query).await
    }

    /// Counts lectures anew that are told by this column of the counters and of the lectures.
    ///
    /// Every note that was taken is of a change that the statement sees, because it begins later.
    async fn count_anew<T: Copy + Into<Uuid>>(
        &mut self,
        kept: &'static str,
        counted: &'static str,
        ids: &[T],
    ) -> RepositoryResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let old = Fragment::sql("DELETE FROM lecture_counters WHERE ").append(dialect::is_one_of(kept, ids));
        self.execute(old.into_statement::<()>()).await?;
        let (select, end) = tallies::counted();
        let new = Fragment::sql(format!("INSERT INTO lecture_counters ({COUNTERS}) "))
            .append(select)
            .append(dialect::is_one_of(counted, ids))
            .then(end);
        self.execute(new.into_statement::<()>()).await.map(drop)
    }

    /// Says of classes that something was folded into them.
    async fn go_on(&mut self, classes: &[ClassId]) -> RepositoryResult<()> {
        if classes.is_empty() {
            return Ok(());
        }
        // In order, as those who keep what the engine said, so that they can't wait for each other.
        let next = Fragment::sql(
            "INSERT INTO class_standings (class_id, revision) SELECT classes.id, 1 FROM classes WHERE ",
        )
        .append(dialect::is_one_of("classes.id", classes))
        .then(" ORDER BY classes.id ON CONFLICT (class_id)")
        .then(" DO UPDATE SET revision = class_standings.revision + 1");
        self.execute(next.into_statement::<()>()).await.map(drop)
    }
}

fn unassessed((class_id, policy_id, revision): (ClassId, PolicyId, i64)) -> Unassessed {
    Unassessed { class_id, policy_id, revision }
}

fn number(most: i32) -> madang_domain::page::SortKey {
    madang_domain::page::SortKey::Integer(most)
}
