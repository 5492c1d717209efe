//! An implementation that is not ours, with its own idea of what a token is.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use secrecy::ExposeSecret as _;

use super::*;

/// The key as PKCS#8, which is all that `jsonwebtoken` takes: a fixed head, then the seed.
fn pkcs8(keys: &SigningKeys) -> Vec<u8> {
    let text: Value = serde_json::from_str(keys.to_text().expose_secret()).unwrap();
    let seed = encoding::decode(text["signing"]["seed"].as_str().unwrap()).unwrap();
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    [head.as_slice(), &seed].concat()
}

fn public(keys: &SigningKeys) -> Vec<u8> {
    keys.verifying().get(keys.kid()).unwrap().as_bytes().to_vec()
}

fn jwt_header(keys: &SigningKeys, algorithm: Algorithm) -> jsonwebtoken::Header {
    let mut header = jsonwebtoken::Header::new(algorithm);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(keys.kid().to_owned());
    header
}

#[test]
fn that_our_tokens_are_good() {
    let keys = SigningKeys::generate();
    let token = access::sign(&keys, &access_claims(), at(NOW));
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["errand-api"]);
    validation.set_issuer(&["errand"]);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    // It would ask the clock.
    validation.validate_exp = false;
    let read = jsonwebtoken::decode::<access::Claims>(
        token.expose_secret(),
        &DecodingKey::from_ed_der(&public(&keys)),
        &validation,
    );
    assert_eq!(read.unwrap().claims, access_claims());
}

#[test]
fn on_what_we_take() {
    let keys = SigningKeys::generate();
    let key = EncodingKey::from_ed_der(&pkcs8(&keys));
    let token =
        jsonwebtoken::encode(&jwt_header(&keys, Algorithm::EdDSA), &payload(), &key).unwrap();
    assert_eq!(check(&keys, &token), Ok(access_claims()));
}

#[test]
fn and_the_public_key_is_no_shared_secret() {
    let keys = SigningKeys::generate();
    let key = EncodingKey::from_secret(&public(&keys));
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let token = jsonwebtoken::encode(&jwt_header(&keys, algorithm), &payload(), &key).unwrap();
        assert_eq!(check(&keys, &token), Err(TokenError::Invalid), "{algorithm:?}");
    }
}
