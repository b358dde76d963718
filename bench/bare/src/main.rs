//! The yardstick: read routes over actix-web, tokio-postgres and a pool, and nothing else.
//!
//! Reports are told as somebody would write them in a minute: one GROUP BY over the marks, without policies, leave, dates of
//! enrolments or cancelled lectures. They answer less than madang's, which keeps counters.
//!
//! Same SQL and same JSON as madang's `GET /courses/{id}` and `GET /courses`, but no layers, sign-in, validation,
//! headers or logs. What madang costs beyond this is the price of its design; `bench/run.sh` measures it.

use std::{error::Error, io};

use actix_web::{
    App, HttpResponse, HttpServer, ResponseError, get,
    web::{Data, Path, Query},
};
use chrono::{DateTime, Utc};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use serde::{Deserialize, Serialize};
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

const ONE: &str = "SELECT id, title, description, keyword, is_active, version, created_at, created_by, updated_at, \
                   updated_by FROM courses WHERE id = $1";
const WALK: &str = "SELECT id, title, description, keyword, is_active, version, created_at, created_by, updated_at, \
                    updated_by FROM courses ORDER BY created_at DESC, id DESC LIMIT $1";
const PAGE: &str = "SELECT id, title, description, keyword, is_active, version, created_at, created_by, updated_at, \
                    updated_by FROM courses ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2";
const COUNT: &str = "SELECT count(*) FROM courses";

const COURSE_STATS: &str = "SELECT COALESCE(json_agg(row_to_json(counted)), '[]')::text FROM (\
    SELECT lectures.class_id, attendances.status, count(*) FROM attendances \
    JOIN lectures ON lectures.id = attendances.lecture_id JOIN classes ON classes.id = lectures.class_id \
    WHERE classes.course_id = $1 AND lectures.lecture_date <= now() GROUP BY 1, 2) AS counted";
const CLASS_STATS: &str = "SELECT COALESCE(json_agg(row_to_json(counted)), '[]')::text FROM (\
    SELECT attendances.lecture_id, attendances.status, count(*) FROM attendances \
    JOIN lectures ON lectures.id = attendances.lecture_id \
    WHERE lectures.class_id = $1 AND lectures.lecture_date <= now() GROUP BY 1, 2) AS counted";
const HISTORY: &str = "SELECT COALESCE(json_agg(row_to_json(counted)), '[]')::text FROM (\
    SELECT lectures.class_id, attendances.status, count(*) FROM attendances \
    JOIN lectures ON lectures.id = attendances.lecture_id \
    WHERE attendances.user_id = $1 AND lectures.lecture_date <= now() GROUP BY 1, 2) AS counted";
const WEEKLY: &str = "SELECT COALESCE(json_agg(row_to_json(counted)), '[]')::text FROM (\
    SELECT date_trunc('week', lectures.lecture_date AT TIME ZONE 'Asia/Seoul') AS week, attendances.status, count(*) \
    FROM attendances JOIN lectures ON lectures.id = attendances.lecture_id \
    WHERE lectures.lecture_date BETWEEN now() - interval '12 weeks' AND now() GROUP BY 1, 2) AS counted";
const COMPLETIONS: &str = "SELECT COALESCE(json_agg(row_to_json(counted)), '[]')::text FROM (\
    SELECT class_id, count(*) FILTER (WHERE attended * 5 >= held * 4) AS eligible, count(*) AS learners FROM (\
    SELECT lectures.class_id, attendances.user_id, count(*) AS held, \
    count(*) FILTER (WHERE attendances.status <> 'absent') AS attended FROM attendances \
    JOIN lectures ON lectures.id = attendances.lecture_id WHERE lectures.lecture_date <= now() GROUP BY 1, 2) AS learners \
    GROUP BY 1) AS counted";

#[derive(Serialize)]
struct Course {
    id: Uuid,
    title: String,
    description: Option<String>,
    keyword: Option<String>,
    is_active: bool,
    version: i32,
    created_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    updated_at: DateTime<Utc>,
    updated_by: Option<Uuid>,
}

impl TryFrom<&Row> for Course {
    type Error = tokio_postgres::Error;

    fn try_from(row: &Row) -> Result<Self, Self::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            title: row.try_get(1)?,
            description: row.try_get(2)?,
            keyword: row.try_get(3)?,
            is_active: row.try_get(4)?,
            version: row.try_get(5)?,
            created_at: row.try_get(6)?,
            created_by: row.try_get(7)?,
            updated_at: row.try_get(8)?,
            updated_by: row.try_get(9)?,
        })
    }
}

#[derive(Serialize)]
struct Courses {
    items: Vec<Course>,
    total: Option<i64>,
    page: Option<i64>,
    size: i64,
    pages: Option<i64>,
    next_cursor: Option<String>,
}

