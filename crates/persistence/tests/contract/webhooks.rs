//! Webhook endpoints, deliveries, and the jobs that events bring with them.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use madang_domain::{
    audit::{AuditAction, AuditEntry},
    error::RepositoryError,
    events::Event,
    ids::{AuditEntryId, EventId, WebhookDeliveryId, WebhookEndpointId},
    store::Store,
    webhooks::{
        Again, Delivery, DeliveryFilter, DeliverySort, DeliveryStatus, DisabledBecause, EndpointSort,
        WebhookDescription, WebhookEndpoint, WebhookUrl,
    },
};
use madang_testing::TestDatabase;
use serde_json::json;

use crate::fixtures::{Maker, at, keep, page, sorts, touched, walk};

crate::on_both!(
    an_endpoint_is_read_as_it_was_written,
    a_stale_endpoint_is_not_written,
    the_beginning_of_failing_is_noted_once,
    an_event_is_delivered_to_an_endpoint_once,
    how_an_attempt_ended_is_kept,
    what_has_ended_is_sent_again_and_what_is_pending_is_not,
    deliveries_end_with_their_endpoint_and_with_time,
    lists_are_of_one_endpoint,
    an_event_brings_a_job_with_it_while_anybody_is_told,
    marks_and_places_bring_a_job_with_them_while_anybody_hears_of_them,
    what_one_statement_writes_brings_few_jobs_with_it,
);

fn endpoint(maker: &Maker) -> WebhookEndpoint {
    WebhookEndpoint {
        id: WebhookEndpointId(maker.id()),
        url: WebhookUrl::parse("https://hooks.example.org/x?y=1").unwrap(),
        description: None,
        kinds: BTreeSet::new(),
        disabled: None,
        failing_since: None,
        secret_number: 1,
        old_secret_until: None,
        stamps: maker.stamps(),
    }
}

fn delivery(maker: &Maker, endpoint: &WebhookEndpoint, number: i64) -> Delivery {
    Delivery {
        id: WebhookDeliveryId(maker.id()),
        endpoint_id: endpoint.id,
        event_id: EventId(maker.id()),
        kind: "class.closed".to_owned(),
        body: "{ \"b\": 1,\t\"a\": \"가\" }".to_owned(),
        status: DeliveryStatus::Pending,
        attempts: 0,
        last_status: None,
        last_error: None,
        created_at: at("2026-09-01T01:00:00.000001Z") + TimeDelta::hours(number),
        attempted_at: None,
    }
}

async fn kept(db: &TestDatabase, endpoints: &[WebhookEndpoint], deliveries: &[Delivery]) {
    keep(db, async |unit| {
        for endpoint in endpoints {
            unit.webhooks().insert_endpoint(endpoint).await?;
        }
        assert_eq!(unit.webhooks().insert_deliveries(deliveries).await?, deliveries.len());
        Ok(())
    })
    .await
    .unwrap();
}

async fn find(db: &TestDatabase, id: WebhookEndpointId) -> Option<WebhookEndpoint> {
    db.database().session().await.unwrap().webhooks().find_endpoint(id).await.unwrap()
}

async fn find_delivery(db: &TestDatabase, delivery: &Delivery) -> Option<(Delivery, WebhookEndpoint)> {
    let mut read = db.database().session().await.unwrap();
    read.webhooks().find_delivery(delivery.endpoint_id, delivery.event_id).await.unwrap()
}

async fn an_endpoint_is_read_as_it_was_written(db: &TestDatabase) {
    let maker = Maker::default();
    let plain = endpoint(&maker);
    let full = WebhookEndpoint {
        description: Some(WebhookDescription::parse("학사 시스템").unwrap()),
        kinds: ["class.closed", "attendance.recorded"].map(str::to_owned).into(),
        disabled: Some(DisabledBecause::Failing),
        failing_since: Some(at("2026-09-02T01:00:00.000001Z")),
        secret_number: 3,
        old_secret_until: Some(at("2026-09-03T01:00:00Z")),
        ..endpoint(&maker)
    };
    kept(db, &[plain.clone(), full.clone()], &[]).await;
    assert_eq!(find(db, plain.id).await, Some(plain.clone()));
    assert_eq!(find(db, full.id).await, Some(full.clone()));
    assert_eq!(find(db, WebhookEndpointId(maker.id())).await, None);
    let mut read = db.database().session().await.unwrap();
    assert_eq!(read.webhooks().active_endpoints().await.unwrap(), std::slice::from_ref(&plain));
    drop(read);
    let changed = WebhookEndpoint { failing_since: None, stamps: touched(full.stamps), ..plain.clone() };
    let changed = WebhookEndpoint { id: full.id, ..changed };
    keep(db, async |unit| {
        assert_eq!(unit.webhooks().find_endpoint_for_update(full.id).await?, Some(full.clone()));
        unit.webhooks().update_endpoint(&changed).await
    })
    .await
    .unwrap();
    // Since when it fails is not the editor's to say.
    assert_eq!(
        find(db, full.id).await,
        Some(WebhookEndpoint { failing_since: full.failing_since, ..changed })
    );
}

