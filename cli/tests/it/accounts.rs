use std::{fs, os::unix::fs::PermissionsExt as _};

use jiff::Timestamp;

use crate::{
    errand::{Errand, finish},
    service::{Service, task},
};

#[tokio::test]
async fn signing_in_keeps_the_tokens_for_the_user_only() {
    let service = Service::start().await;
    let errand = Errand::signed_out(&service.url);
    let ran = errand.sign_in().await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout, format!("a@example.org (member) at {}/\n", service.url));
    let file = errand.path(".config/errand/credentials.toml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&file).unwrap().contains("refresh-0"));

    assert_eq!(errand.run("whoami").await.code, 0);
    let ran = errand.run("logout").await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "Signed out.\n"));
    assert_eq!(service.requests("POST /v1/auth/logout").len(), 1);
    assert!(!file.exists());
    assert_eq!(errand.run("whoami").await.code, 4);
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_how_to() {
    let service = Service::start().await;
    let ran = Errand::signed_out(&service.url).run("list").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""));
    let expected = format!(
        "error: you are not signed in at {}/\n  → Sign in with `errand login`, or set ERRAND_TOKEN to an API key.\n",
        service.url
    );
    assert_eq!(ran.stderr, expected);
    assert!(service.world().requests.is_empty());
}

#[tokio::test]
async fn a_wrong_password_keeps_nothing() {
    let service = Service::start().await;
    let errand = Errand::signed_out(&service.url);
    let ran = errand.run_with_input("login --email a@example.org --password-stdin", "wrong").await;
    assert_eq!(ran.code, 4);
    insta::assert_snapshot!(ran.stderr, @r"
    error: The credentials are not right
      → Check the e-mail address and the password.
    ");
    assert!(!errand.path(".config/errand/credentials.toml").exists());
}

#[tokio::test]
async fn a_token_about_to_end_is_renewed_before_it_is_used() {
    let service = Service::start().await;
    service.world().access_lifetime_s = 5;
    let errand = Errand::signed_out(&service.url);
    assert_eq!(errand.sign_in().await.code, 0);
    // `login` itself asked who it is, and so renewed already.
    assert_eq!(service.world().refreshes, 1);
    assert_eq!(errand.run("whoami").await.code, 0);
    assert_eq!(service.world().refreshes, 1);
}

#[tokio::test]
async fn many_at_once_renew_a_refused_token_once() {
    let service = Service::start().await;
    let errand = Errand::signed_out(&service.url);
    assert_eq!(errand.sign_in().await.code, 0);
    service.world().access = "another".to_owned();
    let mut calls: Vec<_> = (0..6).map(|_| errand.command(["whoami"]).spawn().unwrap()).collect();
    for call in calls.drain(..) {
        let ran = finish(call).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    assert_eq!(service.world().refreshes, 1);
    let file = fs::read_to_string(errand.path(".config/errand/credentials.toml")).unwrap();
    assert!(file.contains("refresh-1"), "{file}");
}

#[tokio::test]
async fn a_sign_in_that_has_ended_says_so_and_is_forgotten() {
    let service = Service::start().await;
    let errand = Errand::signed_out(&service.url);
    assert_eq!(errand.sign_in().await.code, 0);
    {
        let mut world = service.world();
        world.access = "another".to_owned();
        world.refresh = "another".to_owned();
    }
    let ran = errand.run("whoami").await;
    assert_eq!(ran.code, 4);
    assert!(ran.stderr.starts_with("error: your sign-in has ended\n"), "{}", ran.stderr);
    assert!(!errand.path(".config/errand/credentials.toml").exists());
}

#[tokio::test]
async fn the_tokens_of_one_service_are_not_shown_to_another() {
    let [ours, other] = [Service::start().await, Service::start().await];
    let errand = Errand::signed_out(&ours.url);
    assert_eq!(errand.sign_in().await.code, 0);
    let ran = errand.args(["--url", &other.url, "whoami"]).await;
    assert_eq!(ran.code, 4);
    assert!(other.world().requests.is_empty());
}

#[tokio::test]
async fn a_sign_in_is_the_default_address() {
    let service = Service::start().await;
    let errand = Errand::signed_out(&service.url);
    assert_eq!(errand.sign_in().await.code, 0);
    let child = errand.command(["whoami"]).env_remove("ERRAND_URL").spawn().unwrap();
    let ran = finish(child).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[tokio::test]
async fn the_secret_of_a_key_is_the_whole_answer() {
    let service = Service::start().await;
    let errand = Errand::with_key(&service);
    #[expect(clippy::disallowed_methods, reason = "the binary under test asks the same clock")]
    let before = Timestamp::now();
    let ran = errand.run("keys create ci --expires-in 90d").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "errand_sk_shown_once\n"));
    let seen = &service.requests("POST /v1/keys")[0].body;
    let end: Timestamp = seen["expires_at"].as_str().unwrap().parse().unwrap();
    let days = end.duration_since(before).as_secs() / 86_400;
    assert_eq!((&seen["name"], days), (&"ci".into(), 90));
    let ran = errand.run("keys revoke key_00000000000000000000000000000001").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "Revoked.\n"));
}

#[tokio::test]
async fn a_key_never_shows_in_an_error_or_in_help() {
    let service = Service::start().await;
    service.world().tasks.push(task(1));
    let errand = Errand::signed_out(&service.url);
    for line in ["whoami", "--help", "list --json"] {
        let child = errand.command(line.split(' ')).env("ERRAND_TOKEN", "SECRET").spawn().unwrap();
        let ran = finish(child).await;
        assert!(!ran.stdout.contains("SECRET") && !ran.stderr.contains("SECRET"), "{ran:?}");
    }
}
