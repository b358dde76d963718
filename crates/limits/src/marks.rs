//! Who wrote, in Redis, for all nodes together: whichever node a reader comes to knows how far a replica must have come.

use async_trait::async_trait;
use madang_domain::store::{Needed, WriteMarks};
use redis::Script;
use uuid::Uuid;

use crate::shared::{RedisAddressInvalid, Shared};

/// Takes a new number and keeps it as a mark, for a day.
const WROTE: &str = r"
local number = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], '?' .. number, 'EX', 86400)
return number";

/// The mark of a reader, or that of everybody of whom nothing is known, which is renewed every hour: when the mark of a writer is
/// forgotten, that one is younger.
const NEEDED: &str = r"
local mark = redis.call('GET', KEYS[1]) or redis.call('GET', KEYS[2])
if mark then return mark end
mark = '?' .. redis.call('INCR', KEYS[3])
redis.call('SET', KEYS[2], mark, 'EX', 3600)
return mark";

/// Puts a position in the place of a mark that is still the same.
const FOUND: &str = r"
for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then redis.call('SET', key, ARGV[2], 'KEEPTTL') end
end
return 0";

const NUMBER: &str = "madang:wrote:number";
const OTHERS: &str = "madang:wrote:others";

/// Who wrote, as all nodes know it. While Redis is away, reports are read from the primary.
pub struct SharedMarks {
    redis: Shared,
    wrote: Script,
    needed: Script,
    found: Script,
}

impl SharedMarks {
    /// Marks in the Redis at this address (`redis://…`), which is connected to when it must be.
    ///
    /// # Errors
    /// When the address can't be read.
    pub fn new(address: &str) -> Result<Self, RedisAddressInvalid> {
        Ok(Self {
            redis: Shared::new(address)?,
            wrote: Script::new(WROTE),
            needed: Script::new(NEEDED),
            found: Script::new(FOUND),
        })
    }
}

#[async_trait]
impl WriteMarks for SharedMarks {
    async fn wrote(&self, writer: Uuid) {
        let mut call = self.wrote.key(key(writer));
        call.key(NUMBER);
        let kept: Option<i64> = self.redis.ask(async |connection| call.invoke_async(connection).await).await;
        if kept.is_none() {
            tracing::debug!(
                "a write could not be marked; its writer may be served by a replica that has not seen it"
            );
        }
    }

    async fn needed(&self, reader: Uuid) -> Needed {
        let mut call = self.needed.key(key(reader));
        call.key(OTHERS).key(NUMBER);
        let mark: Option<String> =
            self.redis.ask(async |connection| call.invoke_async(connection).await).await;
        mark.as_deref().and_then(read).unwrap_or(Needed::Primary)
    }

    async fn found(&self, reader: Uuid, mark: u64, position: u64) {
        let mut call = self.found.key(key(reader));
        call.key(OTHERS).arg(format!("?{mark}")).arg(position);
        let _: Option<i64> = self.redis.ask(async |connection| call.invoke_async(connection).await).await;
    }
}

fn key(user: Uuid) -> String {
    format!("madang:wrote:{user}")
}

fn read(mark: &str) -> Option<Needed> {
    match mark.strip_prefix('?') {
        Some(number) => number.parse().ok().map(Needed::Unknown),
        None => mark.parse().ok().map(Needed::Position),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_a_number_or_a_position() {
        assert_eq!(read("?12"), Some(Needed::Unknown(12)));
        assert_eq!(read("12"), Some(Needed::Position(12)));
        assert_eq!((read(""), read("?"), read("?x")), (None, None, None));
    }
}
