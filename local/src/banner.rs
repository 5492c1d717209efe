//! What whoever started the server gets to read.

use std::fmt::Write as _;

use secrecy::ExposeSecret as _;

use crate::{first_user::FirstUser, server::Server, settings::Settings};

/// The whole of it.
#[must_use]
pub fn text(server: &Server, settings: &Settings) -> String {
    let url = server.url();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<9} {value}");
    };
    line("address", &url);
    if let Some(link) = server.link() {
        line("open", &format!("{}  (signs in once, within 15 minutes)", link.expose_secret()));
    }
    let errand = client();
    line("sign in", &format!("{errand} login --url {url} --email {}", settings.admin_email));
    line("", &credentials(server.first_user(), &settings.admin_email));
    line("then", &format!("{errand} run \"Say hello in a file\" --watch"));
    line("model", &model(settings));
    line("data", &server.data().display().to_string());
    for (index, wall) in walls().iter().enumerate() {
        line(if index == 0 { "sandbox" } else { "" }, wall);
    }
    if !server.address().ip().is_loopback() {
        line("network", "open to other machines, without TLS: put a proxy in front of it");
    }
    line("end", "Ctrl-C; the next start goes on with what is under way");
    format!("\nErrand {}, all on this machine\n\n{text}", env!("CARGO_PKG_VERSION"))
}

/// The client as it is called from here: it lies beside this program, and seldom on the path.
fn client() -> String {
    let beside = std::env::current_exe().ok().map(|program| program.with_file_name("errand"));
    let Some(client) = beside.filter(|client| client.is_file()) else { return "errand".to_owned() };
    let here = std::env::current_dir().unwrap_or_default();
    client.strip_prefix(&here).unwrap_or(&client).display().to_string()
}

fn credentials(user: &FirstUser, email: &str) -> String {
    match user {
        FirstUser::Exists => format!("as {email}, with the password of the first start"),
        FirstUser::Made => format!("as {email}, with ERRAND_ADMIN_PASSWORD"),
        FirstUser::MadeWith(password) => {
            let password = password.expose_secret();
            format!("as {email}, password {password}  (shown this once)")
        }
    }
}

fn model(settings: &Settings) -> String {
    let Some(key) = &settings.model_key else {
        return "DEMO MODEL: scripted answers, no real model. Set ANTHROPIC_API_KEY for a real one"
            .to_owned();
    };
    // As many of a key's characters as its owner needs to know it by, and never most of a short one.
    let key = key.expose_secret();
    let tail = if key.len() >= 16 { &key[key.len() - 4..] } else { "" };
    let at = settings.model_url.as_deref().map(|url| format!(", at {url}")).unwrap_or_default();
    format!("live, with your key …{tail}{at}")
}

/// Which walls stand between an agent and the rest of this machine.
const fn walls() -> [&'static str; 3] {
    [
        "kept: an agent gets a cleared environment and a key of its own to the model; no process of a run outlives it",
        "NOT kept: there is no second user, so an agent runs as you: it can read what you can read, secrets included,",
        "          and reach every network that you can reach",
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_key(key: Option<&str>) -> String {
        let mut variables = vec![
            ("ERRAND_SUPERVISOR".into(), "/bin/sh".into()),
            ("ERRAND_WRAPPER".into(), r#"["true"]"#.into()),
        ];
        variables.extend(key.map(|key| ("ANTHROPIC_API_KEY".into(), key.into())));
        model(&Settings::from_parts(variables, None).unwrap())
    }

    #[test]
    fn nobody_mistakes_the_demo_model() {
        assert!(with_key(None).starts_with("DEMO MODEL"));
    }

    #[test]
    fn a_key_is_known_by_its_last_four_characters_at_most() {
        assert_eq!(with_key(Some("sk-ant-api03-abcdefgh")), "live, with your key …efgh");
        assert_eq!(with_key(Some("sk-short")), "live, with your key …");
    }
}
