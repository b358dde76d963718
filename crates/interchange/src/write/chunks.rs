//! Output for a streamed response: what was written is taken away piece by piece.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A buffer with two ends: give a clone to a writer, and [`take`](Chunks::take) what it wrote.
#[derive(Debug, Clone, Default)]
pub struct Chunks(Arc<Mutex<Vec<u8>>>);

impl Chunks {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything written since the last call.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many bytes wait to be taken.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether no byte waits to be taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