async fn a_stale_endpoint_is_not_written(db: &TestDatabase) {
    let maker = Maker::default();
    let known = endpoint(&maker);
    kept(db, std::slice::from_ref(&known), &[]).await;
    let stale = keep(db, async |unit| unit.webhooks().update_endpoint(&known).await).await;
    assert!(matches!(stale, Err(RepositoryError::Stale)));
    keep(db, async |unit| unit.webhooks().delete_endpoint(known.id).await).await.unwrap();
    let gone = keep(db, async |unit| unit.webhooks().delete_endpoint(known.id).await).await;
    assert!(matches!(gone, Err(RepositoryError::Stale)));
}

async fn the_beginning_of_failing_is_noted_once(db: &TestDatabase) {
    let maker = Maker::default();
    let known = endpoint(&maker);
    kept(db, std::slice::from_ref(&known), &[]).await;
    let note = async |since| {
        keep(db, async |unit| unit.webhooks().note_failing(known.id, since).await).await.unwrap();
        find(db, known.id).await.unwrap().failing_since
    };
    let (first, second) = (at("2026-09-01T01:00:00Z"), at("2026-09-02T01:00:00Z"));
    assert_eq!(note(None).await, None);
    assert_eq!(note(Some(first)).await, Some(first));
    assert_eq!(note(Some(second)).await, Some(first));
    assert_eq!(note(None).await, None);
    assert_eq!(note(Some(second)).await, Some(second));
    assert_eq!(find(db, known.id).await.unwrap().stamps, known.stamps);
}

async fn an_event_is_delivered_to_an_endpoint_once(db: &TestDatabase) {
    let maker = Maker::default();
    let endpoints = [endpoint(&maker), endpoint(&maker)];
    let first = delivery(&maker, &endpoints[0], 0);
    kept(db, &endpoints, std::slice::from_ref(&first)).await;
    let again = Delivery { id: WebhookDeliveryId(maker.id()), ..first.clone() };
    let elsewhere =
        Delivery { id: WebhookDeliveryId(maker.id()), endpoint_id: endpoints[1].id, ..first.clone() };
    let inserted =
        keep(db, async |unit| unit.webhooks().insert_deliveries(&[again.clone(), elsewhere.clone()]).await)
            .await;
    assert_eq!(inserted.unwrap(), 1);
    assert_eq!(find_delivery(db, &first).await, Some((first, endpoints[0].clone())));
    assert_eq!(find_delivery(db, &elsewhere).await, Some((elsewhere, endpoints[1].clone())));
}

async fn how_an_attempt_ended_is_kept(db: &TestDatabase) {
    let maker = Maker::default();
    let known = endpoint(&maker);
    let first = delivery(&maker, &known, 0);
    kept(db, std::slice::from_ref(&known), std::slice::from_ref(&first)).await;
    let tried = Delivery {
        status: DeliveryStatus::Failed,
        attempts: 10,
        last_status: Some(503),
        last_error: Some("the endpoint answered 503".to_owned()),
        attempted_at: Some(at("2026-09-02T01:00:00.000001Z")),
        ..first
    };
    keep(db, async |unit| unit.webhooks().update_delivery(&tried).await).await.unwrap();
    assert_eq!(find_delivery(db, &tried).await, Some((tried, known)));
}

