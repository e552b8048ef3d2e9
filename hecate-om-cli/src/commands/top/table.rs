//! Columns of the table, and the order of its rows.

use std::cmp::Ordering;
use std::time::Duration;

use super::row::Row;
use crate::terminal;

/// Column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Service,
    Status,
    Calls,
    P99,
    InFlight,
    Denied,
    Up,
    Version,
    Procedures,
    Node,
}

/// Columns in their order. A narrow screen leaves out the last columns.
pub(super) const COLUMNS: [Column; 10] = [
    Column::Service,
    Column::Status,
    Column::Calls,
    Column::P99,
    Column::InFlight,
    Column::Denied,
    Column::Up,
    Column::Version,
    Column::Procedures,
    Column::Node,
];

/// Order and scroll position of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) sort: Column,
    /// Whether the column's usual order is reversed.
    pub(super) reversed: bool,
    /// Number of rows above the screen.
    pub(super) scroll: usize,
}

impl Default for View {
    fn default() -> Self {
        Self {
            sort: Column::Service,
            reversed: false,
            scroll: 0,
        }
    }
}

impl Column {
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Service => "SERVICE",
            Self::Status => "STATUS",
            Self::Calls => "CALLS/S",
            Self::P99 => "P99",
            Self::InFlight => "RUNNING",
            Self::Denied => "DENIED/S",
            Self::Up => "UP",
            Self::Version => "VERSION",
            Self::Procedures => "PROCS",
            Self::Node => "NODE",
        }
    }

    /// Returns the width on a screen, in characters.
    pub(super) const fn width(self) -> u16 {
        match self {
            Self::Service => 24,
            Self::Status => 11,
            Self::Calls | Self::P99 | Self::InFlight | Self::Denied | Self::Up => 9,
            Self::Version => 10,
            Self::Procedures => 7,
            Self::Node => 12,
        }
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Calls | Self::P99 | Self::InFlight | Self::Denied | Self::Up | Self::Procedures
        )
    }

    pub(super) fn cell(self, row: &Row) -> String {
        let number = |value: Option<f64>| value.map(rate);
        let known = match self {
            Self::Service => Some(row.org.clone()),
            Self::Status => Some(match (row.ready, row.status.as_str()) {
                (Some(false), "ok") => "not ready".into(),
                (_, status) => status.to_owned(),
            }),
            Self::Calls => number(row.calls_per_s),
            Self::P99 => row.p99_ms.map(|ms| {
                if ms >= 1_000.0 {
                    format!("{:.1} s", ms / 1_000.0)
                } else {
                    format!("{ms:.1} ms")
                }
            }),
            Self::InFlight => row.in_flight.map(|n| format!("{n:.0}")),
            Self::Denied => number(row.denied_per_s),
            Self::Up => row.uptime_s.map(up),
            Self::Version => row.version.clone(),
            Self::Procedures => (row.procedures > 0).then(|| row.procedures.to_string()),
            Self::Node => row.node_id.as_ref().map(|id| id.chars().take(12).collect()),
        };
        known.unwrap_or_else(|| "-".into())
    }

    /// Returns the next column to sort by.
    pub(super) fn next(self) -> Self {
        let at = COLUMNS
            .iter()
            .position(|column| *column == self)
            .unwrap_or(0);
        COLUMNS[(at + 1) % COLUMNS.len()]
    }

    /// Compares rows: numbers in descending order, text in ascending order, unknown values last.
    fn compare(self, a: &Row, b: &Row) -> Ordering {
        let greatest_first = |of: fn(&Row) -> Option<f64>| {
            let key = |row| of(row).unwrap_or(f64::NEG_INFINITY);
            key(b).total_cmp(&key(a))
        };
        match self {
            Self::Service => a.org.cmp(&b.org),
            Self::Status => self.cell(a).cmp(&self.cell(b)),
            Self::Calls => greatest_first(|row| row.calls_per_s),
            Self::P99 => greatest_first(|row| row.p99_ms),
            Self::InFlight => greatest_first(|row| row.in_flight),
            Self::Denied => greatest_first(|row| row.denied_per_s),
            Self::Up => greatest_first(|row| row.uptime_s.map(|s| s as f64)),
            Self::Version => a.version.cmp(&b.version),
            Self::Procedures => greatest_first(|row| Some(row.procedures as f64)),
            Self::Node => a.node_id.cmp(&b.node_id),
        }
    }
}

