//! The API, seen from outside: one folder per resource, one file per verb. Every story runs on both databases.

mod access_matrix;
mod auth;
mod attendances;
mod audit;
mod certifications;
mod conventions;
mod courses;
mod lectures;
mod openapi;
mod unhealthy_database;
