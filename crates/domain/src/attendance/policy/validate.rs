//! What a policy must not say, each fault with the JSON pointer of its field.

use super::{PolicyDocument, Rounding, Share, Unit};
use crate::attendance::AttendanceStatus;

/// Something that a policy must not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyFault {
    /// Where, as a JSON pointer into the document.
    pub pointer: &'static str,
    /// What.
    pub kind: PolicyFaultKind,
}

/// What is wrong with a field of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyFaultKind {
    /// The number is out of range.
    OutOfRange {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// It is empty.
    Empty,
    /// Only `late` and `early_leave` can be converted.
    NotConvertible,
    /// It can't stand together with another field.
    Inconsistent,
    /// One of two fields is needed.
    Missing,
}

const MINUTES_OF_A_DAY: i64 = 1_440;

impl PolicyDocument {
    /// Everything that it must not say; empty for a sound policy.
    pub fn faults(&self) -> Vec<PolicyFault> {
        let mut faults = Vec::new();
        let mut fault = |pointer, kind| faults.push(PolicyFault { pointer, kind });
        let range = |value: i64, min: i64, max: i64| {
            (!(min..=max).contains(&value)).then_some(PolicyFaultKind::OutOfRange { min, max })
        };
        let mut check = |pointer, wrong: Option<PolicyFaultKind>| {
            if let Some(kind) = wrong {
                fault(pointer, kind);
            }
        };
        let inconsistent = |wrong: bool| wrong.then_some(PolicyFaultKind::Inconsistent);

        if let Some(long) = self.long_class {
            check("/long_class/from_minutes", range(long.from_minutes.into(), 1, 6_000_000));
            check("/long_class/unit", inconsistent(long.unit == self.unit));
        }
        let times = self.times;
        check("/times/late_grace_minutes", range(times.late_grace_minutes.into(), 0, MINUTES_OF_A_DAY));
        check(
            "/times/early_leave_grace_minutes",
            range(times.early_leave_grace_minutes.into(), 0, MINUTES_OF_A_DAY),
        );
        if let Some(last) = times.absent_after_minutes {
            check("/times/absent_after_minutes", range(last.into(), 0, MINUTES_OF_A_DAY));
            check("/times/absent_after_minutes", inconsistent(last < times.late_grace_minutes));
        }
        if let Some(conversion) = &self.conversion {
            check("/conversion/every", range(conversion.every.into(), 2, 100));
            check("/conversion/statuses", conversion.statuses.is_empty().then_some(PolicyFaultKind::Empty));
            for status in &conversion.statuses {
                // A status that costs both its credit and an absence would be worse than missing the lecture.
                match status {
                    AttendanceStatus::Late => {
                        check("/credits/late", inconsistent(self.credits.late != Share::ONE));
                    }
                    AttendanceStatus::EarlyLeave => {
                        check("/credits/early_leave", inconsistent(self.credits.early_leave != Share::ONE));
                    }
                    AttendanceStatus::Present | AttendanceStatus::Excused | AttendanceStatus::Absent => {
                        check("/conversion/statuses", Some(PolicyFaultKind::NotConvertible));
                    }
                }
            }
            check("/conversion/resets/days", days(conversion.resets));
            if let Some(minutes) = conversion.absence_minutes {
                check("/conversion/absence_minutes", range(minutes.into(), 1, MINUTES_OF_A_DAY));
                let never = self.unit != Unit::Minutes
                    && self.long_class.is_none_or(|long| long.unit != Unit::Minutes);
                check("/conversion/absence_minutes", inconsistent(never));
            }
        }
        if let Some(cap) = &self.excused.cap {
            let unlimited = cap.at_most.is_none() && cap.share.is_none();
            check("/excused/cap/at_most", unlimited.then_some(PolicyFaultKind::Missing));
            check("/excused/cap/per/days", days(cap.per));
        }
        let by_lectures = |unit| unit == Unit::Lecture;
        let lectures_alone =
            by_lectures(self.unit) && self.long_class.is_none_or(|long| by_lectures(long.unit));
        let both = self.excused.cap.is_some() && !self.excused.reason_caps.is_empty();
        check("/excused/reason_caps", inconsistent(both && !lectures_alone));
        for cap in self.excused.reason_caps.values() {
            let unlimited = cap.at_most.is_none() && cap.share.is_none();
            check("/excused/reason_caps", unlimited.then_some(PolicyFaultKind::Missing));
            check("/excused/reason_caps", days(cap.per));
        }
        if let Some(days) = self.excused.deadline_days {
            check("/excused/deadline_days", range(days.into(), 0, 366));
        }
        check("/excused/beyond_cap", inconsistent(self.excused.beyond_cap < self.excused.treatment));
        let Rounding { decimals, mode: _ } = self.rounding;
        check("/rounding/decimals", range(decimals.into(), 0, 4));
        faults
    }
}

