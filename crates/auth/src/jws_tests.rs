use domain::id::{FamilyId, TaskId, UserId};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{Role, access, run_token};

#[path = "jws_by_hand_tests.rs"]
mod by_hand;

const NOW: i64 = 1_800_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn access_claims() -> access::Claims {
    access::Claims {
        user: UserId::from_uuid(Uuid::from_u128(1)),
        family: FamilyId::from_uuid(Uuid::from_u128(2)),
        role: Role::Member,
        session_version: 3,
    }
}

fn run_claims() -> run_token::Claims {
    run_token::Claims {
        task: TaskId::from_uuid(Uuid::from_u128(4)),
        attempt: 2,
        owner: UserId::from_uuid(Uuid::from_u128(1)),
    }
}

/// The private key, as no product code is handed it.
fn by_hand(keys: &SigningKeys) -> SigningKey {
    let text: Value = serde_json::from_str(keys.to_text().expose_secret()).unwrap();
    let seed = encoding::decode_array(text["signing"]["seed"].as_str().unwrap()).unwrap();
    SigningKey::from_bytes(&seed)
}

/// A token with any header and any payload, signed as ours are. Whoever can do this has the key; the point is that each
/// check stands on its own.
fn forge(keys: &SigningKeys, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encoding::encode(header), encoding::encode(payload));
    let signature = encoding::encode(by_hand(keys).sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

fn header(keys: &SigningKeys) -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": keys.kid() })
}

fn payload() -> Value {
    json!({
        "iss": "errand", "aud": "errand-api", "iat": NOW, "nbf": NOW, "exp": NOW + 600, "jti": "AAAA",
        "sub": access_claims().user, "sid": access_claims().family, "role": "member", "sv": 3,
    })
}

fn check(keys: &SigningKeys, token: &str) -> Result<access::Claims, TokenError> {
    access::verify(keys.verifying(), token, at(NOW))
}

fn with(object: &Value, name: &str, value: Value) -> String {
    let mut object = object.clone();
    object[name] = value;
    object.to_string()
}

fn without(object: &Value, name: &str) -> String {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove(name).expect("it is there to be taken away");
    object.to_string()
}

#[test]
fn a_token_says_what_was_signed() {
    let keys = SigningKeys::generate();
    let token = access::sign(&keys, &access_claims(), at(NOW));
    assert_eq!(check(&keys, token.expose_secret()), Ok(access_claims()));
    assert_eq!(access_claims().caller().user, access_claims().user);

    let token = run_token::sign(&keys, &run_claims(), at(NOW), at(NOW + 3600));
    assert_eq!(
        run_token::verify(keys.verifying(), token.expose_secret(), at(NOW + 3600)),
        Ok(run_claims())
    );
}

