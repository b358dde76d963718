//! domain

#[cfg(test)]
mod shared_data;
pub mod text;