fn days(period: super::Period) -> Option<PolicyFaultKind> {
    match period {
        super::Period::ClassDays { days: 0 } => {
            Some(PolicyFaultKind::OutOfRange { min: 1, max: u16::MAX.into() })
        }
        super::Period::WholeClass | super::Period::ClassDays { .. } | super::Period::CalendarMonth => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(json: &str) -> Vec<&'static str> {
        let document: PolicyDocument = serde_json::from_str(json).unwrap();
        document.faults().into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn the_plain_rule_and_every_preset_is_sound() {
        assert_eq!(PolicyDocument::default().faults(), []);
        for preset in super::super::presets::all() {
            assert_eq!(preset.document.faults(), [], "{}", preset.name);
        }
    }

    #[test]
    fn each_fault_is_named_by_its_field() {
        let conversion = |fields: &str| {
            format!(r#"{{"conversion":{{"counting":"pooled","resets":{{"kind":"whole_class"}},{fields}}}}}"#)
        };
        assert_eq!(pointers(&conversion(r#""statuses":["late"],"every":1"#)), ["/conversion/every"]);
        assert_eq!(pointers(&conversion(r#""statuses":[],"every":3"#)), ["/conversion/statuses"]);
        assert_eq!(pointers(&conversion(r#""statuses":["absent"],"every":3"#)), ["/conversion/statuses"]);
        assert_eq!(
            pointers(&conversion(r#""statuses":["late"],"every":3,"absence_minutes":50"#)),
            ["/conversion/absence_minutes"]
        );
        assert_eq!(
            pointers(
                r#"{"credits":{"late":"1/2"},"conversion":{"statuses":["late"],"every":3,"counting":"separate","resets":{"kind":"class_days","days":0}}}"#
            ),
            ["/credits/late", "/conversion/resets/days"]
        );
        assert_eq!(
            pointers(r#"{"excused":{"treatment":"counts_absent","beyond_cap":"excluded"}}"#),
            ["/excused/beyond_cap"]
        );
        assert_eq!(
            pointers(r#"{"excused":{"cap":{"per":{"kind":"whole_class"}}}}"#),
            ["/excused/cap/at_most"]
        );
        assert_eq!(
            pointers(
                r#"{"excused":{"reason_caps":{"illness":{"per":{"kind":"whole_class"}}},"deadline_days":367}}"#
            ),
            ["/excused/reason_caps", "/excused/deadline_days"]
        );
        let both = r#""cap":{"at_most":2,"per":{"kind":"whole_class"}},"reason_caps":{"exam":{"at_most":1,"per":{"kind":"whole_class"}}}"#;
        assert_eq!(pointers(&format!(r#"{{"excused":{{{both}}}}}"#)), [""; 0]);
        assert_eq!(pointers(&format!(r#"{{"unit":"day","excused":{{{both}}}}}"#)), ["/excused/reason_caps"]);
        assert_eq!(
            pointers(r#"{"times":{"late_grace_minutes":30,"absent_after_minutes":20}}"#),
            ["/times/absent_after_minutes"]
        );
        assert_eq!(pointers(r#"{"rounding":{"decimals":5,"mode":"down"}}"#), ["/rounding/decimals"]);
        assert_eq!(
            pointers(r#"{"unit":"day","long_class":{"from_minutes":0,"unit":"day"}}"#),
            ["/long_class/from_minutes", "/long_class/unit"]
        );
    }
}
