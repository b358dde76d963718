//! The API, seen from outside: one folder per resource, one file per verb. Every story runs on both databases.

mod access_matrix;
mod api_keys;
mod attendances;
mod audit;
mod auth;
mod capture;
mod certifications;
mod classes;
mod conventions;
mod courses;
mod enrolments;
mod imports;
mod jobs;
mod leave_requests;
mod lectures;
mod limits;
mod list_files;
mod notifications;
mod openapi;
mod policies;
mod security;
mod social;
mod statistics;
mod unhealthy_database;
mod users;
