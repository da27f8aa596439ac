//! The diagram as JSON, for other programs.

use crate::diagram::model::Diagram;

/// The model as it is, in indented JSON.
pub fn write(diagram: &Diagram) -> String {
    let mut text = serde_json::to_string_pretty(diagram).expect("the model has text keys alone");
    text.push('\n');
    text
}
