use std::process::Output;

use tokio::process::Command;

use crate::server::{Place, Server};

async fn refusal(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    assert_eq!(status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&stdout), "");
    String::from_utf8(stderr).unwrap()
}

#[tokio::test]
async fn a_wrong_setting_is_refused_by_name() {
    let place = Place::new();
    let said =
        refusal(place.command().env("ERRAND_PORT", "many").env("ERRAND_MAX_RUNNING", "0")).await;
    assert!(said.contains("ERRAND_PORT must be a port, 0 to 65535"), "{said}");
    assert!(said.contains("ERRAND_MAX_RUNNING must be a whole number, 1 to 1000"), "{said}");
    assert!(!place.path("data").exists());
}

#[tokio::test]
async fn help_names_every_setting_and_starts_nothing() {
    let place = Place::new();
    let help = place.command().arg("--help").output().await.unwrap();
    assert_eq!(help.status.code(), Some(0));
    let help = String::from_utf8(help.stdout).unwrap();
    let refused = refusal(place.command().env("ERRAND_NONE", "1")).await;
    let known = refused.trim().rsplit("there are ").next().unwrap().split(", ");
    let for_people = known.filter(|name| !name.ends_with("_MS"));
    let unnamed: Vec<_> = for_people.filter(|name| !help.contains(&format!("  {name} "))).collect();
    assert_eq!(unnamed, Vec::<&str>::new());
    let odd = place.command().arg("up").output().await.unwrap();
    assert_eq!(odd.status.code(), Some(2));
    assert!(!place.path("data").exists());
}

#[tokio::test]
async fn the_file_in_the_working_directory_is_read() {
    let place = Place::new();
    std::fs::write(place.path("errand.toml"), "max_runing = 2").unwrap();
    let said = refusal(&mut place.command()).await;
    assert!(said.contains("`max_runing` in errand.toml is not a setting"), "{said}");
}

#[tokio::test]
async fn f70_a_second_server_on_the_same_data_is_refused() {
    let place = Place::new();
    let first = place.start().await;
    let said = refusal(&mut place.command()).await;
    assert!(said.contains("another server uses ") && said.contains("ERRAND_DATA"), "{said}");
    assert!(first.admin().await.get("/v1/me").await["email"].is_string());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let place = Place::new();
    let first = place.start().await;
    let port = first.url.rsplit(':').next().unwrap();
    let mut second = place.command();
    let said =
        refusal(second.env("ERRAND_DATA", place.path("other")).env("ERRAND_PORT", port)).await;
    assert!(said.contains(&format!("ERRAND_PORT {port} cannot be used")), "{said}");
}

#[tokio::test]
async fn a_password_is_made_and_printed_once() {
    let place = Place::new();
    let mut first = Server::ready(&mut place.command()).await;
    let password =
        first.said.split("password ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(password.len() >= 16, "{password}");
    first.sign_in("admin@localhost", &password).await.unwrap();
    assert_eq!(first.sign_in("admin@localhost", "something else").await, Err(401));
    first.signal(rustix::process::Signal::TERM);
    first.ended().await;

    let second = Server::ready(&mut place.command()).await;
    assert!(!second.said.contains(&password));
    assert!(second.said.contains("as admin@localhost, with the password of the first start"));
    second.sign_in("admin@localhost", &password).await.unwrap();
    let log = std::fs::read_to_string(place.path("data/logs/errand.log")).unwrap();
    assert!(!log.contains(&password));
}

#[tokio::test]
async fn the_banner_says_what_one_needs_to_know() {
    let place = Place::new();
    let server = place.start().await;
    let data = place.path("data").canonicalize().unwrap();
    let said = server.said.replace(&server.url, "URL").replace(data.to_str().unwrap(), "DATA");
    let said = said.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let (before, link) = said.split_once("#link=").unwrap();
    let (token, after) = link.split_once("  ").unwrap();
    assert!(token.starts_with("errand_link_"), "{token}");
    let said = format!("{before}#link=LINK  {after}");
    // The client is named by its path if it was built already.
    let beside = std::path::Path::new(env!("CARGO_BIN_EXE_errand-local")).with_file_name("errand");
    let said = said.replace(beside.to_str().unwrap(), "errand");
    insta::assert_snapshot!(said, @r#"

    Errand VERSION, all on this machine

      address   URL
      open      URL/login#link=LINK  (signs in once, within 15 minutes)
      sign in   errand login --url URL --email admin@localhost
                as admin@localhost, with ERRAND_ADMIN_PASSWORD
      then      errand run "Say hello in a file" --watch
      model     DEMO MODEL: scripted answers, no real model. Set ANTHROPIC_API_KEY for a real one
      data      DATA
      sandbox   kept: an agent gets a cleared environment and a key of its own to the model; no process of a run outlives it
                NOT kept: there is no second user, so an agent runs as you: it can read what you can read, secrets included,
                          and reach every network that you can reach
      end       Ctrl-C; the next start goes on with what is under way

    ready at URL
    "#);
}
