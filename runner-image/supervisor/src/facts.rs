//! What is known of the agent so far, from its events.

use std::collections::HashSet;

use domain::run::{Phase, RunUsage};

use crate::wire::{Tells, WrapperEnd};

#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub session_id: Option<String>,
    pub end: Option<WrapperEnd>,
    /// The kernel killed some process of the run for it.
    pub memory_ran_out: bool,
    usage: Option<RunUsage>,
    /// Questions to a person that wait for an answer.
    open_questions: HashSet<String>,
}

impl Facts {
    pub(crate) fn learn(&mut self, tells: Tells) {
        match tells {
            Tells::Nothing => (),
            Tells::Session(id) => self.session_id = Some(id),
            Tells::Usage { run, cost_usd_micros } => {
                let usage = self.usage.get_or_insert_default();
                usage.tokens = run;
                usage.cost_usd_micros = cost_usd_micros.unwrap_or(usage.cost_usd_micros);
            }
            Tells::Result { cost_usd_micros, turns } => {
                let usage = self.usage.get_or_insert_default();
                usage.cost_usd_micros += cost_usd_micros;
                usage.turns += turns;
            }
            Tells::Asked(id) => {
                self.open_questions.insert(id);
            }
            Tells::Answered(id) => {
                self.open_questions.remove(&id);
            }
        }
    }

    /// The wrapper's last word. It knows best what the run used, unless it does not know at all.
    pub(crate) fn conclude(&mut self, end: WrapperEnd) {
        let said =
            RunUsage { cost_usd_micros: end.cost_usd_micros, tokens: end.usage, turns: end.turns };
        if said != RunUsage::default() {
            self.usage = Some(said);
        }
        self.session_id = end.session_id.clone().or(self.session_id.take());
        self.forget_questions();
        self.end = Some(end);
    }

    /// Whoever asked will not hear the answer.
    pub(crate) fn forget_questions(&mut self) {
        self.open_questions.clear();
    }

    pub(crate) fn usage(&self) -> Option<RunUsage> {
        self.usage
    }

    pub(crate) fn phase(&self) -> Phase {
        if self.open_questions.is_empty() { Phase::Running } else { Phase::Waiting }
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Tokens;

    use super::*;

    #[test]
    fn a_run_waits_while_any_question_is_open() {
        let mut facts = Facts::default();
        facts.learn(Tells::Asked("a".to_owned()));
        facts.learn(Tells::Asked("b".to_owned()));
        facts.learn(Tells::Answered("a".to_owned()));
        assert_eq!(facts.phase(), Phase::Waiting);
        facts.learn(Tells::Answered("b".to_owned()));
        assert_eq!(facts.phase(), Phase::Running);
    }

    #[test]
    fn results_add_up_and_a_usage_event_tells_the_sum() {
        let mut facts = Facts::default();
        facts.learn(Tells::Result { cost_usd_micros: 12, turns: 2 });
        facts.learn(Tells::Result { cost_usd_micros: 30, turns: 1 });
        let run = Tokens { input_tokens: 5, ..Tokens::default() };
        facts.learn(Tells::Usage { run, cost_usd_micros: Some(42) });
        assert_eq!(facts.usage(), Some(RunUsage { cost_usd_micros: 42, tokens: run, turns: 3 }));
    }
}
