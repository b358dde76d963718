//! Numbers on axes.

/// A count as a length.
pub(crate) fn length(count: u64) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a picture shows about three digits")]
    let length = count as f32;
    length
}

/// A place in a list as a length.
pub(crate) fn place(index: usize) -> f32 {
    length(u64::try_from(index).unwrap_or(u64::MAX))
}

/// The counts at an axis that reaches `max`: from 0, at most six of them, in steps of 1, 2 or 5 and zeros.
pub(crate) fn ticks(max: u64) -> Vec<u64> {
    let max = max.max(1);
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            let steps = max.div_ceil(step);
            if steps <= 5 {
                return (0..=steps).map(|number| number.saturating_mul(step)).collect();
            }
        }
        power = power.saturating_mul(10);
    }
}

/// A count for people: `12,345`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A part of a whole for people, in whole percent, rounded half up; empty where there is no whole.
pub(crate) fn whole_percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    format!("{}%", (part * 200 + whole) / (whole * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_reach_what_they_must_in_round_steps() {
        assert_eq!(ticks(0), [0, 1]);
        assert_eq!(ticks(1), [0, 1]);
        assert_eq!(ticks(7), [0, 2, 4, 6, 8]);
        assert_eq!(ticks(100), [0, 20, 40, 60, 80, 100]);
        assert_eq!(ticks(1_234), [0, 500, 1_000, 1_500]);
        assert_eq!(ticks(u64::MAX).last(), Some(&u64::MAX));
        for max in 1..3_000 {
            let ticks = ticks(max);
            assert!(ticks.len() <= 6 && *ticks.last().unwrap() >= max, "{max}");
        }
    }

    #[test]
    fn counts_and_parts_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(whole_percent(5, 6), "83%");
        assert_eq!(whole_percent(1, 200), "1%");
        assert_eq!(whole_percent(0, 0), "");
    }
}