#[test]
fn the_form_of_the_tokens() {
    let keys = SigningKeys::parse(
        &format!(r#"{{"signing":{{"kid":"k1","seed":"{}"}}}}"#, encoding::encode([7; 32])).into(),
    )
    .unwrap();
    let open = |token: SecretString| {
        let parts: Vec<_> =
            token.expose_secret().split('.').map(|part| encoding::decode(part).unwrap()).collect();
        let mut payload: Value = serde_json::from_slice(&parts[1]).unwrap();
        payload["jti"] = "(16 random bytes)".into();
        format!("{}\n{payload:#}", String::from_utf8_lossy(&parts[0]))
    };
    insta::assert_snapshot!(open(access::sign(&keys, &access_claims(), at(NOW))), @r#"
    {"typ":"at+jwt","alg":"EdDSA","kid":"k1"}
    {
      "iss": "errand",
      "aud": "errand-api",
      "iat": 1800000000,
      "nbf": 1800000000,
      "exp": 1800000600,
      "jti": "(16 random bytes)",
      "sub": "user_00000000000000000000000000000001",
      "sid": "login_00000000000000000000000000000002",
      "role": "member",
      "sv": 3
    }
    "#);
    insta::assert_snapshot!(open(run_token::sign(&keys, &run_claims(), at(NOW), at(NOW + 3600))), @r#"
    {"typ":"run+jwt","alg":"EdDSA","kid":"k1"}
    {
      "iss": "errand",
      "aud": "errand-run",
      "iat": 1800000000,
      "nbf": 1800000000,
      "exp": 1800003600,
      "jti": "(16 random bytes)",
      "sub": "task_00000000000000000000000000000004",
      "attempt": 2,
      "own": "user_00000000000000000000000000000001"
    }
    "#);
}

#[test]
fn a_token_holds_for_ten_minutes_and_clocks_may_differ_by_half_a_minute() {
    let keys = SigningKeys::generate();
    let token = access::sign(&keys, &access_claims(), at(NOW));
    for (second, answer) in [
        (NOW - 31, Err(TokenError::Invalid)),
        (NOW - 30, Ok(access_claims())),
        (NOW, Ok(access_claims())),
        (NOW + 629, Ok(access_claims())),
        (NOW + 630, Err(TokenError::Expired)),
        (NOW + 1_000_000, Err(TokenError::Expired)),
    ] {
        assert_eq!(
            access::verify(keys.verifying(), token.expose_secret(), at(second)),
            answer,
            "{}",
            second - NOW
        );
    }
}

#[test]
fn a_forged_token_is_good_only_if_nothing_is_wrong_with_it() {
    let keys = SigningKeys::generate();
    let token = forge(&keys, &header(&keys).to_string(), &payload().to_string());
    assert_eq!(check(&keys, &token), Ok(access_claims()));
    // The fields of tomorrow: a new signer and an old verifier live side by side during a deploy.
    let token =
        forge(&keys, &header(&keys).to_string(), &with(&payload(), "new_claim", json!({"a": 1})));
    assert_eq!(check(&keys, &token), Ok(access_claims()));
}

#[test]
fn a_header_that_says_anything_else_is_refused() {
    let keys = SigningKeys::generate();
    let good = header(&keys);
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encoding::encode([7; 32]) });
    let mut headers = vec![
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
        json!(["EdDSA", "at+jwt", keys.kid()]).to_string(),
        format!("{good}{good}"),
        format!("{good} x"),
        good.to_string().replacen('{', r#"{"alg":"none","#, 1),
        good.to_string().replacen('{', r#"{"kid":"other","#, 1),
        good.to_string().replacen('{', r#"{"typ":"at+jwt","#, 1),
    ];
    headers.extend(["alg", "typ", "kid"].map(|name| without(&good, name)));
    for (name, values) in [
        (
            "alg",
            &[
                "none", "None", "NONE", "", "EdDSA ", "eddsa", "Ed25519", "HS256", "ES256",
                "RS256", "dir",
            ][..],
        ),
        ("typ", &["JWT", "run+jwt", "ws+jwt", "at+JWT", "application/at+jwt", "at+jwt ", ""]),
        (
            "kid",
            &[
                "",
                "../../dev/null",
                "/dev/null",
                "' OR 1=1",
                "https://evil.example/k",
                "\0",
                "%00",
                "__proto__",
                "*",
            ],
        ),
    ] {
        headers.extend(values.iter().map(|value| with(&good, name, json!(value))));
        headers.extend(
            [json!(null), json!(1), json!(["EdDSA"]), json!({})]
                .map(|value| with(&good, name, value)),
        );
    }
    for (name, value) in [
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/chain")),
        ("x5c", json!(["AAAA"])),
        ("jwk", jwk),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("ALG", json!("none")),
    ] {
        headers.push(with(&good, name, value));
        // Also one that says nothing was put there by somebody else.
        headers.push(with(&good, name, json!(null)));
    }
    for header in headers {
        let token = forge(&keys, &header, &payload().to_string());
        assert_eq!(check(&keys, &token), Err(TokenError::Invalid), "{header}");
    }
}

#[test]
fn claims_that_are_missing_mistyped_or_of_another_are_refused() {
    let keys = SigningKeys::generate();
    let good = payload();
    let mut payloads = vec![
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        format!("{good}{good}"),
        json!([good]).to_string(),
    ];
    for name in ["iss", "aud", "iat", "nbf", "exp", "jti", "sub", "sid", "role", "sv"] {
        payloads.push(without(&good, name));
        payloads.push(with(&good, name, json!(null)));
        payloads.push(with(&good, name, json!([good[name]])));
        payloads.push(with(&good, name, json!({ "value": good[name] })));
        // Twice, even with the same value: two readers could each take another one.
        payloads.push(good.to_string().replacen('{', &format!(r#"{{"{name}":{},"#, good[name]), 1));
    }
    for name in ["iat", "nbf", "exp", "sv"] {
        payloads.push(with(&good, name, json!("9999999999")));
        payloads.push(with(&good, name, json!(9_999_999_999.0)));
        payloads.push(with(&good, name, json!(true)));
        payloads.push(with(&good, name, json!(1e300)));
    }
    for (name, value) in [
        ("iss", json!("errand ")),
        ("iss", json!("https://evil.example")),
        ("aud", json!("errand-run")),
        ("aud", json!("")),
        ("aud", json!(["errand-api", "errand-run"])),
        ("nbf", json!(NOW + 31)),
        ("iat", json!(NOW + 31)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(i64::MIN)),
        ("exp", json!(u64::MAX)),
        ("sub", json!("")),
        ("sub", json!("admin")),
        ("sub", json!("user_1")),
        ("sub", json!("task_00000000000000000000000000000001")),
        ("sub", json!("user_00000000000000000000000000000001 ")),
        ("sid", json!("user_00000000000000000000000000000001")),
        ("role", json!("root")),
        ("role", json!("Admin")),
        ("sv", json!(-1)),
    ] {
        payloads.push(with(&good, name, value));
    }
    for payload in payloads {
        let token = forge(&keys, &header(&keys).to_string(), &payload);
        assert_eq!(check(&keys, &token), Err(TokenError::Invalid), "{payload}");
    }

    for exp in [NOW - 30, 0, -1] {
        let token = forge(&keys, &header(&keys).to_string(), &with(&good, "exp", json!(exp)));
        assert_eq!(check(&keys, &token), Err(TokenError::Expired), "exp {exp}");
    }
}

#[test]
fn a_token_of_one_kind_is_never_taken_for_another() {
    let keys = SigningKeys::generate();
    let access = access::sign(&keys, &access_claims(), at(NOW));
    let run = run_token::sign(&keys, &run_claims(), at(NOW), at(NOW + 3600));
    assert_eq!(check(&keys, run.expose_secret()), Err(TokenError::Invalid));
    let as_run = run_token::verify(keys.verifying(), access.expose_secret(), at(NOW));
    assert_eq!(as_run, Err(TokenError::Invalid));

    // And neither the type nor the audience alone is what keeps them apart.
    let run_header = with(&header(&keys), "typ", json!("run+jwt"));
    let run_payload = json!({ "sub": run_claims().task, "attempt": 2, "own": run_claims().owner, "sid": access_claims().family });
    let mut both = payload();
    both.as_object_mut().unwrap().extend(run_payload.as_object().unwrap().clone());
    let token = forge(&keys, &run_header, &both.to_string());
    assert_eq!(run_token::verify(keys.verifying(), &token, at(NOW)), Err(TokenError::Invalid));
    both["aud"] = json!("errand-run");
    let token = forge(&keys, &run_header, &both.to_string());
    assert_eq!(run_token::verify(keys.verifying(), &token, at(NOW)), Ok(run_claims()));
}

#[test]
fn a_run_token_with_a_strange_attempt_is_refused() {
    let keys = SigningKeys::generate();
    let header = with(&header(&keys), "typ", json!("run+jwt"));
    let mut good = payload();
    good["aud"] = json!("errand-run");
    good["sub"] = json!(run_claims().task);
    good["own"] = json!(run_claims().owner);
    for attempt in
        [json!(null), json!(-1), json!("2"), json!(2.0), json!(4_294_967_296_u64), json!([2])]
    {
        let token = forge(&keys, &header, &with(&good, "attempt", attempt.clone()));
        assert_eq!(
            run_token::verify(keys.verifying(), &token, at(NOW)),
            Err(TokenError::Invalid),
            "{attempt}"
        );
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let keys = SigningKeys::generate();
    let good = access::sign(&keys, &access_claims(), at(NOW));
    let good = good.expose_secret();
    let (message, signature) = good.rsplit_once('.').unwrap();
    for token in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        message.to_owned(),
        format!("{message}."),
        format!("{message}..{signature}"),
        format!("{good}.{signature}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{message}.{}", &signature[..85]),
        format!("{message}.{signature}AA"),
        format!("{message}.{}", encoding::encode([0; 64])),
        "a".repeat(10_000_000),
        format!("{}.{}.{}", "a".repeat(700), "a".repeat(700), "a".repeat(700)),
    ] {
        assert_eq!(
            check(&keys, &token),
            Err(TokenError::Invalid),
            "{}",
            &token[..token.len().min(80)]
        );
    }
}

#[test]
fn no_character_of_a_token_can_be_changed() {
    let keys = SigningKeys::generate();
    let good = access::sign(&keys, &access_claims(), at(NOW)).expose_secret().to_owned();
    for place in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(check(&keys, &changed), Err(TokenError::Invalid), "at {place}");
    }
}

/// Ed25519 has signatures that a lenient verifier takes in a second spelling: s + L.
#[test]
fn a_signature_has_one_spelling() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let keys = SigningKeys::generate();
    let good = access::sign(&keys, &access_claims(), at(NOW));
    let (message, signature) = good.expose_secret().rsplit_once('.').unwrap();
    let mut signature = encoding::decode(signature).unwrap();
    let mut carry = 0;
    for (digit, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*digit) + u16::from(add) + carry;
        *digit = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let token = format!("{message}.{}", encoding::encode(signature));
    assert_eq!(check(&keys, &token), Err(TokenError::Invalid));
}

#[test]
fn a_key_counts_as_long_as_it_is_trusted_and_only_under_its_own_name() {
    let old = SigningKeys::generate();
    let mut new = SigningKeys::generate();
    let token = access::sign(&old, &access_claims(), at(NOW));
    assert_eq!(check(&new, token.expose_secret()), Err(TokenError::Invalid));
    new.trust(old.verifying()).unwrap();
    assert_eq!(check(&new, token.expose_secret()), Ok(access_claims()));

    // Signed by a trusted key, under the name of another trusted key.
    let token = forge(&old, &header(&new).to_string(), &payload().to_string());
    assert_eq!(check(&new, &token), Err(TokenError::Invalid));
}
