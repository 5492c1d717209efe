//! What this process does to itself before anything else.

use anyhow::{Context, ensure};
use rustix::process::{
    DumpableBehavior, Signal, getpid, getppid, set_child_subreaper, set_dumpable_behavior,
    set_parent_process_death_signal,
};

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
}