/// Returns the rows in the order of the view.
pub(super) fn sorted(rows: &[Row], view: View) -> Vec<&Row> {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|a, b| {
        let order = view.sort.compare(a, b);
        let order = if view.reversed {
            order.reverse()
        } else {
            order
        };
        order
            .then_with(|| a.org.cmp(&b.org))
            .then_with(|| a.node_id.cmp(&b.node_id))
    });
    rows
}

/// Returns the columns that fit; the first one always does.
pub(super) fn fitting(width: u16) -> Vec<Column> {
    let mut remaining = width;
    COLUMNS
        .into_iter()
        .enumerate()
        .take_while(|(n, column)| {
            // Columns are separated by a space; the service's name may be cut to a third of its
            // width.
            let needed = match n {
                0 => column.width() / 3,
                _ => column.width() + 1,
            };
            let fits = *n == 0 || remaining >= needed;
            remaining = remaining.saturating_sub(needed);
            fits
        })
        .map(|(_, column)| column)
        .collect()
}

/// Formats all columns as text, without a limit on the width.
pub(super) fn plain(rows: &[Row], view: View) -> String {
    if rows.is_empty() {
        return "no service is on the mesh".into();
    }
    let mut lines = vec![COLUMNS.map(|column| column.title().to_owned()).to_vec()];
    for row in sorted(rows, view) {
        lines.push(COLUMNS.map(|column| column.cell(row)).to_vec());
    }
    terminal::table(&lines)
}

fn rate(per_second: f64) -> String {
    match per_second {
        n if n >= 1_000_000.0 => format!("{:.1}M", n / 1_000_000.0),
        n if n >= 10_000.0 => format!("{:.1}k", n / 1_000.0),
        n if n >= 100.0 => format!("{n:.0}"),
        n => format!("{n:.1}"),
    }
}

/// Formats a duration in its two largest units.
fn up(seconds: u64) -> String {
    let two = humantime::format_duration(Duration::from_secs(seconds)).to_string();
    two.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(org: &str, calls: Option<f64>) -> Row {
        Row {
            org: org.into(),
            calls_per_s: calls,
            ..Row::default()
        }
    }

    #[test]
    fn numbers_sort_the_greatest_first_and_the_unknown_last() {
        let rows = [
            row("c", None),
            row("b", Some(1.0)),
            row("a", Some(5.0)),
            row("d", Some(5.0)),
        ];
        let order = |view| -> Vec<String> {
            sorted(&rows, view)
                .iter()
                .map(|row| row.org.clone())
                .collect()
        };
        let view = View {
            sort: Column::Calls,
            ..View::default()
        };
        assert_eq!(order(View::default()), ["a", "b", "c", "d"]);
        assert_eq!(order(view), ["a", "d", "b", "c"]);
        let reversed = View {
            reversed: true,
            ..view
        };
        assert_eq!(order(reversed), ["c", "b", "a", "d"]);
    }

    #[test]
    fn a_narrow_screen_leaves_the_last_columns_out() {
        assert_eq!(fitting(0), [Column::Service]);
        assert_eq!(fitting(20), [Column::Service, Column::Status]);
        assert_eq!(fitting(200), COLUMNS);
        for width in 0..200 {
            assert!(fitting(width).len() <= fitting(width + 1).len());
        }
    }

    #[test]
    fn sorting_goes_round_the_columns() {
        let mut column = Column::Service;
        for _ in COLUMNS {
            column = column.next();
        }
        assert_eq!(column, Column::Service);
    }

    #[test]
    fn unknown_values_are_a_dash() {
        let text = plain(&[row("acme", Some(12_345.0))], View::default());
        let cells: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(cells, ["acme", "12.3k", "-", "-", "-", "-", "-", "-", "-"]);
    }
}
