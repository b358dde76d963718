//! Calendars in iCalendar form (RFC 5545), for programs that subscribe to them.
//!
//! Written by hand: the crate `icalendar` has no `VTIMEZONE` and folds lines to up to 76 octets. It reads what is written here
//! in the tests.

use chrono::{DateTime, TimeDelta, Utc};
use madang_domain::learning::calendars::{Calendar, CalendarEntry};

/// The most octets of a line, without its end (RFC 5545, 3.1).
const LINE: usize = 75;

/// Seoul, nine hours ahead of UTC; it has had no summer time since 1988, and no feed goes back so far.
const TIME_ZONE: [&str; 9] = [
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Seoul",
    "BEGIN:STANDARD",
    "DTSTART:19881009T020000",
    "TZOFFSETFROM:+0900",
    "TZOFFSETTO:+0900",
    "TZNAME:KST",
    "END:STANDARD",
    "END:VTIMEZONE",
];

/// The calendar as a file of the type `text/calendar`.
pub fn write_calendar(calendar: &Calendar) -> String {
    let mut file = File(String::new());
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Madang//Madang//KO",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ] {
        file.line(line);
    }
    file.text("X-WR-CALNAME", &calendar.title);
    for line in ["X-WR-TIMEZONE:Asia/Seoul", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"] {
        file.line(line);
    }
    for line in TIME_ZONE {
        file.line(line);
    }
    for entry in &calendar.entries {
        file.entry(entry);
    }
    file.line("END:VCALENDAR");
    file.0
}

struct File(String);

impl File {
    fn entry(&mut self, entry: &CalendarEntry) {
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{}@madang", entry.id));
        self.line(&format!("SEQUENCE:{}", entry.changes));
        // For a published event both are the moment of its last change (3.8.7.2).
        self.line(&format!("DTSTAMP:{}", utc(entry.changed_at)));
        self.line(&format!("LAST-MODIFIED:{}", utc(entry.changed_at)));
        self.line(&format!("DTSTART;TZID=Asia/Seoul:{}", seoul(entry.starts_at)));
        self.line(&format!("DTEND;TZID=Asia/Seoul:{}", seoul(entry.ends_at)));
        self.line(if entry.is_cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
        self.text("SUMMARY", &entry.title);
        if let Some(place) = &entry.place {
            self.text("LOCATION", place);
        }
        self.line("END:VEVENT");
    }

    /// A property whose value is text (3.3.11).
    fn text(&mut self, name: &str, value: &str) {
        let mut line = format!("{name}:");
        for character in value.chars() {
            match character {
                '\\' | ';' | ',' => line.extend(['\\', character]),
                '\n' => line.push_str("\\n"),
                other if other.is_control() => {}
                other => line.push(other),
            }
        }
        self.line(&line);
    }

    /// A line, folded by octets between characters; the blank that begins a continuation counts.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            octets += character.len_utf8();
            self.0.push(character);
        }
        self.0.push_str("\r\n");
    }
}

fn utc(at: DateTime<Utc>) -> String {
    format!("{}Z", stamp(at))
}

fn seoul(at: DateTime<Utc>) -> String {
    stamp(at + TimeDelta::hours(9))
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use icalendar::{Component, EventLike};
    use madang_domain::ids::LectureId;
    use uuid::Uuid;

    use super::*;

    fn entry(number: u128) -> CalendarEntry {
        CalendarEntry {
            id: LectureId(Uuid::from_u128(number)),
            title: "수채화 기초 1기 첫 시간: 붓, 물감; 그리고 \\종이 — 준비물을 꼭 챙겨 오세요 (2층 미술실에서 시작합니다)".to_owned(),
            place: Some("서울시 마포구\n2층, 미술실".to_owned()),
            starts_at: "2026-09-01T01:00:00Z".parse().unwrap(),
            ends_at: "2026-09-01T03:00:00Z".parse().unwrap(),
            changes: 2,
            changed_at: "2026-08-20T05:06:07.123456Z".parse().unwrap(),
            is_cancelled: number == 2,
        }
    }

    fn written() -> String {
        write_calendar(&Calendar {
            title: "나의 수업, 모두".to_owned(), entries: vec![entry(1), entry(2)]
        })
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_no_character_is_cut() {
        let file = written();
        assert!(file.ends_with("END:VCALENDAR\r\n"));
        let lines: Vec<&str> = file.trim_end().split("\r\n").collect();
        assert!(lines.iter().all(|line| !line.is_empty() && line.len() <= LINE && !line.contains('\n')));
        assert!(lines.iter().any(|line| line.starts_with(' ') && line.len() > 70), "something was folded");
    }

    #[test]
    fn another_reader_understands_every_value() {
        let calendar: icalendar::Calendar = written().parse().unwrap();
        assert_eq!(calendar.get_name(), Some("나의 수업, 모두"));
        let events: Vec<&icalendar::Event> =
            calendar.components.iter().filter_map(|part| part.as_event()).collect();
        assert_eq!(events.len(), 2);
        let expected = entry(1);
        let first = events[0];
        assert_eq!(first.get_uid().unwrap(), format!("{}@madang", expected.id));
        assert_eq!(first.get_summary().unwrap(), expected.title);
        assert_eq!(first.get_location(), expected.place.as_deref());
        assert_eq!(first.get_sequence(), Some(2));
        assert_eq!(first.property_value("DTSTART"), Some("20260901T100000"));
        assert_eq!(first.property_value("DTEND"), Some("20260901T120000"));
        assert_eq!(first.property_value("DTSTAMP"), Some("20260820T050607Z"));
        assert_eq!(first.get_status(), Some(icalendar::EventStatus::Confirmed));
        assert_eq!(events[1].get_status(), Some(icalendar::EventStatus::Cancelled));
    }

    #[test]
    fn the_time_zone_that_is_named_is_described() {
        let file = written();
        assert!(file.contains("BEGIN:VTIMEZONE\r\nTZID:Asia/Seoul\r\nBEGIN:STANDARD\r\n"));
        assert!(file.contains("DTSTART;TZID=Asia/Seoul:20260901T100000\r\n"));
    }
}
