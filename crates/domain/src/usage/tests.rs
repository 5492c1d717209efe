//! Properties of usage: whatever happened, however it is cut, the parts make the whole.

use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::event::Tokens;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Vienna",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
];

fn entry(at: i64, user: u128, (model, repository): (u8, u8), cost: u64) -> Entry {
    let run = EndedRun {
        took: Some(SignedDuration::from_millis(i64::try_from(cost).unwrap())),
        waited: Some(SignedDuration::from_secs(1)),
        usage: RunUsage {
            cost_usd_micros: cost,
            tokens: Tokens { input_tokens: cost * 2, output_tokens: 1, ..Tokens::default() },
            turns: 3,
        },
        state: [State::Succeeded, State::Failed, State::Canceled, State::Queued]
            [usize::try_from(cost % 4).unwrap()],
    };
    Entry {
        user: UserId::from_uuid(Uuid::from_u128(user)),
        quarter: Quarter::of(Timestamp::from_second(at).unwrap()),
        model: (model > 0).then(|| format!("model-{model}")),
        repository: (repository > 0).then(|| format!("example.org/{repository}")),
        sum: Sum::of_run(&run),
        costly: BTreeMap::from([(
            magnitude(cost),
            TaskId::from_uuid(Uuid::from_u128(cost.into())),
        )]),
    }
}

/// Two months around the ends of summer time, 2026.
fn history() -> impl Strategy<Value = Vec<Entry>> {
    let first = date(2026, 9, 15).to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
    let entry = (first..first + 60 * 86_400, 0_u128..40, (0_u8..4, 0_u8..30), 0_u64..5_000_000)
        .prop_map(|(at, user, kind, cost)| entry(at, user, kind, cost));
    prop::collection::vec(entry, 0..120)
}

fn answer(
    entries: &[Entry],
    zone_name: &str,
    days: (Date, Date),
    group_by: GroupBy,
) -> UsageReportView {
    let range = Range::new(days.0, days.1, zone(zone_name).unwrap()).unwrap();
    Question { range, group_by }.answer(entries)
}

/// What can be added up.
fn plain(totals: &UsageTotalsView) -> [u64; 11] {
    let tokens = &totals.tokens;
    [
        totals.tasks,
        totals.succeeded,
        totals.failed,
        totals.canceled,
        totals.runs,
        totals.cost_usd_micros,
        tokens.input_tokens,
        tokens.output_tokens,
        tokens.cache_read_tokens,
        tokens.cache_creation_tokens,
        totals.run_seconds,
    ]
}

fn total<'a>(parts: impl IntoIterator<Item = &'a UsageTotalsView>) -> [u64; 11] {
    let mut all = [0; 11];
    for part in parts {
        for (all, part) in all.iter_mut().zip(plain(part)) {
            *all += part;
        }
    }
    all
}

const ALL: (Date, Date) = (date(2026, 9, 1), date(2026, 11, 30));

proptest! {
    #[test]
    fn the_parts_of_a_range_make_the_whole(
        entries in history(), zone in prop::sample::select(&ZONES[..]),
        cuts in prop::collection::btree_set(1_i64..90, 0..6),
    ) {
        let whole = answer(&entries, zone, ALL, GroupBy::None);
        prop_assert_eq!(whole.totals.runs, entries.len() as u64, "nothing is lost, nothing twice");
        let day = |days: i64| ALL.0 + SignedDuration::from_hours(24 * days);
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().map(|cut| cut - 1).chain([90]);
        let parts: Vec<_> = starts
            .zip(ends)
            .map(|(from, to)| answer(&entries, zone, (day(from), day(to)), GroupBy::None).totals)
            .collect();
        prop_assert_eq!(total(&parts), plain(&whole.totals));
        prop_assert_eq!(total(whole.days.iter().map(|day| &day.totals)), plain(&whole.totals));
        prop_assert_eq!(whole.days.len(), 91);
    }

    #[test]
    fn groups_make_the_whole_and_on_each_day_the_day(
        entries in history(), zone in prop::sample::select(&ZONES[..]),
        by in prop::sample::select(&[GroupBy::Model, GroupBy::Repository, GroupBy::User][..]),
    ) {
        let told = answer(&entries, zone, ALL, by);
        prop_assert_eq!(total(told.groups.iter().map(|group| &group.totals)), plain(&told.totals));
        prop_assert!(told.groups.len() <= MAX_GROUPS + 1);
        for day in &told.days {
            prop_assert_eq!(total(day.groups.iter().map(|group| &group.totals)), plain(&day.totals));
        }
        for group in &told.groups {
            let of = |group: &str| -> Vec<UsageTotalsView> {
                let shares = told.days.iter().flat_map(|day| &day.groups);
                shares.filter(|share| share.key == group).map(|share| share.totals).collect()
            };
            prop_assert_eq!(total(&of(&group.key)), plain(&group.totals));
        }
    }

    #[test]
    fn every_moment_is_on_the_day_that_its_clock_shows(
        second in 1_700_000_000_i64..2_000_000_000, zone_name in prop::sample::select(&ZONES[..]),
    ) {
        let (at, zone) = (Timestamp::from_second(second).unwrap(), zone(zone_name).unwrap());
        let shown = at.to_zoned(zone.clone()).date();
        prop_assert_eq!(Quarter::of(at).date(&zone), shown);
        let range = Range::new(shown, shown, zone).unwrap();
        let read: Vec<_> = range.utc_days().collect();
        prop_assert!(read.contains(&at.to_zoned(TimeZone::UTC).date()), "{read:?}");
        prop_assert!(read.len() <= 3);
    }

    #[test]
    fn a_sum_reads_back_from_its_numbers(entries in history()) {
        let mut sum = Sum::default();
        for entry in &entries {
            sum.add(&entry.sum);
        }
        let numbers = sum.numbers();
        let read = numbers.iter().map(|(name, number)| (name.as_str(), *number));
        prop_assert_eq!(Sum::from_numbers(read.chain([("of_a_newer_version", 7)])), sum);
    }
}

