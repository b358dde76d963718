//! The attendance policy (출석 인정 기준): which rule makes a rate of marks, as data, and the one engine that applies it.
//!
//! [`PolicyDocument`] is the rule, [`presets`] are rules in use elsewhere, with their sources. A [`Timetable`] is a class
//! seen through a policy; [`Timetable::assess`] gives everything that is said of one learner: counts, exact rate, verdict,
//! the line-by-line explanation and the forecast. All of it is pure and counts in whole numbers.

mod assessment;
mod document;
mod excused;
mod forecast;
mod outcome;
pub mod presets;
mod share;
mod sums;
mod times;
mod timetable;
mod turnout;
mod validate;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod property_tests;

pub use assessment::{Assessment, ConvertedAbsence, DayLine, Line};
pub use document::{
    AttendedTime, Comparison, Conversion, Counting, Credits, Denominator, LongClass, Membership, Period,
    PolicyDocument, Rounding, RoundingMode, Span, Threshold, Unit, Unmarked,
};
pub use excused::{Excused, ExcusedCap, ExcusedTreatment};
pub use forecast::Forecast;
pub use outcome::{Excuse, LearnerRecord, RawMark, Reason};
pub use share::{Share, ShareProblem};
pub use sums::Sums;
pub use times::Times;
pub use timetable::{PlannedLecture, Timetable};
pub use turnout::Amount;
pub use validate::{PolicyFault, PolicyFaultKind};
