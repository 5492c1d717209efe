//! `errand login`, `logout` and `whoami`.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use domain::view::MeView;
use secrecy::{ExposeSecret as _, SecretString};

use super::Context;
use crate::{
    args::LoginArgs,
    client::Client,
    clock,
    error::{Error, Result},
    output::line::{BOLD, Line, YELLOW},
    storage::Credentials,
};

/// More than any password; keeps a mistaken pipe from filling the memory.
const MAX_PASSWORD_BYTES: u64 = 64 * 1024;

pub(crate) async fn login(context: &Context, args: LoginArgs) -> Result<()> {
    let url = context.client.url();
    if url.scheme() == "http" && !is_this_machine(url) {
        context.output.note(&Line::styled(
            YELLOW,
            "warning: this address is not encrypted; others on the way can read the password",
        ));
    }
    let email = match args.email {
        Some(email) => email,
        None => ask_email()?,
    };
    let password = if args.password_stdin { read_password()? } else { ask_password()? };
    let tokens = context.client.login(&email, password.expose_secret()).await?;
    let credentials = Credentials::new(url.to_string(), tokens, clock::now());
    context.storage.keep_credentials(&credentials)?;

    let client = Client::with_session(url.clone(), &context.storage, Some(credentials))?;
    let me = client.me().await?;
    Ok(context.output.answer(&me, || vec![introduction(&me, url.as_str())])?)
}

pub(crate) async fn logout(context: &Context) -> Result<()> {
    if context.storage.credentials()?.is_none() {
        context.output.note(&Line::plain("Nobody was signed in."));
        return Ok(());
    }
    let answer = context.client.logout().await;
    // Whatever the service says: from here on nobody is signed in on this machine.
    context.storage.forget_credentials()?;
    match answer {
        Ok(()) | Err(Error::NotSignedIn { .. }) => {
            context.output.note(&Line::plain("Signed out."));
            Ok(())
        }
        Err(error) => {
            context.output.note(&Line::styled(
                YELLOW,
                "Signed out here; the service does not know of it yet:",
            ));
            Err(error)
        }
    }
}

pub(crate) async fn whoami(context: &Context) -> Result<()> {
    let me = context.client.me().await?;
    let url = context.client.url().as_str();
    Ok(context.output.answer(&me, || vec![introduction(&me, url)])?)
}

fn introduction(me: &MeView, url: &str) -> Line {
    let by = if me.key.is_some() { " by an API key" } else { "" };
    Line::styled(BOLD, &me.email).and(&format!(" ({}) at {url}{by}", me.role))
}

fn ask_email() -> Result<String> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(Error::Usage("without a terminal, give --email".to_owned()));
    }
    write!(io::stderr(), "E-mail: ")?;
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn ask_password() -> Result<SecretString> {
    if !io::stdin().is_terminal() {
        return Err(Error::Usage("without a terminal, give --password-stdin".to_owned()));
    }
    Ok(rpassword::prompt_password("Password: ")?.into())
}

fn read_password() -> Result<SecretString> {
    let mut text = String::new();
    io::stdin().lock().take(MAX_PASSWORD_BYTES).read_to_string(&mut text)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).into())
}

fn is_this_machine(url: &reqwest::Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}
