//! domain

pub mod attendance;
pub mod search;
#[cfg(test)]
mod shared_data;
pub mod text;
