use std::ffi::OsString;

use secrecy::ExposeSecret as _;

use super::*;

/// Programs that are there on every machine, so that the rest can be looked at.
const PROGRAMS: [(&str, &str); 2] =
    [("ERRAND_SUPERVISOR", "/bin/sh"), ("ERRAND_WRAPPER", r#"["python3","-m","errand_wrapper"]"#)];

fn read(variables: &[(&str, &str)], file: Option<&str>) -> Result<Settings, SettingsError> {
    let variables = PROGRAMS.iter().chain(variables);
    let variables = variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Settings::from_parts(variables, file)
}

fn refusal(variables: &[(&str, &str)], file: Option<&str>) -> String {
    read(variables, file).expect_err("should be refused").to_string()
}

#[test]
fn nothing_needs_to_be_set() {
    let settings = read(&[("PATH", "/bin"), ("ERRAND_URL", "x"), ("ERRAND_TOKEN", "x")], None);
    let settings = settings.unwrap();
    assert_eq!((settings.host.to_string().as_str(), settings.port), ("127.0.0.1", 4100));
    assert_eq!(settings.data, PathBuf::from(".errand"));
    assert_eq!(settings.admin_email, "admin@localhost");
    assert!(settings.admin_password.is_none() && settings.model_key.is_none());
    assert_eq!((settings.max_running, settings.user_max_running), (4, 4));
    assert!(!settings.local_repositories);
    assert_eq!(settings.wrapper, ["python3", "-m", "errand_wrapper"]);
}

#[test]
fn every_setting_is_read_from_the_environment_and_from_the_file() {
    let file = r#"
        host = "0.0.0.0"
        port = 0
        data = "/var/lib/errand"
        admin_email = "ada@example.org"
        admin_password = "correct horse"
        max_running = 9
        user_max_running = 3
        anthropic_api_key = "sk-ant-1"
        anthropic_base_url = "https://models.example.org/"
        allow_local_repositories = true
        supervisor = "/bin/sh"
        wrapper = ["python3"]
        log = "debug"
        lease_ms = 900
        start_timeout_ms = 901
        cancel_grace_ms = 902
        stop_timeout_ms = 903
        tick_ms = 904
        ring_visibility_ms = 905
        socket_idle_ms = 906
        socket_life_ms = 907
    "#;
    let variables: Vec<(String, String)> = file
        .lines()
        .filter_map(|line| line.trim().split_once(" = "))
        .map(|(name, value)| (variable_of(name), value.trim_matches('"').to_owned()))
        .collect();
    let variables: Vec<_> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let of_file = Settings::from_parts([], Some(file)).unwrap();
    let of_variables = read(&variables, None).unwrap();
    let shown = |settings: &Settings| {
        let secrets = [&settings.admin_password, &settings.model_key];
        let secrets = secrets.map(|s| s.as_ref().map(|s| s.expose_secret().to_owned()));
        format!("{settings:?} {secrets:?}")
    };
    assert_eq!(shown(&of_file), shown(&of_variables));
    assert_eq!((of_file.port, of_file.max_running, of_file.user_max_running), (0, 9, 3));
    assert_eq!(of_file.timing.socket_life, Duration::from_millis(907));
    assert_eq!(of_file.model_url.as_deref(), Some("https://models.example.org"));
    assert!(of_file.local_repositories);
}

fn variable_of(name: &str) -> String {
    let name = name.to_uppercase();
    if name.starts_with("ANTHROPIC") { name } else { format!("ERRAND_{name}") }
}

#[test]
fn the_environment_wins_over_the_file() {
    let settings = read(&[("ERRAND_PORT", "1234")], Some("port = 4321\nmax_running = 7")).unwrap();
    assert_eq!((settings.port, settings.max_running), (1234, 7));
}

#[test]
fn an_empty_variable_is_not_set() {
    let settings = read(&[("ERRAND_PORT", ""), ("ANTHROPIC_API_KEY", "")], None).unwrap();
    assert_eq!(settings.port, 4100);
    assert!(settings.model_key.is_none());
}

#[test]
fn a_wrong_value_is_refused_by_name_and_never_shown() {
    for (variable, value, expected) in [
        ("ERRAND_HOST", "localhost", "an IP address"),
        ("ERRAND_PORT", "65536", "a port"),
        ("ERRAND_PORT", "-1", "a port"),
        ("ERRAND_PORT", "http", "a port"),
        ("ERRAND_ADMIN_EMAIL", "admin", "an e-mail address"),
        ("ERRAND_ADMIN_EMAIL", "a b@example.org", "an e-mail address"),
        ("ERRAND_ADMIN_PASSWORD", "secret!", "8 characters"),
        ("ERRAND_ADMIN_PASSWORD", "password123", "tried first"),
        ("ERRAND_MAX_RUNNING", "0", "1 to 1000"),
        ("ERRAND_MAX_RUNNING", "many", "1 to 1000"),
        ("ERRAND_USER_MAX_RUNNING", "1001", "1 to 1000"),
        ("ANTHROPIC_API_KEY", "two words", "a key"),
        ("ANTHROPIC_BASE_URL", "api.example.org", "http://"),
        ("ANTHROPIC_BASE_URL", "ftp://api.example.org", "http://"),
        ("ERRAND_ALLOW_LOCAL_REPOSITORIES", "maybe", "true or false"),
        ("ERRAND_SUPERVISOR", "/nowhere/supervisor", "a program that exists"),
        ("ERRAND_WRAPPER", "python3 -m errand_wrapper", "a JSON array"),
        ("ERRAND_WRAPPER", "[]", "a JSON array"),
        ("ERRAND_LOG", "=,=", "RUST_LOG"),
        ("ERRAND_LEASE_MS", "0", "milliseconds"),
        ("ERRAND_TICK_MS", "1s", "milliseconds"),
    ] {
        let refusal = refusal(&[(variable, value)], None);
        assert!(refusal.starts_with(&format!("{variable} must be ")), "{refusal}");
        assert!(refusal.contains(expected), "{refusal}");
        assert!(!refusal.contains(value) || value.len() < 4, "{refusal}");
    }
}

#[test]
fn a_value_of_the_wrong_type_in_the_file_is_refused() {
    for (line, label) in [
        ("port = \"high\"", "`port` in errand.toml must be a port"),
        ("port = 1.5", "`port` in errand.toml must be a port"),
        ("data = 7", "`data` in errand.toml must be a directory"),
        ("allow_local_repositories = 1", "`allow_local_repositories` in errand.toml must be true"),
        ("wrapper = [1]", "`wrapper` in errand.toml must be a JSON array"),
    ] {
        let file =
            Settings::from_parts([("ERRAND_SUPERVISOR".into(), "/bin/sh".into())], Some(line));
        let refusal = file.expect_err(line).to_string();
        assert!(refusal.contains(label), "{refusal}");
    }
}

#[test]
fn an_unknown_setting_is_refused_by_name() {
    let refusal = refusal(&[("ERRAND_PROT", "4100")], Some("prot = 4100\n[server]\nport = 1"));
    let lines: Vec<_> = refusal.lines().map(|line| line.split(';').next().unwrap()).collect();
    assert_eq!(lines, ["ERRAND_PROT is not a setting", "`server` in errand.toml is not a setting"]);
    assert!(refusal.contains("ERRAND_PORT") && refusal.contains("ANTHROPIC_API_KEY"));
}

#[test]
fn every_fault_is_named_at_once() {
    let refusal =
        refusal(&[("ERRAND_PORT", "x"), ("ERRAND_TICK_MS", "x"), ("ERRAND_X", "x")], None);
    assert_eq!(refusal.lines().count(), 3, "{refusal}");
}

#[test]
fn a_file_that_is_not_toml_is_refused_by_line_and_not_quoted() {
    let refusal = refusal(&[], Some("port = 1\nadmin_password = hunter22\n"));
    assert!(refusal.starts_with("errand.toml is not TOML: line 2:"), "{refusal}");
    assert!(!refusal.contains("hunter22"), "{refusal}");
}