#[test]
fn a_month_is_read_as_its_days_and_at_most_two_more() {
    let range = |name: &str| {
        let range = Range::new(date(2026, 11, 1), date(2026, 11, 30), zone(name).unwrap()).unwrap();
        let days: Vec<_> = range.utc_days().collect();
        format!("{} {} {}", days.len(), days[0], days[days.len() - 1])
    };
    assert_eq!(range("UTC"), "30 2026-11-01 2026-11-30");
    assert_eq!(range("Europe/Vienna"), "31 2026-10-31 2026-11-30");
    assert_eq!(range("America/New_York"), "31 2026-11-01 2026-12-01");
    assert_eq!(range("Asia/Kathmandu"), "31 2026-10-31 2026-11-30");
}

#[test]
fn the_rest_beyond_the_dearest_groups_is_one() {
    let entries: Vec<_> = (0..25).map(|n| entry(1_790_000_000, n, (0, 0), n as u64)).collect();
    let told = answer(&entries, "UTC", ALL, GroupBy::User);
    assert_eq!(told.groups.len(), MAX_GROUPS + 1);
    let (last, dearest) = (told.groups.last().unwrap(), &told.groups[0]);
    assert_eq!((last.key.as_str(), last.label.as_str(), last.totals.runs), (OTHER, "Others", 5));
    assert_eq!(dearest.totals.cost_usd_micros, 24);
    let models = answer(&entries, "UTC", ALL, GroupBy::Model).groups;
    assert_eq!((models[0].key.as_str(), models[0].label.as_str()), (NONE, "Default model"));
}

#[test]
fn the_dearest_tasks_come_by_magnitude() {
    let entries: Vec<_> =
        [5, 900, 40, 3_000_000].map(|cost| entry(1_790_000_000, 1, (0, 0), cost)).into();
    let range = Range::new(ALL.0, ALL.1, TimeZone::UTC).unwrap();
    let question = Question { range, group_by: GroupBy::None };
    let costs: Vec<_> =
        question.costly(&entries, 3).iter().map(|task| task.uuid().as_u128()).collect();
    assert_eq!(costs, [3_000_000, 900, 40]);
}

#[test]
fn a_range_has_an_order_and_an_end() {
    let range = |from, to| Range::new(from, to, TimeZone::UTC).map_err(|(field, _)| field);
    assert!(range(date(2026, 1, 1), date(2027, 1, 1)).is_ok(), "366 days");
    assert_eq!(range(date(2026, 1, 1), date(2027, 1, 2)), Err("to"));
    assert_eq!(range(date(2026, 1, 2), date(2026, 1, 1)), Err("to"));
    assert_eq!(range(Date::MIN, Date::MIN), Err("from"));
    assert_eq!(range(Date::MAX, Date::MAX), Err("from"));
    assert_eq!(range(Date::MIN, Date::MAX), Err("to"));
}

#[test]
fn a_zone_has_a_name_of_its_own() {
    assert_eq!(zone("europe/vienna").unwrap().iana_name(), Some("Europe/Vienna"));
    for name in ["", "Vienna", "+02:00", "../../etc/passwd", "UTC0", "Europe/Vienna\0"] {
        assert!(zone(name).is_err(), "{name:?}");
    }
}
