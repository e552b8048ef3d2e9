//! Median, percentile, and growth of measured values.

use std::time::Duration;

/// Returns the median, the smallest and the largest value.
///
/// # Panics
///
/// If there are no values.
#[must_use]
pub fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_unstable_by(f64::total_cmp);
    Spread {
        median: values[values.len() / 2],
        min: values[0],
        max: values[values.len() - 1],
    }
}

/// Median of measured values, with their range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

/// Returns the percentile of durations; zero if there are none.
#[must_use]
pub fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or_default()
}

/// Returns the exponent of the power of `x` that fits the points `(x, y)` best: the slope of the
/// line through their logarithms, by least squares. 0 is constant, 1 is linear.
///
/// # Panics
///
/// If fewer than two points have different `x`.
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<_> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let (sum_x, sum_y) = logs
        .iter()
        .fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let covariance: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    assert!(variance > 0.0, "a growth needs two different sizes");
    covariance / variance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_is_the_power_of_the_growth() {
        let points = |power: i32| [1.0_f64, 10.0, 100.0].map(|x| (x, 3.0 * x.powi(power)));
        for power in 0..3 {
            let exponent = exponent(&points(power));
            assert!((exponent - f64::from(power)).abs() < 1e-9, "{exponent}");
        }
    }

    #[test]
    fn the_spread_is_the_median_and_the_range() {
        let Spread { median, min, max } = spread(vec![3.0, 1.0, 2.0, 9.0, 0.5]);
        assert_eq!((median, min, max), (2.0, 0.5, 9.0));
    }

    #[test]
    fn a_percentile_of_no_durations_is_zero() {
        let times: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(times, 99), Duration::from_millis(100));
        assert_eq!(percentile(Vec::new(), 99), Duration::ZERO);
    }
}
