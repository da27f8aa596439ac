//! Pictures of Mermaid text.
//!
//! The one file that names merman. Does not own the text that is drawn.

use merman::ascii::{
    AsciiRenderOptions, AsciiResourceLimitId, AsciiResourcePolicy, AsciiTrimPolicy, AsciiViewportPolicy,
};
use merman::{AsciiRequest, OperationControl, RenderOutput, RenderRequest, Renderer, SvgRequest};
use thiserror::Error;

/// The most characters of a drawing: room for 300 lines of a few thousand columns, in some 100 MB.
const MOST_CELLS: usize = 4_000_000;

/// A diagram that could not be drawn.
#[derive(Debug, Error)]
#[error("the diagram cannot be drawn: {0}")]
pub struct PictureError(String);

/// The SVG of this Mermaid text.
pub(super) fn svg(mermaid: &str) -> Result<String, PictureError> {
    let request = RenderRequest::svg(mermaid, OperationControl::new(), SvgRequest::default());
    match Renderer::new().render(request) {
        Ok(RenderOutput::Svg(Some(svg))) => Ok(svg.svg().to_owned()),
        Ok(_) => Err(PictureError("it holds nothing".to_owned())),
        Err(error) => Err(PictureError(error.to_string())),
    }
}

/// The same in characters, with `gap` columns between the boxes of two participants.
pub(super) fn characters(mermaid: &str, gap: usize) -> Result<String, PictureError> {
    // The text is bounded by who wrote it; only what grows with its width is bounded here.
    let mut resources = AsciiResourcePolicy::unbounded();
    for limit in [
        AsciiResourceLimitId::MaxGridCells,
        AsciiResourceLimitId::MaxDocumentCells,
    ] {
        let applied = resources.apply_limit(limit, MOST_CELLS);
        applied.map_err(|error| PictureError(error.to_string()))?;
    }
    let request = AsciiRequest {
        resources,
        options: AsciiRenderOptions::unicode().with_sequence_participant_spacing(gap),
        viewport: AsciiViewportPolicy::unrestricted().trim(AsciiTrimPolicy::TrimTrailingSpaces),
    };
    match Renderer::new().render(RenderRequest::ascii(mermaid, OperationControl::new(), request)) {
        Ok(RenderOutput::Ascii(Some(drawn))) => Ok(drawn.text),
        Ok(_) => Err(PictureError("it holds nothing".to_owned())),
        Err(error) => Err(PictureError(error.to_string())),
    }
}
