//! smoke
#[tokio::test]
async fn smoke() {
    for db in [madang_testing::TestDatabase::sqlite().await, madang_testing::TestDatabase::postgres().await] {
        db.store().ping().await.unwrap();
        println!("{:?}", db.database().facts().await.unwrap());
        println!("{:?}", db.database().migrations().status().await.unwrap());
        println!("{:?}", db.database().server_secret("x", || vec![1, 2]).await.unwrap());
        println!("{:?}", db.database().server_secret("x", || vec![3, 2]).await.unwrap());
        println!("{:?}", db.database().statements());
    }
}
