//! Devices.

use madang_domain::{
    accounts::User,
    devices::{Device, DeviceSort, DeviceToken, Platform},
    ids::DeviceId,
    store::Store,
};
use madang_testing::TestDatabase;

use crate::fixtures::{Maker, at, keep, page, sorts};

crate::on_both!(
    a_device_is_read_as_it_was_written,
    a_token_that_is_known_becomes_the_other_users,
    devices_are_found_by_user_last_seen_first,
    those_that_were_not_seen_longest_make_room,
);

fn device(maker: &Maker, owner: &User, token: &str, seen_at: &str) -> Device {
    Device {
        id: DeviceId(maker.id()),
        user_id: owner.id,
        token: DeviceToken::parse(token).unwrap(),
        platform: Platform::Android,
        created_at: at("2026-09-01T01:00:00.000001Z"),
        seen_at: at(seen_at),
    }
}

async fn kept(db: &TestDatabase, owners: &[User], devices: &[Device]) {
    keep(db, async |unit| {
        unit.users().insert_many(owners).await?;
        for device in devices {
            assert_eq!(unit.devices().keep(device).await?, *device);
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_device_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let owner = maker.user("하나");
    let devices = [
        device(&maker, &owner, &"x".repeat(DeviceToken::MAX), "2026-09-01T01:00:00.000002Z"),
        Device { platform: Platform::Web, ..device(&maker, &owner, "b:c-d_e", "2026-09-02T01:00:00Z") },
    ];
    kept(db, std::slice::from_ref(&owner), &devices).await;
    let mut read = db.database().session().await.unwrap();
    for known in &devices {
        assert_eq!(read.devices().find(known.id).await.unwrap().as_ref(), Some(known));
        assert_eq!(read.devices().find_by_token(&known.token).await.unwrap().as_ref(), Some(known));
    }
    let upper = DeviceToken::parse("B:C-D_E").unwrap();
    assert_eq!(read.devices().find_by_token(&upper).await.unwrap(), None);
    drop(read);
    assert!(keep(db, async |unit| unit.devices().delete(devices[0].id).await).await.unwrap());
    assert!(!keep(db, async |unit| unit.devices().delete(devices[0].id).await).await.unwrap());
}

async fn a_token_that_is_known_becomes_the_other_users(db: &TestDatabase) {
    let maker = Maker::default();
    let (one, other) = (maker.user("하나"), maker.user("두리"));
    let first = device(&maker, &one, "token", "2026-09-01T01:00:00Z");
    kept(db, &[one, other.clone()], std::slice::from_ref(&first)).await;
    let later = at("2026-09-05T01:00:00Z");
    let again = Device {
        id: DeviceId(maker.id()),
        user_id: other.id,
        platform: Platform::Ios,
        created_at: later,
        seen_at: later,
        ..first.clone()
    };
    let now = keep(db, async |unit| unit.devices().keep(&again).await).await.unwrap();
    assert_eq!(now, Device { id: first.id, created_at: first.created_at, ..again });
    let mut read = db.database().session().await.unwrap();
    assert_eq!(read.devices().find(first.id).await.unwrap(), Some(now));
}

async fn devices_are_found_by_user_last_seen_first(db: &TestDatabase) {
    let maker = Maker::default();
    let (one, other) = (maker.user("하나"), maker.user("두리"));
    let devices = [
        device(&maker, &one, "a", "2026-09-01T01:00:00Z"),
        device(&maker, &one, "b", "2026-09-03T01:00:00Z"),
        device(&maker, &other, "c", "2026-09-02T01:00:00Z"),
    ];
    kept(db, &[one.clone(), other.clone()], &devices).await;
    let mut read = db.database().session().await.unwrap();
    let of =
        |devices: Vec<Device>| devices.into_iter().map(|device| device.token.to_string()).collect::<String>();
    assert_eq!(of(read.devices().of_users(&[other.id, one.id]).await.unwrap()), "bac");
    assert_eq!(of(read.devices().of_users(&[other.id]).await.unwrap()), "c");
    assert_eq!(of(read.devices().of_users(&[]).await.unwrap()), "");
    for sort in sorts(&[DeviceSort::SeenAt]) {
        let listed = read.devices().list(&page(one.id, sort)).await.unwrap();
        assert_eq!((listed.total, listed.items.len()), (Some(2), 2));
    }
}

async fn those_that_were_not_seen_longest_make_room(db: &TestDatabase) {
    let maker = Maker::default();
    let (one, other) = (maker.user("하나"), maker.user("두리"));
    let devices = [
        device(&maker, &one, "a", "2026-09-01T01:00:00Z"),
        device(&maker, &one, "b", "2026-09-03T01:00:00Z"),
        device(&maker, &one, "c", "2026-09-02T01:00:00Z"),
        device(&maker, &other, "d", "2026-08-01T01:00:00Z"),
    ];
    kept(db, &[one.clone(), other], &devices).await;
    assert_eq!(keep(db, async |unit| unit.devices().trim(one.id, 2).await).await.unwrap(), 1);
    let mut read = db.database().session().await.unwrap();
    assert_eq!(read.devices().find(devices[0].id).await.unwrap(), None);
    assert!(read.devices().find(devices[3].id).await.unwrap().is_some());
}
