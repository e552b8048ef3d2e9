//! Cron patterns, compared with another library.

use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};
use hecate_om_grammar::attributes::{Errors, ScheduleArgs};
use hecate_om_grammar::cron::Pattern;

/// Items of fields, valid or not, with names and letters that some fields allow.
const ITEMS: [&str; 74] = [
    "*",
    "**",
    "*/1",
    "*/2",
    "*/0",
    "*/7",
    "*/12",
    "*/31",
    "*/60",
    "*/",
    "*/x",
    "*/2x",
    "*-3",
    "0",
    "1",
    "2",
    "5",
    "7",
    "8",
    "9",
    "12",
    "13",
    "23",
    "24",
    "29",
    "30",
    "31",
    "32",
    "59",
    "60",
    "00",
    "007",
    "300",
    "99999999999999999999999",
    "1-5",
    "5-1",
    "0-7",
    "1-",
    "-1",
    "1-5/2",
    "1-5/0",
    "1-5/9",
    "1-31",
    "3-59/7",
    "2/3",
    "7/7",
    "0/7",
    "1/31",
    "L",
    "LL",
    "5L",
    "0L",
    "L5",
    "15W",
    "1W",
    "31W",
    "32W",
    "W",
    "MON",
    "mon",
    "MONDAY",
    "SUN-TUE",
    "SAT-SUN",
    "TUE/2",
    "MONL",
    "MON#2",
    "5#5",
    "0#1",
    "5#0",
    "5#6",
    "5#2x",
    "JAN",
    "feb-Mar/2",
    "H",
];

