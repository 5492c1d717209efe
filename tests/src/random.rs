//! Random numbers that can be had again: each seed is printed.

/// A sequence of random numbers (`SplitMix64`).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// A new sequence; `ERRAND_TEST_SEED` repeats an old one.
    #[must_use]
    pub fn new() -> Self {
        let given = std::env::var_os("ERRAND_TEST_SEED");
        let given = given.map(|seed| seed.to_str().and_then(|seed| seed.parse().ok()));
        let seed = match given {
            Some(seed) => seed.expect("ERRAND_TEST_SEED is a whole number"),
            None => getrandom::u64().expect("random bytes"),
        };
        eprintln!("random by ERRAND_TEST_SEED={seed}");
        Self(seed)
    }

    /// How often something is done that makes a test long: as often as `ERRAND_TEST_CYCLES` says, or a few times.
    #[must_use]
    pub fn cycles(few: u32) -> u32 {
        let given = std::env::var_os("ERRAND_TEST_CYCLES");
        given.and_then(|text| text.to_str()?.parse().ok()).unwrap_or(few)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}
