//! SQL written out by hand, with its values bound.
//!
//! [`Fragment`] is a condition or an order inside of a diesel query, [`Statement`] a whole query. Unlike diesel's `sql` and
//! `sql_query`, both are prepared once per connection. The texts come from this crate only; values are always bound.

use std::{borrow::Cow, marker::PhantomData};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    serialize::ToSql,
    sql_types::{Bool, Date, HasSqlType, Integer, Text},
};
use madang_domain::page::SortKey;
use uuid::Uuid;

use crate::types::{Id, Instant};

/// A piece of SQL with bound values.
#[derive(Debug, Clone)]
pub(crate) struct Fragment(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Sql(Cow<'static, str>),
    Value(Value),
}

/// A value that is bound.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A text, a time, a day or a number.
    Key(SortKey),
    /// An id.
    Id(Uuid),
}

impl Fragment {
    pub(crate) fn sql(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Part::Sql(text.into())])
    }

    #[must_use]
    pub(crate) fn then(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Part::Sql(text.into()));
        self
    }

    #[must_use]
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.0.push(Part::Value(value.into()));
        self
    }

    #[must_use]
    pub(crate) fn append(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The fragment as a whole query whose rows have these types.
    pub(crate) fn into_statement<ST>(self) -> Statement<ST> {
        Statement { fragment: self, row: PhantomData }
    }
}

macro_rules! values {
    ($($type:ty => $make:expr),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                $make(value)
            }
        }
    )+};
}

values! {
    SortKey => Self::Key,
    String => |text| Self::Key(SortKey::Text(text)),
    DateTime<Utc> => |time| Self::Key(SortKey::Time(time)),
    NaiveDate => |day| Self::Key(SortKey::Date(day)),
    Uuid => Self::Id,
}

impl<DB> QueryFragment<DB> for Fragment
where
    DB: Backend
        + HasSqlType<Id>
        + HasSqlType<Instant>
        + HasSqlType<Date>
        + HasSqlType<Integer>
        + HasSqlType<Text>,
    Uuid: ToSql<Id, DB>,
    DateTime<Utc>: ToSql<Instant, DB>,
    NaiveDate: ToSql<Date, DB>,
    i32: ToSql<Integer, DB>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for part in &self.0 {
            match part {
                Part::Sql(text) => out.push_sql(text),
                Part::Value(Value::Id(id)) => out.push_bind_param::<Id, _>(id)?,
                Part::Value(Value::Key(SortKey::Text(text))) => out.push_bind_param::<Text, _>(text)?,
                Part::Value(Value::Key(SortKey::Time(time))) => out.push_bind_param::<Instant, _>(time)?,
                Part::Value(Value::Key(SortKey::Date(day))) => out.push_bind_param::<Date, _>(day)?,
                Part::Value(Value::Key(SortKey::Integer(number))) => {
                    out.push_bind_param::<Integer, _>(number)?;
                }
            }
        }
        Ok(())
    }
}

/// Statements are told apart by their text.
impl QueryId for Fragment {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// As an order, its type means nothing.
impl Expression for Fragment {
    type SqlType = Bool;
}

impl<QS> AppearsOnTable<QS> for Fragment {}

impl<QS> SelectableExpression<QS> for Fragment {}

impl<GB> ValidGrouping<GB> for Fragment {
    type IsAggregate = is_aggregate::Never;
}

/// A whole query whose rows have the types `ST`.
#[derive(Debug, Clone)]
pub(crate) struct Statement<ST> {
    fragment: Fragment,
    row: PhantomData<fn() -> ST>,
}

impl<ST, DB> QueryFragment<DB> for Statement<ST>
where
    DB: Backend,
    Fragment: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.fragment.walk_ast(out)
    }
}

impl<ST> QueryId for Statement<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Statement<ST> {
    type SqlType = ST;
}

/// A query with a clause behind it, such as a lock.
#[derive(Debug, Clone)]
pub(crate) struct Followed<Q> {
    query: Q,
    clause: &'static str,
}

impl<Q> Followed<Q> {
    pub(crate) fn new(query: Q, clause: &'static str) -> Self {
        Self { query, clause }
    }
}

impl<Q, DB> QueryFragment<DB> for Followed<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(self.clause);
        Ok(())
    }
}

impl<Q> QueryId for Followed<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Followed<Q> {
    type SqlType = Q::SqlType;
}
