//! Reports that were made before, and the tags by which clients name the ones that they have.
//!
//! What a report rests on has a version in the database: the revisions of its classes, how much is noted of them, and when a lecture
//! next begins or ends. A report is kept, and tagged, only where nothing is noted and every class is assessed; it is given
//! again only under the same version, which is read each time. So every node is right at once, whichever wrote.

use std::{
    any::Any,
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use madang_domain::{
    attendance::{
        TallyFilter,
        counters::{KeptClass, ScopeVersion},
    },
    certification::eligible::KeptCompletion,
    ids::{ClassId, CourseId},
};

use super::{ClassStats, Completions, CourseComparison, CourseStats, Overview, PeriodRange, PeriodStats};

/// So many reports are kept; beyond that all of them make room.
const MOST: usize = 1_000;

/// Which report.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ReportKey {
    Class(ClassId),
    Course(CourseId),
    Comparison(CourseId),
    Completions(TallyFilter),
    Overview,
    Periods(PeriodRange, TallyFilter),
}

/// A report with the tag under which clients know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tagged<T> {
    /// The report.
    pub report: T,
    /// Its tag, the same as long as the figures are; `None` while they may change at any moment.
    pub tag: Option<String>,
}

/// A report that says up to when it holds.
pub(super) trait Dated {
    /// Says that it holds up to this moment.
    fn date(&mut self, as_of: DateTime<Utc>);
}

macro_rules! dated {
    ($($report:ty),+ $(,)?) => {$(
        impl Dated for $report {
            fn date(&mut self, as_of: DateTime<Utc>) {
                self.as_of = as_of;
            }
        }
    )+};
}
dated!(ClassStats, CourseStats, PeriodStats, Completions, CourseComparison, Overview);

/// The version of what is told of classes; `None` where it is not settled.
pub(super) fn settled<'a>(
    classes: impl IntoIterator<Item = &'a KeptClass>,
    now: DateTime<Utc>,
) -> Option<String> {
    let mut text = String::new();
    for class in classes {
        class.kept.current(now)?;
        // Writing to a string can't fail.
        _ = write!(text, "{} {} {:?};", class.class_id, class.version, class.kept.holds_until);
    }
    Some(text)
}

/// The same, where it is told who may be certified as well.
pub(super) fn settled_completions(classes: &[KeptCompletion], now: DateTime<Utc>) -> Option<String> {
    let is_settled = classes.iter().all(|one| one.eligibles.current(now).is_some());
    settled(classes.iter().map(|one| &one.class), now).filter(|_| is_settled)
}

/// The version of what is told of many classes; `until` is a moment at which the report changes by itself.
pub(super) fn settled_scope(version: &ScopeVersion, until: Option<DateTime<Utc>>) -> Option<String> {
    let next = version.holds_until.into_iter().chain(until).min();
    version.is_settled.then(|| format!("{} {next:?}", version.text))
}

/// Keeps reports, or none where it is switched off.
#[derive(Clone, Default)]
pub(super) struct ReportCache(Option<Arc<Mutex<HashMap<ReportKey, Entry>>>>);

struct Entry {
    tag: String,
    report: Arc<dyn Any + Send + Sync>,
}

impl ReportCache {
    pub(super) fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// The report that was made under this version, dated now.
    pub(super) fn recall<T: Dated + Clone + 'static>(
        &self,
        key: &ReportKey,
        version: Option<&String>,
        now: DateTime<Utc>,
    ) -> Option<Tagged<T>> {
        let tag = tag(key, version?);
        let kept = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.get(key).filter(|entry| entry.tag == tag)?;
        let mut report = entry.report.downcast_ref::<T>()?.clone();
        report.date(now);
        Some(Tagged { report, tag: Some(tag) })
    }

    /// Keeps a report that was made under a version.
    pub(super) fn keep<T: Clone + Send + Sync + 'static>(
        &self,
        key: ReportKey,
        version: Option<&String>,
        report: T,
    ) -> Tagged<T> {
        let tag = version.map(|version| tag(&key, version));
        if let (Some(kept), Some(tag)) = (&self.0, &tag) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MOST {
                kept.clear();
            }
            kept.insert(key, Entry { tag: tag.clone(), report: Arc::new(report.clone()) });
        }
        Tagged { report, tag }
    }
}

/// The tag of a report under a version: 128 bits of FNV-1a, because nobody gains by making two alike.
fn tag(key: &ReportKey, version: &str) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in format!("{key:?}|{version}").bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}
