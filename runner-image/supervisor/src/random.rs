//! Names that nobody can guess, and jitter.

use anyhow::Context;

/// 24 random bytes in hexadecimal.
pub(crate) fn random_name() -> anyhow::Result<String> {
    let mut random = [0; 24];
    getrandom::fill(&mut random).context("no randomness")?;
    Ok(hex(&random))
}

/// Between 0 and 1.
pub(crate) fn random_fraction() -> f64 {
    // Without randomness every runner waits the whole time: slower, not wrong.
    getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