async fn what_has_ended_is_sent_again_and_what_is_pending_is_not(db: &TestDatabase) {
    let maker = Maker::default();
    let endpoints = [endpoint(&maker), endpoint(&maker)];
    let states = [
        DeliveryStatus::Failed,
        DeliveryStatus::Delivered,
        DeliveryStatus::Skipped,
        DeliveryStatus::Pending,
        DeliveryStatus::Failed,
    ];
    let deliveries: Vec<Delivery> = (0_i64..)
        .zip(states)
        .map(|(number, status)| Delivery { status, ..delivery(&maker, &endpoints[0], number) })
        .collect();
    let other = Delivery { status: DeliveryStatus::Failed, ..delivery(&maker, &endpoints[1], 9) };
    kept(db, &endpoints, &deliveries).await;
    kept(db, &[], std::slice::from_ref(&other)).await;
    let renew = async |which: Again, limit| {
        keep(db, async |unit| unit.webhooks().renew_deliveries(endpoints[0].id, &which, limit).await)
            .await
            .unwrap()
    };
    let events = |numbers: &[usize]| numbers.iter().map(|n| deliveries[*n].event_id).collect::<Vec<_>>();
    assert_eq!(renew(Again::MissedSince(at("2026-09-01T02:00:00Z")), 10).await, events(&[2, 4]));
    assert_eq!(renew(Again::MissedSince(at("2026-09-01T00:00:00Z")), 1).await, events(&[0]));
    assert_eq!(renew(Again::MissedSince(at("2026-09-01T00:00:00Z")), 1).await, events(&[]));
    let all = deliveries.iter().map(|delivery| delivery.id).chain([other.id]).collect();
    assert_eq!(renew(Again::These(all), 10).await, events(&[1]));
    assert_eq!(find_delivery(db, &deliveries[1]).await.unwrap().0.status, DeliveryStatus::Pending);
    assert_eq!(find_delivery(db, &other).await.unwrap().0.status, DeliveryStatus::Failed);
}

async fn deliveries_end_with_their_endpoint_and_with_time(db: &TestDatabase) {
    let maker = Maker::default();
    let endpoints = [endpoint(&maker), endpoint(&maker)];
    let ended =
        |number| Delivery { status: DeliveryStatus::Delivered, ..delivery(&maker, &endpoints[0], number) };
    let deliveries = [ended(0), ended(1), delivery(&maker, &endpoints[0], 0), ended(9)];
    let other = delivery(&maker, &endpoints[1], 0);
    kept(db, &endpoints, &deliveries).await;
    kept(db, &[], std::slice::from_ref(&other)).await;
    let before = at("2026-09-01T05:00:00Z");
    let purge =
        async || keep(db, async |unit| unit.webhooks().purge_deliveries(before, 1).await).await.unwrap();
    assert_eq!((purge().await, purge().await, purge().await), (1, 1, 0));
    assert_eq!(find_delivery(db, &deliveries[0]).await, None);
    assert!(
        find_delivery(db, &deliveries[2]).await.is_some()
            && find_delivery(db, &deliveries[3]).await.is_some()
    );
    keep(db, async |unit| unit.webhooks().delete_endpoint(endpoints[0].id).await).await.unwrap();
    assert_eq!(find_delivery(db, &deliveries[3]).await, None);
    assert!(find_delivery(db, &other).await.is_some());
}

async fn lists_are_of_one_endpoint(db: &TestDatabase) {
    let maker = Maker::default();
    let endpoints: Vec<_> = (0..5).map(|_| endpoint(&maker)).collect();
    let deliveries: Vec<Delivery> = (0..7)
        .map(|number| Delivery {
            status: if number % 2 == 0 { DeliveryStatus::Failed } else { DeliveryStatus::Delivered },
            ..delivery(&maker, &endpoints[0], number % 3)
        })
        .collect();
    kept(db, &endpoints, &deliveries).await;
    for sort in sorts(&[EndpointSort::CreatedAt]) {
        let all =
            db.database().session().await.unwrap().webhooks().list_endpoints(&page((), sort.clone())).await;
        let walked = walk((), sort, 2, async |listing| {
            db.database().session().await.unwrap().webhooks().list_endpoints(&listing).await.unwrap()
        })
        .await;
        assert_eq!(walked, all.unwrap().items);
        assert_eq!(walked.len(), 5);
    }
    let of = |status| DeliveryFilter { endpoint_id: endpoints[0].id, status };
    for sort in sorts(&[DeliverySort::CreatedAt]) {
        let mut read = db.database().session().await.unwrap();
        let failed =
            read.webhooks().list_deliveries(&page(of(Some(DeliveryStatus::Failed)), sort.clone())).await;
        assert_eq!(failed.unwrap().total, Some(4));
        let nobody = DeliveryFilter { endpoint_id: endpoints[1].id, status: None };
        assert_eq!(read.webhooks().list_deliveries(&page(nobody, sort.clone())).await.unwrap().items, []);
        drop(read);
        let walked = walk(of(None), sort, 3, async |listing| {
            db.database().session().await.unwrap().webhooks().list_deliveries(&listing).await.unwrap()
        })
        .await;
        assert_eq!(walked.len(), 7);
    }
}

