use std::time::Duration;

use clap::CommandFactory as _;
use domain::id::TaskId;
use proptest::prelude::*;

use super::{
    values::{money, seconds, service_url},
    *,
};

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn money_is_typed_in_dollars_and_sent_in_millionths() {
    for (text, micros) in [
        ("1.50", 1_500_000),
        ("$2", 2_000_000),
        ("0.01", 10_000),
        ("0.000001", 1),
        ("10000", 10_000_000_000),
    ] {
        assert_eq!(money(text), Ok(micros), "{text}");
    }
    for bad in [
        "",
        "$",
        "1.",
        ".5",
        "-1",
        "+1",
        "1,50",
        "1.5e3",
        "0.0000001",
        "1 ",
        "NaN",
        "99999999999999",
    ] {
        assert!(money(bad).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn no_cent_gets_lost(micros in 0..u64::MAX / 2) {
        let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        prop_assert_eq!(money(&text), Ok(micros));
    }
}

#[test]
fn a_duration_is_whole_seconds_in_any_unit() {
    for (text, wanted) in
        [("30m", 1_800), ("1h 30m", 5_400), ("90", 90), ("90s", 90), ("1day", 86_400)]
    {
        assert_eq!(seconds(text), Ok(wanted), "{text}");
    }
    for bad in ["", "m", "-3s", "500ms", "soon", "30 parsecs"] {
        assert!(seconds(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn not_before_is_a_time_or_a_while_from_now() {
    let now: jiff::Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let resolve = |text: &str| text.parse::<NotBefore>().unwrap().resolve(now).unwrap().to_string();
    assert_eq!(resolve("+10m"), "2030-01-01T00:10:00Z");
    assert_eq!(resolve("2030-06-01T09:00:00+02:00"), "2030-06-01T07:00:00Z");
    assert_eq!("+2s".parse(), Ok(NotBefore::In(Duration::from_secs(2))));
    for bad in ["", "+", "10m", "tomorrow", "2030-01-01", "+-3m"] {
        assert!(bad.parse::<NotBefore>().is_err(), "{bad:?}");
    }
}

#[test]
fn a_task_is_named_by_id_by_its_beginning_or_as_the_last() {
    let id: TaskId = "task_0199aabbccddeeff0011223344556677".parse().unwrap();
    assert_eq!("task_0199aabbccddeeff0011223344556677".parse(), Ok(TaskRef::Id(id)));
    assert_eq!("0199aabbccddeeff0011223344556677".parse(), Ok(TaskRef::Id(id)));
    assert_eq!("0199AAbb".parse(), Ok(TaskRef::Prefix("0199aabb".to_owned())));
    assert_eq!("task_0199aa".parse(), Ok(TaskRef::Prefix("0199aa".to_owned())));
    assert_eq!("@last".parse(), Ok(TaskRef::Last));
    for bad in [
        "",
        "task_",
        "0199a",
        "nonsense",
        "@first",
        "../0199aabb",
        "user_0199aabb",
        &"0".repeat(33),
    ] {
        assert!(bad.parse::<TaskRef>().is_err(), "{bad:?}");
    }
}

#[test]
fn an_address_carries_nothing_but_the_address() {
    assert!(service_url("http://127.0.0.1:4100").is_ok());
    assert!(service_url("https://errand.example/stage").is_ok());
    for bad in [
        "",
        "localhost:4100",
        "ftp://x",
        "https://user:pw@x",
        "https://x?y",
        "https://x#y",
        "http://",
    ] {
        assert!(service_url(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn every_state_can_be_listed() {
    for state in State::ALL {
        let cli = parse(&format!("errand list --state {state}")).unwrap();
        let Command::List(list) = cli.command else { panic!("{:?}", cli.command) };
        assert_eq!(list.state, Some(state));
    }
}

#[test]
fn q_is_the_search_of_list_and_quiet_everywhere_else() {
    let cli = parse("errand list -q login").unwrap();
    let Command::List(list) = cli.command else { panic!("{:?}", cli.command) };
    assert_eq!(list.search.as_deref(), Some("login"));
    assert!(!cli.global.quiet);
    assert!(parse("errand -q list").unwrap().global.quiet);
    assert!(parse("errand list --quiet").unwrap().global.quiet);
    assert!(parse("errand run -q prompt").unwrap().global.quiet);
}

#[test]
fn up_passes_everything_on() {
    let cli = parse("errand up --port 5000 --help").unwrap();
    let Command::Up { arguments } = cli.command else { panic!("{:?}", cli.command) };
    assert_eq!(arguments, ["--port", "5000", "--help"]);
}

#[test]
fn contradictions_are_usage_errors() {
    for line in [
        "errand",
        "errand run",
        "errand run x --ref main",
        "errand run x --budget much",
        "errand run x --priority highest",
        "errand list --limit 0",
        "errand list --limit 3 --all",
        "errand list --state done",
        "errand artifacts @last -o x",
        "errand artifacts @last --all --get x",
        "errand show",
        "errand show 12",
        "errand --color loud health",
        "errand --url nowhere health",
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}
