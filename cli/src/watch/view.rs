//! A task as a person follows it: its events line by line, and at the bottom of a terminal what goes on now.

use std::time::Duration;

use domain::{
    event::{Body, RawEvent},
    task::State,
    view::TaskView,
};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::{
    render::{Renderer, demo_notice},
    sink::{Link, Sink},
};
use crate::{
    clock,
    error::Result,
    output::{self, Output, human::money, line::Line},
};

pub(crate) struct View {
    renderer: Renderer,
    bar: Option<ProgressBar>,
    state: State,
    link: Link,
    /// Whether the end of the run was shown.
    end_shown: bool,
    has_artifacts: bool,
}

impl View {
    pub(crate) fn new(task: &TaskView, output: Output) -> Result<Self> {
        let renderer = Renderer::new(output::columns(), task.demo_model);
        let bar = output.is_lively().then(progress_line);
        let mut view = Self {
            renderer,
            bar,
            state: task.state,
            link: Link::Live,
            end_shown: false,
            has_artifacts: false,
        };
        if !output.quiet {
            let head = Line::styled(output::line::BOLD, &task.title)
                .with(output::line::DIM, &format!(" · {}", task.id));
            view.print(&[head])?;
        }
        view.task(task);
        Ok(view)
    }

    pub(crate) fn has_artifacts(&self) -> bool {
        self.has_artifacts
    }

    /// Takes the progress line away, and says how the task ended where no event did.
    pub(crate) fn close(mut self, task: &TaskView) -> Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        let mut lines = Vec::new();
        if task.demo_model && !self.renderer.demo_model() {
            lines.push(demo_notice());
        }
        if !self.end_shown {
            lines.push(Line::styled(
                output::human::state_style(task.state),
                &task.state.to_string(),
            ));
            lines.extend(task.remedy.as_deref().map(|remedy| Line::plain("  → ").and(remedy)));
        }
        Ok(output::print(&lines)?)
    }

    fn print(&self, lines: &[Line]) -> Result<()> {
        Ok(match &self.bar {
            Some(bar) => bar.suspend(|| output::print(lines)),
            None => output::print(lines),
        }?)
    }

    fn refresh(&self) {
        let Some(bar) = &self.bar else { return };
        let mut line = Line::plain(&self.state.to_string());
        if let Some(cost) = self.renderer.cost() {
            line.push(" · ").push(&money(cost));
        }
        if let Some(todo) = self.renderer.todo_line() {
            line.push(" · ").append(todo);
        }
        if self.renderer.demo_model() {
            line.push(" · demo model");
        }
        match self.link {
            Link::Live => {}
            Link::Reconnecting => {
                line.push(" · reconnecting");
            }
            Link::Polling => {
                line.push(" · polling");
            }
        }
        bar.set_message(anstream::adapter::strip_str(&line.to_string()).to_string());
    }

    fn clock_from(&self, start: jiff::Timestamp) {
        if let Some(bar) = &self.bar {
            let elapsed = clock::now().duration_since(start);
            bar.set_elapsed(Duration::try_from(elapsed).unwrap_or_default());
        }
    }
}

impl Sink for View {
    /// What the agent says is read whole; of the rest a summary is shown anyway.
    fn wants_whole(&self, event: &RawEvent) -> bool {
        event.truncated && event.kind() == "text"
    }

    fn event(&mut self, event: &RawEvent) -> Result<()> {
        match event.typed().body {
            Body::RunStarted { .. } => {
                self.state = State::Running;
                self.end_shown = false;
                self.clock_from(event.at);
            }
            Body::RunEnded { .. } => self.end_shown = true,
            _ => {}
        }
        self.has_artifacts |= event.kind() == "artifact_stored";
        let lines = self.renderer.event(event);
        self.print(&lines)?;
        self.refresh();
        Ok(())
    }

    fn task(&mut self, task: &TaskView) {
        self.state = task.state;
        self.clock_from(task.started_at.unwrap_or(task.created_at));
        self.refresh();
    }

    fn link(&mut self, link: Link) {
        self.link = link;
        self.refresh();
    }
}

fn progress_line() -> ProgressBar {
    let clock = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let seconds = state.elapsed().as_secs();
        // Nothing to be done about a line that cannot be drawn.
        let _ = write!(out, "{}:{:02}", seconds / 60, seconds % 60);
    };
    let style = ProgressStyle::with_template("{spinner} {clock} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .with_key("clock", clock);
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
