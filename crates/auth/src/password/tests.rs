use std::{num::NonZeroUsize, sync::mpsc};

use tokio::{sync::oneshot, task::JoinSet};

use super::*;

fn password(text: &str) -> Password {
    Password::parse(text.to_owned()).unwrap()
}

fn candidate(text: &str) -> Candidate {
    Candidate::parse(text.to_owned()).unwrap()
}

#[test]
fn a_password_that_may_not_be_had_is_refused_with_the_reason() {
    use PasswordError::{Nul, TooCommon, TooLong, TooShort};
    for (text, error) in [
        (String::new(), TooShort),
        ("1234567".to_owned(), TooShort),
        ("ééééééé".to_owned(), TooShort),
        ("x".repeat(1025), TooLong),
        ("é".repeat(513), TooLong),
        ("x".repeat(1024 * 1024), TooLong),
        ("correct\0horse".to_owned(), Nul),
        ("password".to_owned(), TooCommon),
        ("password1".to_owned(), TooCommon),
        ("PassWord1".to_owned(), TooCommon),
        ("Password123!".to_owned(), TooCommon),
        ("1q2w3e4r5t".to_owned(), TooCommon),
        ("qwertyuiop?!".to_owned(), TooCommon),
    ] {
        let shown: String = text.chars().take(20).collect();
        assert_eq!(Password::parse(text).err(), Some(error), "{shown:?}");
    }
}

#[test]
fn no_rule_says_which_characters_a_password_has() {
    for text in [
        "correct horse battery staple".to_owned(),
        "zvkqjxwp".to_owned(),
        "        ".to_owned(),
        "密码密码密码密码".to_owned(),
        "-- '; DROP TABLE".to_owned(),
        "x".repeat(64),
        "x".repeat(1024),
    ] {
        assert!(Password::parse(text.clone()).is_ok(), "{text:?}");
    }
}

#[test]
fn the_common_passwords_are_three_thousand_that_are_long_enough_to_be_tried() {
    assert_eq!(COMMON.len(), 3000);
    assert!(COMMON.iter().all(|word| word.len() >= MIN_CHARS && *word == word.to_lowercase()));
}

#[test]
fn a_login_with_a_megabyte_is_refused_before_it_is_hashed() {
    assert!(Candidate::parse("x".repeat(1024)).is_ok());
    assert_eq!(Candidate::parse("x".repeat(1025)).err(), Some(Invalid));
    assert_eq!(Candidate::parse("x".repeat(1024 * 1024)).err(), Some(Invalid));
}

#[test]
fn only_the_right_password_fits() {
    let right = format!("{}-a", "x".repeat(72));
    let phc = hash(&password(&right)).unwrap();
    assert_eq!(
        verify(&candidate(&right), &phc).unwrap(),
        Verdict { ok: true, needs_rehash: false }
    );

    for wrong in [
        String::new(),
        // Equal in the first 72 bytes, which is all that bcrypt would look at.
        format!("{}-b", "x".repeat(72)),
        "x".repeat(72),
        right.to_uppercase(),
        format!("{right} "),
        format!("{right}\0"),
        format!("{right}\0tail"),
    ] {
        let verdict = verify(&candidate(&wrong), &phc).unwrap();
        assert_eq!(verdict, Verdict { ok: false, needs_rehash: false }, "{wrong:?}");
    }
}

#[test]
fn the_same_password_never_has_the_same_hash() {
    let password = password("correct horse battery staple");
    assert_ne!(hash(&password).unwrap(), hash(&password).unwrap());
}

/// Made by the reference implementation in C.
const REFERENCE: &str = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0";
const REFERENCE_WEAKER: &str = "$argon2id$v=19$m=8192,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZg$U+tn3kTiB7+Imsrco6fAVHFQn+Kdrrfn38zbG2R3qgE";

#[test]
fn a_hash_of_the_reference_implementation_fits() {
    let phc = Phc::parse(REFERENCE).unwrap();
    let verdict = verify(&candidate("correct horse battery staple"), &phc).unwrap();
    assert_eq!(verdict, Verdict { ok: true, needs_rehash: false });
}

#[test]
fn a_hash_with_yesterdays_parameters_is_made_again_once_the_password_is_known() {
    let phc = Phc::parse(REFERENCE_WEAKER).unwrap();
    let right = verify(&candidate("correct horse battery staple"), &phc).unwrap();
    assert_eq!(right, Verdict { ok: true, needs_rehash: true });
    let wrong = verify(&candidate("correct horse battery stable"), &phc).unwrap();
    assert_eq!(wrong, Verdict { ok: false, needs_rehash: false });
}

