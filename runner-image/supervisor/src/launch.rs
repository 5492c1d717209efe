//! How the wrapper is started: what it sees of the world, and what it is told first.

use domain::run::RunSpec;
use serde_json::{Map, Value, json};

use crate::{
    agent::{Graces, Launch},
    artifacts,
    proxy::Proxy,
    settings::Settings,
    wire,
    workspace::Layout,
};

/// What keeps Claude Code from talking to anybody but the model, and makes it tell what the wrapper needs.
const FLAGS: [(&str, &str); 5] = [
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_TELEMETRY", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
    ("DISABLE_ERROR_REPORTING", "1"),
    ("CLAUDE_CODE_MAX_RETRIES", "6"),
];

pub(crate) fn launch(
    settings: &Settings,
    spec: &RunSpec,
    layout: &Layout,
    proxy: &Proxy,
) -> Launch {
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let mut environment: Vec<(String, String)> = [
        ("PATH", settings.path.clone()),
        ("HOME", path(&layout.home)),
        ("CLAUDE_CONFIG_DIR", path(&layout.home.join(".claude"))),
        ("TMPDIR", path(&layout.tmp)),
        ("LANG", "C.UTF-8".to_owned()),
        ("PYTHONUNBUFFERED", "1".to_owned()),
        ("ANTHROPIC_BASE_URL", proxy.url.clone()),
        ("ANTHROPIC_API_KEY", proxy.phantom.clone()),
        ("ERRAND_RAW_LOG", path(&layout.out.join(artifacts::TRANSCRIPT))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    environment.extend(FLAGS.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if rustix::process::geteuid().is_root() {
        // Without it Claude Code refuses to work as root.
        environment.push(("IS_SANDBOX".to_owned(), "1".to_owned()));
    }
    Launch {
        command: settings.wrapper.clone(),
        directory: layout.workspace.clone(),
        environment,
        start: wire::start(&spec.prompt, &options(spec, layout)),
        graces: graces(settings),
    }
}

/// Whoever called the run off waits: asking and insisting take less than two thirds of the time that there is, and the
/// rest is for what is kept and told.
fn graces(settings: &Settings) -> Graces {
    let usual = settings.kill_grace;
    Graces { usual, prompt: usual.min(settings.cancel_limit.mul_f64(0.3)) }
}

fn options(spec: &RunSpec, layout: &Layout) -> Map<String, Value> {
    let mut options = Map::new();
    options.insert("cwd".to_owned(), layout.workspace.to_string_lossy().into());
    for (name, value) in [
        ("model", spec.model.as_ref().map(|model| json!(model))),
        ("max_turns", spec.max_turns.map(|turns| json!(turns))),
        ("max_budget_usd_micros", spec.budget_usd_micros.map(|budget| json!(budget))),
    ] {
        options.extend(value.map(|value| (name.to_owned(), value)));
    }
    options
}