async fn jobs(db: &TestDatabase) -> Vec<String> {
    let query = "SELECT CAST(id AS text) || ' ' || kind || ' ' || status || ' ' || CAST(payload AS text) AS value \
        FROM jobs ORDER BY position";
    db.read(query)
        .await
        .unwrap()
        .into_iter()
        .map(|job| job.replace("\": ", "\":").replace("\", \"", "\",\""))
        .collect()
}

fn event(maker: &Maker) -> Event {
    Event {
        id: EventId(maker.id()),
        kind: "class.closed".to_owned(),
        subject_id: maker.id(),
        user_id: None,
        payload: json!({}),
        occurred_at: at("2026-09-01T01:00:00Z"),
        request_id: None,
    }
}

async fn an_event_brings_a_job_with_it_while_anybody_is_told(db: &TestDatabase) {
    let maker = Maker::default();
    let known = endpoint(&maker);
    let record =
        async |events: &[Event]| keep(db, async |unit| unit.events().append(events).await).await.unwrap();
    record(&[event(&maker)]).await;
    assert_eq!(jobs(db).await, [""; 0]);
    kept(db, std::slice::from_ref(&known), &[]).await;
    let told = [event(&maker), event(&maker)];
    record(&told).await;
    let expected = told.map(|event| format!("{} webhooks.fan_out queued {{\"of\":\"events\"}}", event.id));
    assert_eq!(jobs(db).await, expected);
    let stamps = touched(known.stamps);
    let disabled = WebhookEndpoint { disabled: Some(DisabledBecause::ByHand), stamps, ..known };
    keep(db, async |unit| unit.webhooks().update_endpoint(&disabled).await).await.unwrap();
    record(&[event(&maker)]).await;
    assert_eq!(jobs(db).await.len(), 2);
}

fn entry(maker: &Maker, entity: &str) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId(maker.id()),
        at: at("2026-09-01T01:00:00Z"),
        actor: None,
        request_id: None,
        entity: entity.to_owned(),
        entity_id: maker.id(),
        action: AuditAction::Create,
        old: None,
        new: Some(json!({"status": "present"})),
        reason: None,
        after_closing: false,
    }
}

async fn marks_and_places_bring_a_job_with_them_while_anybody_hears_of_them(db: &TestDatabase) {
    let maker = Maker::default();
    let entry = |entity: &str| entry(&maker, entity);
    let record = async |entries: &[AuditEntry]| {
        keep(db, async |unit| unit.audit().append(entries).await).await.unwrap();
    };
    let deaf = WebhookEndpoint { kinds: ["class.closed".to_owned()].into(), ..endpoint(&maker) };
    kept(db, &[deaf], &[]).await;
    record(&[entry("attendance")]).await;
    assert_eq!(jobs(db).await, [""; 0]);
    let hearing = WebhookEndpoint { kinds: ["attendance.recorded".to_owned()].into(), ..endpoint(&maker) };
    kept(db, &[hearing], &[]).await;
    let told = entry("attendance");
    let announced = entry("announcement");
    record(&[told.clone(), entry("user"), announced.clone()]).await;
    let payload = format!("{{\"of\":\"audit_log\",\"ids\":[\"{}\",\"{}\"]}}", told.id, announced.id);
    assert_eq!(jobs(db).await, [format!("{} webhooks.fan_out queued {payload}", told.id)]);
    let mut read = db.database().session().await.unwrap();
    let known = [announced.id, told.id, AuditEntryId(maker.id())];
    assert_eq!(read.audit().find_many(&known).await.unwrap(), [told, announced]);
}

async fn what_one_statement_writes_brings_few_jobs_with_it(db: &TestDatabase) {
    let maker = Maker::default();
    kept(db, &[endpoint(&maker)], &[]).await;
    let entries: Vec<AuditEntry> = (0..1_200).map(|_| entry(&maker, "attendance")).collect();
    keep(db, async |unit| unit.audit().append(&entries).await).await.unwrap();
    let jobs = jobs(db).await;
    assert!(jobs.len() <= 12, "{}", jobs.len());
    let told: Vec<&str> =
        jobs.iter().flat_map(|job| job.split("\"ids\":").nth(1).unwrap().split('"')).collect();
    let told: Vec<&str> = told.into_iter().filter(|part| part.len() == 36).collect();
    assert_eq!(told, entries.iter().map(|entry| entry.id.to_string()).collect::<Vec<_>>());
}
