//! The diagram as SVG.

use crate::diagram::model::Diagram;
use crate::diagram::{PictureError, mermaid, picture};

/// The picture, drawn from the Mermaid text.
pub fn write(diagram: &Diagram) -> Result<String, PictureError> {
    picture::svg(&mermaid::write(diagram))
}
