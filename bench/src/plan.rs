//! How much of everything is measured.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How long a load is listened to.
    pub window: Duration,
    /// How long each number of clients posts.
    pub posting: Duration,
    /// Tasks from their POST to their first event: scripted, and of Claude Code.
    pub first_events: (u32, u32),
    /// Cold starts of each function.
    pub cold_starts: u32,
    /// Supervisors that are killed.
    pub kills: u32,
    /// Times that the whole server is killed.
    pub restarts: u32,
    /// Tasks that are called off in each state.
    pub cancels: u32,
    /// Whether calls are also counted where each post finds that it has forgotten who follows.
    pub slow_posts: bool,
}

impl Plan {
    pub(crate) const FULL: Self = Self {
        window: Duration::from_secs(20),
        posting: Duration::from_secs(8),
        first_events: (30, 3),
        cold_starts: 20,
        kills: 5,
        restarts: 5,
        cancels: 5,
        slow_posts: true,
    };

    /// Shows that everything works; its numbers mean little.
    pub(crate) const QUICK: Self = Self {
        window: Duration::from_secs(2),
        posting: Duration::from_secs(1),
        first_events: (3, 1),
        cold_starts: 3,
        kills: 1,
        restarts: 1,
        cancels: 1,
        slow_posts: false,
    };
}
