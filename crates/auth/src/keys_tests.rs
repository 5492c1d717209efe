use super::*;

fn parse(text: &str) -> Result<SigningKeys, KeysError> {
    SigningKeys::parse(&text.into())
}

/// The key pair of RFC 8032, 7.1, test 1.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

#[test]
fn keys_read_back_as_they_were_written() {
    let mut keys = SigningKeys::generate();
    keys.trust(SigningKeys::generate().verifying()).unwrap();

    let read = SigningKeys::parse(&keys.to_text()).unwrap();
    assert_eq!(read.verifying(), keys.verifying());
    assert_eq!(read.to_text().expose_secret(), keys.to_text().expose_secret());
    assert_eq!(VerifyingKeys::parse(&keys.verifying().to_text()).as_ref(), Ok(keys.verifying()));
}

#[test]
fn the_text_form_stays_what_deployed_secrets_have() {
    let keys = parse(&format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}"}}}}"#)).unwrap();
    insta::assert_snapshot!(keys.to_text().expose_secret(), @r#"{"signing":{"kid":"k1","seed":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},"verifying":{"k1":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#);
    insta::assert_snapshot!(keys.verifying().to_text(), @r#"{"verifying":{"k1":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#);
}

#[test]
fn a_passphrase_always_makes_the_same_key_and_another_one_another() {
    let one = parse("TestTestTestTestTestTestTestTest").unwrap();
    insta::assert_snapshot!(one.verifying().to_text(), @r#"{"verifying":{"2RijxKzgKzHUE3je":"A7a2K-3Uxv58ifxooxCeg5voDMVENDNSiSO5QSAA_is"}}"#);
    let other = parse("TestTestTestTestTestTestTestTesT").unwrap();
    assert_ne!(one.kid(), other.kid());
    assert!(one.verifying().knows(one.kid()) && !one.verifying().knows(other.kid()));
}

#[test]
fn a_text_that_is_no_key_is_refused_with_what_is_wrong() {
    let form = KeysError::Form { expected: SIGNING_FORM };
    for (text, error) in [
        (String::new(), KeysError::Passphrase),
        ("a".repeat(31), KeysError::Passphrase),
        ("correct horse battery staple, thirty-two".to_owned(), KeysError::Passphrase),
        ("{}".to_owned(), form.clone()),
        (format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}","alg":"none"}}}}"#), form.clone()),
        (format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}","seed":"{SEED}"}}}}"#), form.clone()),
        (
            format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}"}},"jku":"https://evil.example"}}"#),
            form.clone(),
        ),
        (format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}"}}}} x"#), form),
        (format!(r#"{{"signing":{{"kid":"k1","seed":"{}"}}}}"#, &SEED[..42]), KeysError::Seed),
        (format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}="}}}}"#), KeysError::Seed),
        (format!(r#"{{"signing":{{"kid":"","seed":"{SEED}"}}}}"#), KeysError::Name),
        (format!(r#"{{"signing":{{"kid":"../k","seed":"{SEED}"}}}}"#), KeysError::Name),
        (
            format!(r#"{{"signing":{{"kid":"{}","seed":"{SEED}"}}}}"#, "k".repeat(65)),
            KeysError::Name,
        ),
    ] {
        assert_eq!(parse(&text).err(), Some(error), "{text}");
    }
}

#[test]
fn a_public_key_that_would_accept_forgeries_is_refused() {
    let identity = encoding::encode([[1].as_slice(), &[0; 31]].concat());
    let zero = encoding::encode([0; 32]);
    let off_the_curve = encoding::encode([[2].as_slice(), &[0; 31]].concat());
    for key in [identity.as_str(), &zero, &off_the_curve, "", "AAAA", &PUBLIC[..42]] {
        let text = format!(r#"{{"verifying":{{"k1":"{key}"}}}}"#);
        assert_eq!(
            VerifyingKeys::parse(&text),
            Err(KeysError::Public { kid: "k1".to_owned() }),
            "{key}"
        );
    }
}

#[test]
fn one_name_never_means_two_keys() {
    let other = encoding::encode(SigningKeys::generate().key.verifying_key().as_bytes());
    let conflict = Some(KeysError::Conflict { kid: "k1".to_owned() });

    let text =
        format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}"}},"verifying":{{"k1":"{other}"}}}}"#);
    assert_eq!(parse(&text).err(), conflict);

    let mut keys = parse(&format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}"}}}}"#)).unwrap();
    let others = VerifyingKeys::parse(&format!(r#"{{"verifying":{{"k1":"{other}"}}}}"#)).unwrap();
    assert_eq!(keys.trust(&others).err(), conflict);
}

#[test]
fn a_verifier_refuses_to_hold_a_private_key() {
    let text = SigningKeys::generate().to_text();
    assert_eq!(
        VerifyingKeys::parse(text.expose_secret()),
        Err(KeysError::Form { expected: VERIFYING_FORM })
    );
}

#[test]
fn neither_debug_nor_an_error_shows_the_seed() {
    let text = format!(r#"{{"signing":{{"kid":"k1","seed":"{SEED}"}}}}"#);
    let keys = parse(&text).unwrap();
    let raw = format!("{:?}", keys.key.as_bytes());
    for shown in [format!("{keys:?}"), format!("{keys:#?}"), format!("{:?}", keys.to_text())] {
        assert!(!shown.contains(SEED) && !shown.contains(&raw), "{shown}");
    }

    let broken = text.replace("kid", "kids");
    let error = parse(&broken).unwrap_err();
    assert!(!format!("{error:?} {error}").contains(SEED), "{error:?}");
}
