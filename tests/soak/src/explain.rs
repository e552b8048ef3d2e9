//! What histories and logs say of broken promises, for a reader who has only the output of a run.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::history::{Histories, Record};
use crate::judge::Violation;

/// Maximum number of explained calls, and of printed lines of each.
const MAX_CALLS: usize = 8;
const MAX_CALL_LINES: usize = 20;

/// Maximum number of processes whose logs are printed, and of lines of each log.
const MAX_LOGS: usize = 6;
const MAX_LOG_LINES: usize = 25;

/// Maximum number of characters of a printed line.
const MAX_LINE: usize = 400;

/// Returns the events of the last round, all records of the calls that the violations name, and the
/// ends of the logs of the processes that they name or that ran these calls.
///
/// # Errors
///
/// If a history or a log cannot be read.
pub fn explain(
    folder: &Path,
    histories: &Histories,
    violations: &[Violation],
) -> io::Result<String> {
    let mut text = String::from("the last round:\n");
    last_round(histories, &mut text);
    let words: BTreeSet<&str> = violations.iter().flat_map(words).collect();
    let mut processes: BTreeSet<&str> = histories
        .processes()
        .map(|(process, _)| process)
        .filter(|process| words.contains(process))
        .collect();
    let calls = words.iter().filter(|word| word.contains(':'));
    for call in calls.take(MAX_CALLS) {
        let records = records_of(histories, call);
        if records.is_empty() {
            continue;
        }
        line(&mut text, &format!("call {call}:"));
        for (process, record) in records.iter().take(MAX_CALL_LINES) {
            processes.insert(process);
            line(&mut text, &format!("  {process}: {record}"));
        }
    }
    for process in processes.into_iter().take(MAX_LOGS) {
        let log = folder.join("logs").join(format!("{process}.log"));
        if log.exists() {
            line(&mut text, &format!("the end of {process}'s log:"));
            let log = std::fs::read(log)?;
            let log = String::from_utf8_lossy(&log);
            let lines: Vec<&str> = log.lines().collect();
            for last in &lines[lines.len().saturating_sub(MAX_LOG_LINES)..] {
                line(&mut text, &format!("  {last}"));
            }
        }
    }
    Ok(text)
}

/// Returns the parts of a violation's text that may be the id of a call or the name of a process.
fn words(violation: &Violation) -> impl Iterator<Item = &str> {
    let words = violation.text.split([' ', '(', ')', ',']);
    words.map(|word| word.trim_end_matches(':'))
}

/// Appends the faults, signals, exits and changes of readiness since the start of the last round.
fn last_round(histories: &Histories, text: &mut String) {
    let events = histories.processes().find(|(name, _)| *name == "events");
    let events = events.map_or(&[][..], |(_, events)| events);
    let is_start = |record: &Record| matches!(record, Record::Round { .. });
    let start = events.iter().rposition(|entry| is_start(&entry.record));
    for entry in &events[start.unwrap_or(0)..] {
        let is_measurement = matches!(
            entry.record,
            Record::Sample { .. } | Record::Slowness { .. }
        );
        if !is_measurement && let Ok(record) = serde_json::to_string(entry) {
            line(text, &format!("  {record}"));
        }
    }
}

/// Returns the records of a call, with the processes that wrote them, in the order of time.
fn records_of<'a>(histories: &'a Histories, call: &str) -> Vec<(&'a str, String)> {
    let key = format!("\"call\":\"{call}\"");
    let mut records = Vec::new();
    for (process, entries) in histories.processes() {
        for entry in entries {
            let Ok(record) = serde_json::to_string(entry) else {
                continue;
            };
            if record.contains(&key) {
                records.push((entry.at, process, record));
            }
        }
    }
    records.sort_by_key(|(at, _, _)| *at);
    let records = records.into_iter();
    records
        .map(|(_, process, record)| (process, record))
        .collect()
}

fn line(text: &mut String, line: &str) {
    let end = line.char_indices().nth(MAX_LINE);
    let line = end.map_or(line, |(end, _)| &line[..end]);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Entry;

    #[test]
    fn a_violation_is_explained_by_its_call_its_process_and_its_round() {
        let folder = std::env::temp_dir().join(format!("soak-explain-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("logs")).unwrap();
        let log: String = (0..100).map(|number| format!("line {number}\n")).collect();
        std::fs::write(folder.join("logs/alpha-1.1.log"), log).unwrap();
        let entry = |at, record| Entry { at, record };
        let round = |round| Record::Round {
            round,
            gentle: false,
        };
        let dropped = |call: &str| Record::Dropped {
            call: call.to_owned(),
        };
        let histories = Histories::of(&[
            (
                "alpha-1.1",
                vec![entry(5, dropped("c1.1:7")), entry(6, dropped("c1.1:70"))],
            ),
            (
                "events",
                vec![
                    entry(1, round(1)),
                    entry(4, round(2)),
                    entry(9, Record::Idle),
                ],
            ),
        ]);
        let violation = Violation {
            promise: "every_call_ends",
            text: "c1.1:7 (alpha/soak.add): still runs at alpha-1.1".to_owned(),
        };
        let text = explain(&folder, &histories, &[violation]).unwrap();
        assert!(
            text.contains("\"round\":2") && !text.contains("\"round\":1"),
            "{text}"
        );
        assert!(
            text.contains("alpha-1.1: {\"at\":5,") && !text.contains("\"at\":6"),
            "{text}"
        );
        assert!(
            text.contains("line 99") && !text.contains("line 70\n"),
            "{text}"
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
