//! The fields of one message.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Layout;
use super::shown;

/// The fields of one message, in the order of their bytes.
#[derive(Clone, Debug)]
pub struct Fields {
    layout: Layout,
    values: Arc<Json>,
}

impl Fields {
    pub(super) fn new(layout: Layout, values: Map<String, Json>) -> Self {
        Self {
            layout,
            values: Arc::new(Json::Object(values)),
        }
    }

    /// What they are fields of.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Their values by name, as an object.
    pub const fn values(&self) -> &Arc<Json> {
        &self.values
    }

    /// As one line: `Publish(qos=1, topic="t")`; what is fixed, computed or empty is left out.
    pub fn shown(&self) -> String {
        shown::message(&self.layout.all.0, self.layout.at, &self.values)
    }
}
