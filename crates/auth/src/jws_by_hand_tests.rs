//! Tokens made and read by hand, as RFC 7515 and RFC 8032 tell, without the library that makes ours.

use ed25519_dalek::Signature;
use jsonwebtoken::{Algorithm, EncodingKey};

use super::*;

fn public(keys: &SigningKeys) -> VerifyingKey {
    by_hand(keys).verifying_key()
}

#[test]
fn a_token_of_ours_has_the_signature_that_ed25519_makes_of_its_text() {
    let keys = SigningKeys::generate();
    let token = access::sign(&keys, &access_claims(), at(NOW));
    let (message, signature) = token.expose_secret().rsplit_once('.').unwrap();

    let signature = Signature::from_bytes(&encoding::decode_array(signature).unwrap());
    assert_eq!(signature, by_hand(&keys).sign(message.as_bytes()));
    public(&keys).verify_strict(message.as_bytes(), &signature).unwrap();
}

/// The key pair of RFC 8037, appendix A.
#[test]
fn a_token_made_elsewhere_with_the_key_of_the_rfc_is_taken() {
    let text = r#"{"signing":{"kid":"k1","seed":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}}"#;
    let keys = SigningKeys::parse(&text.into()).unwrap();
    let token = concat!(
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIiwidHlwIjoiYXQrand0In0.",
        "eyJhdWQiOiJlcnJhbmQtYXBpIiwiZXhwIjoxODAwMDAwNjAwLCJpYXQiOjE4MDAwMDAwMDAsImlzcyI6ImVycmFuZC",
        "IsImp0aSI6IkFBQUEiLCJuYmYiOjE4MDAwMDAwMDAsInJvbGUiOiJtZW1iZXIiLCJzaWQiOiJsb2dpbl8wMDAwMDAw",
        "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMiIsInN1YiI6InVzZXJfMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD",
        "AwMDEiLCJzdiI6M30.",
        "f1E5LIDq1QvtjCTAbeJ3sFQUL8LzLeYoQvsFnzoJ1GSG3o5tYG8vQ2slNJOFohARGVNwri1G6wF_bEsJmah7Ag"
    );
    assert_eq!(check(&keys, token), Ok(access_claims()));
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let keys = SigningKeys::generate();
    let key = EncodingKey::from_secret(public(&keys).as_bytes());
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let mut header = jsonwebtoken::Header::new(algorithm);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(keys.kid().to_owned());
        let token = jsonwebtoken::encode(&header, &payload(), &key).unwrap();
        assert_eq!(check(&keys, &token), Err(TokenError::Invalid), "{algorithm:?}");
    }
}