#[test]
fn a_stored_hash_that_we_would_never_have_made_is_refused() {
    let with = |from: &str, to: &str| {
        let text = REFERENCE.replace(from, to);
        assert_ne!(text, REFERENCE, "{from} is not in the reference");
        text
    };
    for text in [
        String::new(),
        "x".repeat(100_000),
        "$2b$12$WApznUPhDubN0oeveSXHp.Rk0rqEqB7NEBkqBAVNDlyBZYcQH8kAu".to_owned(),
        with("m=19456", "m=4194304"),
        with("m=19456", "m=65537"),
        with("m=19456", "m=0"),
        with("m=19456", "m=-1"),
        with("m=19456", "m=99999999999"),
        with("t=2", "t=4294967295"),
        with("t=2", "t=9"),
        with("t=2", "t=0"),
        with("p=1", "p=16777215"),
        with("p=1", "p=5"),
        with("p=1", "p=0"),
        with("p=1", "p=1,p=1"),
        with("p=1", "p=1,x=1"),
        with("p=1", "p=1,keyid=AAAA"),
        with("argon2id", "argon2i"),
        with("argon2id", "argon2d"),
        with("argon2id", "scrypt"),
        with("v=19", "v=16"),
        with("$v=19", ""),
        with("MDEyMzQ1Njc4OWFiY2RlZg", "MDEyMzQ1Njc4OWE"),
        with("MDEyMzQ1Njc4OWFiY2RlZg$", ""),
        REFERENCE[..REFERENCE.len() - 22].to_owned(),
        REFERENCE[..REFERENCE.rfind('$').unwrap()].to_owned(),
        format!("{REFERENCE}$"),
        format!("{REFERENCE}$AAAA"),
        format!(" {REFERENCE}"),
    ] {
        assert_eq!(Phc::parse(&text).err(), Some(Invalid), "{:?}", &text[..text.len().min(200)]);
    }
}

#[test]
fn a_hash_reads_back_as_it_was_stored() {
    let json = format!("\"{REFERENCE}\"");
    let phc: Phc = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&phc).unwrap(), json);
}

#[test]
fn nobody_costs_what_anybody_costs_and_is_never_right() {
    let made = hash(&password("correct horse battery staple")).unwrap();
    let cost = |phc: &Phc| {
        let (salt, hash) = (phc.0.salt.unwrap(), phc.0.hash.unwrap());
        (phc.0.algorithm, phc.0.version, phc.0.params.clone(), salt.len(), hash.len())
    };
    assert_eq!(cost(&NOBODY), cost(&made));

    for text in ["", "nobody", "nobody nobody nobody"] {
        let verdict = verify_nobody(&candidate(text)).unwrap();
        assert_eq!(verdict, Verdict { ok: false, needs_rehash: false }, "{text:?}");
    }
}

#[test]
fn nothing_that_holds_a_password_shows_it() {
    let secret = "correct horse battery staple";
    let phc = Phc::parse(REFERENCE).unwrap();
    let hash = REFERENCE.rsplit('$').next().unwrap();
    for shown in [
        format!("{:?}", password(secret)),
        format!("{:?}", candidate(secret)),
        format!("{:?}", Some(&phc)),
        format!("{:?}", Password::parse("password1".to_owned()).unwrap_err()),
    ] {
        assert!(
            !shown.contains("correct") && !shown.contains("password1") && !shown.contains(hash),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn the_hasher_hashes_and_verifies() {
    let hasher = Hasher::new(NonZeroUsize::MIN);
    let phc = hasher.hash(password("correct horse battery staple")).await.unwrap();
    let right = candidate("correct horse battery staple");
    assert!(hasher.verify(right.clone(), Some(phc.clone())).await.unwrap().ok);
    assert!(!hasher.verify(candidate("wrong"), Some(phc)).await.unwrap().ok);
    assert!(!hasher.verify(right, None).await.unwrap().ok);
}

#[tokio::test]
async fn who_gives_up_waiting_makes_no_room_for_another() {
    let hasher = Hasher::new(NonZeroUsize::MIN);
    let (started, has_started) = oneshot::channel();
    let (go_on, wait) = mpsc::channel::<()>();

    let slow = hasher.run(move || {
        started.send(()).unwrap();
        Ok(wait.recv().is_err())
    });
    tokio::select! {
        _ = slow => panic!("it cannot have ended"),
        started = has_started => started.unwrap(),
    }

    assert_eq!(hasher.threads_free(), 0, "the thread still works");
    drop(go_on);
    assert!(hasher.run(|| Ok(true)).await.unwrap());
}

#[tokio::test]
async fn when_too_many_wait_the_next_is_told_so() {
    let hasher = Hasher::new(NonZeroUsize::MIN);
    let (go_on, wait) = mpsc::channel::<()>();
    let mut waiting = JoinSet::new();
    let first = hasher.clone();
    waiting.spawn(async move { first.run(move || Ok(wait.recv().is_err())).await });
    while hasher.places_free() > 0 {
        let hasher = hasher.clone();
        waiting.spawn(async move { hasher.run(|| Ok(true)).await });
        tokio::task::yield_now().await;
    }

    assert!(matches!(hasher.run(|| Ok(true)).await, Err(HashError::Busy)));

    drop(go_on);
    let done = waiting.join_all().await;
    assert_eq!(done.len(), 16);
    assert!(done.into_iter().all(|done| done.unwrap()));
}
