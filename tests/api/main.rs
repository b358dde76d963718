//! The API, seen from outside: one folder per resource, one file per verb. Every story runs on both databases.

mod access_matrix;
mod attendances;
mod audit;
mod auth;
mod certifications;
mod conventions;
mod courses;
mod imports;
mod lectures;
mod openapi;
mod unhealthy_database;
