//! How often somebody may try to sign in.

use auth::throttle::Attempts;
use domain::problem::{Code, Problem};
use runtime::clock;
use store::StoreError;

use crate::{
    edge::{Origin, found},
    error::{Error, Result},
    services::Services,
    sessions::{MAX_RACES, lost_races},
};

impl Services {
    /// Comes before anything is hashed. The buckets lie in the table, since those of this process would limit nobody.
    pub(crate) async fn count_attempt(&self, account: &str, origin: &Origin) -> Result<()> {
        for _ in 0..MAX_RACES {
            let seen = found(self.store.attempts(&origin.network).await)?;
            let (state, generation) = match seen {
                Some(seen) => {
                    let state = serde_json::from_str(&seen.state).map_err(Error::internal)?;
                    (state, seen.generation)
                }
                None => (Attempts::default(), 0),
            };
            let next = state.attempt(account, clock::now()).map_err(|wait| {
                let problem = Problem::new(Code::TooManyRequests);
                Error::later(problem.detail("Too many attempts to sign in from here."), wait)
            })?;
            let text = serde_json::to_string(&next).map_err(Error::internal)?;
            let end = next.full_at();
            match self.store.put_attempts(&origin.network, text, generation, end).await {
                Ok(()) => return Ok(()),
                // Somebody else of this network at the same moment.
                Err(StoreError::Conflict) => (),
                Err(err) => return Err(err.into()),
            }
        }
        Err(lost_races())
    }
}
