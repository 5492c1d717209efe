//! What keeps this process and its secrets from the agent, and whether that is enough.

use std::fs;

use anyhow::{Context, ensure};
use domain::event::Isolation;
use rustix::process::{
    DumpableBehavior, Signal, getpid, getppid, set_child_subreaper, set_dumpable_behavior,
    set_parent_process_death_signal,
};
use secrecy::{ExposeSecret, SecretString};

/// Nobody reads its memory, no descendant escapes it, and it does not outlive whoever started it.
///
/// # Errors
/// The parent is gone already: nobody would ever stop this run.
pub(crate) fn put_on() -> anyhow::Result<()> {
    let parent = getppid();
    // Not to the agent, if it is another user, and to no core dump: this process holds the model key.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).context("cannot become undumpable")?;
    set_child_subreaper(Some(getpid())).context("cannot become a subreaper")?;
    set_parent_process_death_signal(Some(Signal::TERM)).context("cannot follow the parent")?;
    ensure!(getppid() == parent, "the parent died during the start");
    Ok(())
}

/// Which walls stand between the agent and this process, as it is told to users: so it has to be true.
pub(crate) fn isolation(token: &SecretString) -> Isolation {
    let key_outside = parent_is_discreet(token);
    if !key_outside {
        tracing::error!(
            "the parent process lets the agent read run token and model key; start without an init in front"
        );
    }
    Isolation { own_user: false, cleared_environment: true, key_outside, closed_network: false }
}

/// Whether the parent shows nobody what it handed us. An init in front of us got the same environment and, unlike us,
/// lets an agent of the same user read it. The run token stands for all: where it lies, the model key lies beside it.
fn parent_is_discreet(token: &SecretString) -> bool {
    let Some(parent) = getppid() else { return true }; // The first process of a container.
    let environment = fs::read(format!("/proc/{}/environ", parent.as_raw_nonzero()));
    !environment.is_ok_and(|environment| shows(&environment, token))
}

fn shows(environment: &[u8], secret: &SecretString) -> bool {
    let secret = secret.expose_secret().as_bytes();
    environment.split(|byte| *byte == 0).any(|variable| {
        variable.splitn(2, |byte| *byte == b'=').nth(1).is_some_and(|value| value == secret)
    })
}

#[cfg(test)]
mod tests {
    use rustix::process::{child_subreaper, dumpable_behavior, parent_process_death_signal};

    use super::*;

    #[test]
    fn s34_nobody_reads_its_memory_and_no_descendant_escapes() {
        put_on().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        assert!(child_subreaper().unwrap().is_some());
        assert_eq!(parent_process_death_signal().unwrap(), Some(Signal::TERM));
    }

    #[test]
    fn s34_a_secret_is_found_as_the_value_of_a_variable() {
        let token = SecretString::from("a=b");
        assert!(shows(b"PATH=/bin\0ERRAND_RUN_TOKEN=a=b\0", &token));
        assert!(!shows(b"PATH=/bin\0X=a=bc\0a=b\0", &token));
    }
}
