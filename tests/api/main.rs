//! The API, seen from outside: one folder per resource, one file per verb. Every story runs on both databases.

mod access_matrix;
mod auth;
mod classes;
mod conventions;
mod courses;
mod enrolments;
mod openapi;
mod unhealthy_database;
mod users;
