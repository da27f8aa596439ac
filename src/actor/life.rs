//! Steps that start and end the programs of other actors: `start`, `stop`, `restart`, `kill`.
//!
//! Owns that what such a step causes comes behind it in the trace, and what is behind the step behind that. Does not own a
//! program's life (`program`).

use std::sync::Arc;

use super::failure::{Halt, Outcome};
use super::program::Program;
use super::scope::Variables;
use super::strand::{Mark, Strand};
use crate::finding::FindingKind;
use crate::plan::step::{Life, Step};
use crate::trace::event::Kind;
use crate::trace::recorder::About;

impl Strand {
    pub(super) async fn life(&mut self, step: &Step, shared: Variables, what: Life, actor: &str) -> Outcome {
        let mark = self.marked(step, shared)?;
        let Some(program) = self.world.program(actor).cloned() else {
            return Err(self.fail(step.id, FindingKind::Program, format!("`{actor}` is no program")));
        };
        // Killing does not wait: what is killed may be what is waited for.
        let _turn = match what {
            Life::Kill => None,
            Life::Start | Life::Stop | Life::Restart => Some(program.turn().await),
        };
        let runs = program.runs();
        if (what == Life::Start) == runs {
            let how = if runs { "runs already" } else { "does not run" };
            return Err(self.fail(step.id, FindingKind::Program, format!("`{actor}` {how}")));
        }
        let note = Mark {
            label: None,
            ..mark.clone()
        };
        let text = mark.label.unwrap_or_else(|| what.verb().to_owned());
        let over = vec![actor.to_owned()];
        self.record(&note, &Kind::Note { text, over });
        self.causes(&note, &program, what);
        match what {
            Life::Start => {}
            Life::Stop | Life::Restart => program.stop(&self.world).await,
            Life::Kill => program.kill().await,
        }
        let started = match what {
            Life::Stop | Life::Kill => true,
            Life::Start | Life::Restart => program.begin(&self.world).await,
        };
        if self.world.pulse.is_cut() {
            return Err(Halt::Cut);
        }
        self.follows(&note, &program, what);
        match started {
            true => Ok(()),
            false => {
                let mut finding = self.finding(step.id, FindingKind::Program, format!("`{actor}` did not start"));
                finding.follows = true;
                Err(Halt::Failed(Box::new(finding)))
            }
        }
    }

    /// What the program does now comes behind what this strand has done.
    fn causes(&self, mark: &Mark, program: &Arc<Program>, what: Life) {
        let name = format!("{} {}", what.verb(), program.text());
        self.world.signals.give(&name, |nth| {
            let signalled = Kind::Signalled {
                name: name.clone(),
                nth,
            };
            self.record(mark, &signalled);
            let awaited = Kind::Awaited {
                name: name.clone(),
                count: nth,
                watch: Vec::new(),
            };
            program.log().record(About::default(), &awaited);
        });
    }

    /// What this strand does now comes behind what the program has done.
    fn follows(&self, mark: &Mark, program: &Arc<Program>, what: Life) {
        let name = format!("{} {} done", what.verb(), program.text());
        self.world.signals.give(&name, |nth| {
            let signalled = Kind::Signalled {
                name: name.clone(),
                nth,
            };
            program.log().record(About::default(), &signalled);
            let awaited = Kind::Awaited {
                name: name.clone(),
                count: nth,
                watch: Vec::new(),
            };
            self.record(mark, &awaited);
        });
    }
}
