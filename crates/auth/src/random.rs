//! The one place that asks for randomness.

/// Bytes that nobody can guess.
#[expect(
    clippy::expect_used,
    reason = "without randomness no secret may be made, and nothing else helps"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}
