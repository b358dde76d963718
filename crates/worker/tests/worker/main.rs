//! What a worker promises, on both databases: nothing lost, nothing out of order, nothing held up.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test is to fail where it goes wrong")]

mod chaos;
mod life;
mod outcomes;
mod support;

/// Runs tests on both databases: `on_both!(a_test, another_test)`.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(madang_testing::TestDatabase::sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(madang_testing::TestDatabase::postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;
