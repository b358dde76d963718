//! What programs of others ask of a calendar: RFC 5545, and what Google and Apple want beside it.

use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
};

use madang_tests::{TestApp, api_test, json};
use serde_json::Value;

/// What another program makes of a calendar; it stops at what it does not understand.
fn read_elsewhere(file: &str) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/verify.sh");
    let mut reader =
        Command::new(script).arg("calendars").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    reader.stdin.take().unwrap().write_all(file.as_bytes()).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The lines of a calendar, whole; each was folded and ended as the standard has it.
fn lines(file: &str) -> Vec<String> {
    let folded: Vec<&str> = file.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    for line in &folded {
        assert!((1..=75).contains(&line.len()), "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n', '\u{feff}']), "{line:?}");
    }
    file.replace("\r\n ", "").trim_end().split("\r\n").map(str::to_owned).collect()
}

/// The values of a property, whatever its parameters.
fn values<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    let is_named = |line: &&String| line.starts_with(name) && line[name.len()..].starts_with([':', ';']);
    lines.iter().filter(is_named).map(|line| line.split_once(':').unwrap().1).collect()
}

fn stands_the_standard(file: &str) {
    let lines = lines(file);
    let mut open = Vec::new();
    for line in &lines {
        match line.split_once(':').unwrap() {
            ("BEGIN", component) => open.push(component),
            ("END", component) => assert_eq!(open.pop(), Some(component)),
            _ => assert!(!open.is_empty(), "{line} is outside"),
        }
    }
    assert!(open.is_empty() && lines[0] == "BEGIN:VCALENDAR");
    for (name, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Madang//Madang//KO"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("X-WR-TIMEZONE", "Asia/Seoul"),
        ("REFRESH-INTERVAL", "PT1H"),
        ("X-PUBLISHED-TTL", "PT1H"),
        ("TZID", "Asia/Seoul"),
    ] {
        assert_eq!(values(&lines, name), [value]);
    }
    assert_eq!(values(&lines, "X-WR-CALNAME").len(), 1);
    let events: Vec<&[String]> = lines.split(|line| line == "BEGIN:VEVENT").skip(1).collect();
    for event in &events {
        let end = event.iter().position(|line| line == "END:VEVENT").unwrap();
        let event = &event[..end];
        for name in ["UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "STATUS", "SUMMARY"] {
            assert_eq!(values(event, name).len(), 1, "{name}: {event:?}");
        }
        assert!(values(event, "DTSTAMP")[0].ends_with('Z'), "in UTC");
        assert!(values(event, "DTSTART")[0] < values(event, "DTEND")[0]);
        assert!(event.iter().all(|line| !line.contains("TZID=") || line.contains(";TZID=Asia/Seoul:")));
        assert_eq!(values(event, "RRULE").len(), 0, "each lecture stands for itself");
    }
    let uids: BTreeSet<&str> = values(&lines, "UID").into_iter().collect();
    assert_eq!(uids.len(), events.len());
}

async fn read(app: &TestApp, path: &str) -> String {
    app.anonymous().get(&format!("/{path}")).await.expect(200).text
}

api_test! {
    async fn a_program_of_others_reads_what_was_entered(app) {
        let class = app.class().await;
        let title = "첫 시간: 붓, 물감; 그리고 \\종이 — 준비물을 꼭 챙겨 오세요 (2층 미술실에서 시작합니다)";
        let body = json!({"title": title, "lecture_date": "2026-09-03T01:00:00Z", "duration_minutes": 90, "place": "서울시 마포구, 2층; 미술실"});
        let path = format!("/classes/{}/lectures", class.id);
        let first = class.lecturer.post(&path, body).await.expect(201).id();
        let second = app.lecture(&class, "2026-12-30T15:30:00Z").await;
        let learner = app.learner_in(&class, "김하늘").await;
        let feed = learner.post("/calendars", json!({})).await.expect(201).string("path");
        let empty = app.learner("박바다").await.post("/calendars", json!({})).await.expect(201).string("path");
        let file = read(&app, &feed).await;
        stands_the_standard(&file);
        stands_the_standard(&read(&app, &empty).await);
        assert_eq!(read(&app, &feed).await, file, "nothing of it goes by the time of asking");

        class.lecturer.patch(&format!("/lectures/{first}"), json!({"lecture_date": "2026-09-04T23:00:00Z"})).await.expect(200);
        class.lecturer.post(&format!("/lectures/{second}/cancel"), json!({"reason": "폭설"})).await.expect(200);
        let file = read(&app, &feed).await;
        stands_the_standard(&file);
        let seen = read_elsewhere(&file);
        assert_eq!((&seen["method"], &seen["timezones"]), (&json!("PUBLISH"), &json!(["Asia/Seoul"])));
        assert_eq!(seen["events"], json!([
            {
                "uid": format!("{first}@madang"), "summary": format!("수채화 기초 1기 {title}"), "location": "서울시 마포구, 2층; 미술실",
                "start": "2026-09-04T23:00:00.000Z", "end": "2026-09-05T00:30:00.000Z", "timezone": "Asia/Seoul",
                "stamp": "2026-09-01T01:00:00.000Z", "sequence": 1, "status": "CONFIRMED",
            },
            {
                "uid": format!("{second}@madang"), "summary": "수채화 기초 1기 차시", "location": null,
                "start": "2026-12-30T15:30:00.000Z", "end": "2026-12-30T16:30:00.000Z", "timezone": "Asia/Seoul",
                "stamp": "2026-09-01T01:00:00.000Z", "sequence": 1, "status": "CANCELLED",
            },
        ]));
    }
}