/// `page` counts the rows; without it the list is walked and nothing is counted.
#[derive(Deserialize)]
struct Window {
    page: Option<i64>,
    size: Option<i64>,
}

#[derive(Debug)]
enum Failure {
    Pool(PoolError),
    Database(tokio_postgres::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pool(error) => error.fmt(formatter),
            Self::Database(error) => error.fmt(formatter),
        }
    }
}

impl ResponseError for Failure {}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

#[get("/courses/{id}")]
async fn get_course(pool: Data<Pool>, id: Path<Uuid>) -> Result<HttpResponse, Failure> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(ONE).await?;
    let Some(row) = client.query_opt(&statement, &[&*id]).await? else {
        return Ok(HttpResponse::NotFound().finish());
    };
    Ok(HttpResponse::Ok().json(Course::try_from(&row)?))
}

#[get("/courses")]
async fn list_courses(pool: Data<Pool>, window: Query<Window>) -> Result<HttpResponse, Failure> {
    let client = pool.get().await?;
    let size = window.size.unwrap_or(20).clamp(1, 100);
    let courses = match window.page {
        Some(page) => read_page(&client, page.max(1), size).await?,
        None => walk(&client, size).await?,
    };
    Ok(HttpResponse::Ok().json(courses))
}

async fn read_page(client: &Object, page: i64, size: i64) -> Result<Courses, Failure> {
    let statement = client.prepare_cached(COUNT).await?;
    let total: i64 = client.query_one(&statement, &[]).await?.try_get(0)?;
    let statement = client.prepare_cached(PAGE).await?;
    let rows = client.query(&statement, &[&size, &((page - 1) * size)]).await?;
    let items = rows.iter().map(Course::try_from).collect::<Result<_, _>>()?;
    let pages = (total + size - 1) / size;
    Ok(Courses { items, total: Some(total), page: Some(page), size, pages: Some(pages), next_cursor: None })
}

/// Reads one row more than wanted, which tells whether there is a next step.
async fn walk(client: &Object, size: i64) -> Result<Courses, Failure> {
    let statement = client.prepare_cached(WALK).await?;
    let rows = client.query(&statement, &[&(size + 1)]).await?;
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let items: Vec<Course> = rows.iter().take(wanted).map(Course::try_from).collect::<Result<_, _>>()?;
    let next_cursor = match items.last() {
        Some(last) if rows.len() > wanted => {
            Some(format!("{}_{}", last.created_at.timestamp_micros(), last.id))
        }
        _ => None,
    };
    Ok(Courses { items, total: None, page: None, size, pages: None, next_cursor })
}

/// What one statement tells as JSON.
async fn told(pool: &Pool, statement: &str, id: Option<Uuid>) -> Result<HttpResponse, Failure> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(statement).await?;
    let row = match &id {
        Some(id) => client.query_one(&statement, &[id]).await?,
        None => client.query_one(&statement, &[]).await?,
    };
    let body: String = row.try_get(0)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

#[get("/courses/{id}/attendance-stats")]
async fn course_stats(pool: Data<Pool>, id: Path<Uuid>) -> Result<HttpResponse, Failure> {
    told(&pool, COURSE_STATS, Some(*id)).await
}

#[get("/classes/{id}/attendance-stats")]
async fn class_stats(pool: Data<Pool>, id: Path<Uuid>) -> Result<HttpResponse, Failure> {
    told(&pool, CLASS_STATS, Some(*id)).await
}

#[get("/users/{id}/history")]
async fn history(pool: Data<Pool>, id: Path<Uuid>) -> Result<HttpResponse, Failure> {
    told(&pool, HISTORY, Some(*id)).await
}

#[get("/stats/attendance")]
async fn weekly(pool: Data<Pool>) -> Result<HttpResponse, Failure> {
    told(&pool, WEEKLY, None).await
}

#[get("/stats/completions")]
async fn completions(pool: Data<Pool>) -> Result<HttpResponse, Failure> {
    told(&pool, COMPLETIONS, None).await
}

/// Arguments: the database's address, the address to listen on, the number of connections in the pool.
#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, address, connections] = arguments.as_slice() else {
        return Err(io::Error::other("usage: madang-bench-bare DATABASE_URL HOST:PORT CONNECTIONS").into());
    };
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(database.parse()?, NoTls, recycling);
    let pool = Data::new(Pool::builder(manager).max_size(connections.parse()?).build()?);
    let app = move || {
        App::new()
            .app_data(pool.clone())
            .service(get_course)
            .service(list_courses)
            .service(course_stats)
            .service(class_stats)
            .service(history)
            .service(weekly)
            .service(completions)
    };
    HttpServer::new(app).bind(address)?.run().await?;
    Ok(())
}