fn check(pattern: &str) -> Result<(), String> {
    let mut errors = Errors::new();
    let literal = syn::LitStr::new(pattern, proc_macro2::Span::call_site());
    let read = ScheduleArgs::parse_cron(quote::quote!(#literal), &mut errors);
    let errors: Vec<String> = errors.into_iter().map(|error| error.to_string()).collect();
    assert_eq!(read.is_none(), !errors.is_empty(), "{pattern:?}");
    read.map(|_| ()).ok_or_else(|| errors.join("\n"))
}

/// Parses the pattern with the other library; `None` if it refuses it.
fn other(pattern: &str) -> Option<Crontab> {
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::UTC;
    let five = pattern.split_ascii_whitespace().count() == 5;
    parse_crontab_with(pattern, options).ok().filter(|_| five)
}

/// Returns the other library's next time, which it searches within four years.
fn next(pattern: &Crontab, second: u64) -> Option<u64> {
    let second = second.try_into().expect("the second is in range");
    let from = MakeTimestamp::from_second(second).expect("the second is in range");
    let next = pattern.find_next(from).ok()?.timestamp().as_second();
    Some(next.try_into().expect("the next time is after 1970"))
}

/// Compares both libraries. The other one does not find the last day of December.
#[track_caller]
fn same(pattern: &str) {
    let checked = check(pattern);
    let other = other(pattern);
    match (Pattern::parse(pattern), &other) {
        (Ok(own), Some(other)) => {
            assert_eq!(checked, Ok(()), "{pattern:?}");
            if pattern.contains('L') {
                return;
            }
            for second in [0, 951_782_340, 1_709_164_799, 1_735_603_140] {
                if let Some(expected) = next(other, second) {
                    assert_eq!(own.after(second), Some(expected), "{pattern:?} {second}");
                }
            }
        }
        (Err(_), Some(other)) => {
            assert!(checked.is_err(), "{pattern:?}");
            assert_eq!(next(other, 0), None, "{pattern:?}: {checked:?}");
        }
        (_, None) => assert!(checked.is_err(), "{pattern:?}"),
    }
}

#[test]
fn the_last_day_and_the_last_weekday_are_found_in_every_month() {
    let days = |pattern: &str, from: u64, count: usize| -> Vec<u64> {
        let pattern = Pattern::parse(pattern).unwrap();
        let times = std::iter::successors(pattern.after(from), |time| pattern.after(*time));
        times.take(count).map(|time| time / 86_400).collect()
    };
    // 2025-10-01, days since 1970-01-01
    const OCTOBER: u64 = 20_362;
    let from = OCTOBER * 86_400;
    let last_days = [30, 60, 91, 122, 150].map(|day| OCTOBER + day);
    assert_eq!(days("0 0 L * *", from, 5), last_days);
    // 31 October, 28 November and 26 December are the last Fridays.
    let last_fridays = [30, 58, 86].map(|day| OCTOBER + day);
    assert_eq!(days("0 0 * * 5L", from, 3), last_fridays);
    assert_eq!(
        days("0 0 L 12 *", from, 2),
        [OCTOBER + 91, OCTOBER + 91 + 365]
    );
}

#[test]
fn a_leap_day_is_found_across_a_century_without_one() {
    let leap_day = Pattern::parse("0 0 29 2 *").unwrap();
    // 2096-02-29 and 2104-02-29
    assert_eq!(leap_day.after(3_981_398_400), Some(4_233_686_400));
    // Some leap day is a Sunday.
    assert!(Pattern::parse("0 0 29 2 */7").is_ok());
}

#[test]
fn every_item_is_accepted_in_the_fields_that_take_it() {
    for item in ITEMS {
        for index in 0..5 {
            let placed = |item: &str| {
                let mut fields = ["*"; 5];
                fields[index] = item;
                same(&fields.join(" "));
            };
            placed(item);
            for second in ["3", "*", "L", "", "MON"] {
                placed(&format!("{item},{second}"));
            }
        }
    }
}

#[test]
fn days_of_the_month_and_of_the_week_narrow_each_other() {
    for day in [
        "*", "*/30", "*/31", "30", "31", "29", "L", "31W", "1W", "1-5", "30,31",
    ] {
        for month in ["*", "2", "4", "12", "FEB,APR", "2-11/9"] {
            for weekday in ["*", "*/7", "*/5", "MON", "0", "5#5", "MON#5", "6L", "SUN,3"] {
                same(&format!("0 0 {day} {month} {weekday}"));
                same(&format!("30 12 {day} {month} {weekday}"));
            }
        }
    }
}

#[test]
fn random_patterns_are_accepted_by_both_libraries_or_by_neither() {
    // The same patterns each time (xorshift).
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    const CHARACTERS: &[u8] = b"0123456789*/,-LW#MONjan \t";
    for _ in 0..20_000 {
        let fields: Vec<String> = (0..5)
            .map(|_| match next(4) {
                0 => "*".to_owned(),
                1 => format!("{},{}", ITEMS[next(ITEMS.len())], ITEMS[next(ITEMS.len())]),
                2 => (0..1 + next(6))
                    .map(|_| char::from(CHARACTERS[next(CHARACTERS.len())]))
                    .collect(),
                _ => ITEMS[next(ITEMS.len())].to_owned(),
            })
            .collect();
        same(&fields.join(["  ", " ", "\n"][next(3)]));
    }
}

#[test]
fn spaces_do_not_matter_and_other_characters_are_refused() {
    for pattern in [
        "",
        " ",
        "* * * *",
        "* * * * * *",
        "* * * * * UTC",
        "\t* *  * *\n* ",
        "\u{a0}* * * * *",
        "* * * * é",
        "é * * * *",
        "* * * é-3 *",
        "* * * * MON#é",
        "* * * JAé *",
    ] {
        same(pattern);
    }
}

#[test]
fn a_wrong_pattern_is_reported_with_the_field_and_its_allowed_values() {
    for (pattern, why) in [
        ("0 25 * * *", "the hour 25 is out of range: 0 to 23"),
        ("0 3 * * 5-1", "the range `5-1` ends before it starts"),
        ("0 3 * * SAT-SUN", "write `7` for the Sunday at its end"),
        ("0 3 * * L", "`5L` for the last Friday"),
        ("0 3 L-3 * *", "`L` for the last day"),
        ("0 3 * * MON#9", "write 1 to 5 after `#`"),
        (
            "*/0 3 * * *",
            "the step `0` of the minute is out of range: 1 to 59",
        ),
        (
            "noon 3 * * *",
            "`noon` is not a minute: write `*`, a number from 0 to 59",
        ),
        ("0 0 31 4 *", "matches no day"),
    ] {
        let error = check(pattern).unwrap_err();
        assert!(error.contains(why), "{pattern}: {error}");
    }
}
