//! Hashing off the async threads, and no more at once than memory allows.

use std::{num::NonZeroUsize, sync::Arc};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    task,
};

use super::{Candidate, HashError, Password, Phc, Verdict};

/// How many may wait for each that is hashed: about half a second's worth.
const WAITING_PER_THREAD: usize = 15;

/// Hashes passwords: a few at once (each takes 19 MiB), a few more wait, and the others are told so at once.
#[derive(Clone, Debug)]
pub struct Hasher {
    /// Those who wait and those who are hashed.
    places: Arc<Semaphore>,
    threads: Arc<Semaphore>,
}

impl Hasher {
    /// A hasher that hashes `threads` passwords at once.
    #[must_use]
    pub fn new(threads: NonZeroUsize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(
                threads.get().saturating_mul(1 + WAITING_PER_THREAD).min(Semaphore::MAX_PERMITS),
            )),
            threads: Arc::new(Semaphore::new(threads.get().min(Semaphore::MAX_PERMITS))),
        }
    }

    /// [`super::hash`]
    pub async fn hash(&self, password: Password) -> Result<Phc, HashError> {
        self.run(move || super::hash(&password)).await
    }

    /// [`super::verify`] against the account's hash, or [`super::verify_nobody`] where there is no account.
    pub async fn verify(
        &self,
        candidate: Candidate,
        phc: Option<Phc>,
    ) -> Result<Verdict, HashError> {
        self.run(move || match phc {
            Some(phc) => super::verify(&candidate, &phc),
            None => super::verify_nobody(&candidate),
        })
        .await
    }

    /// Hashes a password that was right once more, as passwords are hashed today. Whether it may be had was decided when
    /// it was chosen.
    pub async fn rehash(&self, right: Candidate) -> Result<Phc, HashError> {
        self.hash(Password(right.0)).await
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|err| match err {
            TryAcquireError::NoPermits => HashError::Busy,
            TryAcquireError::Closed => HashError::Failed(err.into()),
        })?;
        let thread = Arc::clone(&self.threads)
            .acquire_owned()
            .await
            .map_err(|err| HashError::Failed(err.into()))?;

        // The permits go along: who gives up waiting does not stop the thread, and must not make room for another.
        let held: [OwnedSemaphorePermit; 2] = [place, thread];
        task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        })
        .await
        .map_err(|err| HashError::Failed(err.into()))?
    }
}

#[cfg(test)]
impl Hasher {
    pub(super) fn threads_free(&self) -> usize {
        self.threads.available_permits()
    }

    pub(super) fn places_free(&self) -> usize {
        self.places.available_permits()
    }
}
