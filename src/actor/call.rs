//! `call`: the steps of a procedure.
//!
//! Owns that a procedure has variables of its own, and that its caller has its own again however the procedure ends. Does
//! not own what a step inside means (`plan`).

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::failure::Outcome;
use super::scope::Variables;
use super::strand::Strand;
use crate::plan::calls::Call;
use crate::plan::step::{Step, StepId};
use crate::wire::template::JsonTemplate;

impl Strand {
    pub(super) async fn call(&mut self, step: &Step, shared: Variables, call: &Call) -> Outcome {
        let arguments = self.values(step.id, &call.arguments, shared)?;
        let own = arguments.into_iter().map(|(name, value)| (name, Arc::new(value)));
        let around = mem::replace(&mut self.variables, own.collect());
        let done = self.called(step, call).await;
        self.variables = around;
        let results = done?;
        if let Some(name) = &call.result {
            let results = Map::from_iter(results);
            self.variables.insert(name.clone(), Arc::new(Json::Object(results)));
        }
        Ok(())
    }

    /// Runs the steps, whose variables are there already, and gives the results.
    async fn called(&mut self, step: &Step, call: &Call) -> Outcome<BTreeMap<String, Json>> {
        self.bounded(step, &call.steps).await?;
        if call.result.is_none() {
            return Ok(BTreeMap::new());
        }
        let shared = self.shared(step.id, &call.result_names);
        self.values(step.id, &call.results, shared)
    }

    fn values(
        &self,
        step: StepId,
        values: &[(String, JsonTemplate)],
        shared: Variables,
    ) -> Outcome<BTreeMap<String, Json>> {
        let view = self.view(shared, &[]);
        let value = |(name, value): &(String, JsonTemplate)| {
            let value = value.json(&view).map_err(|error| self.no_value(step, &error))?;
            Ok((name.clone(), value))
        };
        values.iter().map(value).collect()
    }
}
