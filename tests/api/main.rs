//! The API, seen from outside: one folder per resource, one file per verb. Every story runs on both databases.

mod access_matrix;
mod auth;
mod conventions;
mod courses;
mod openapi;
mod unhealthy_database;
