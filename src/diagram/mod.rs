//! The sequence diagram of a trace.
//!
//! Owns what of a trace is drawn, in which words, and how each output writes it. It is drawn from the trace alone: the
//! units of the causal order, the header and the footer; no time, port, duration or version gets into it. Does not own the
//! order of the units (`order`), nor comparing two diagrams (`baseline`).
//!
//! The units go through these, in this order: `rules` (a unit's arrows and notes), `builder` (who takes part, and the lines
//! as they come), `fold` (equal repetitions), `instances` (equal instances of an actor), `masks` (what is shown
//! for masked values), `frames` (`loop`, `par`, `alt`), `elide` (what is too much for a picture); what comes out is a
//! [`Diagram`], written by [`mermaid`], [`text`], [`svg`] and [`json`].

mod alike;
mod builder;
mod elide;
mod entry;
pub mod escape;
#[cfg(test)]
mod fixture;
mod fold;
mod frames;
#[cfg(test)]
mod goldens;
mod instances;
pub mod json;
pub mod label;
mod masks;
pub mod mermaid;
pub mod model;
mod notes;
mod outside;
mod picture;
mod rules;
mod scene;
pub mod svg;
pub mod text;

pub use builder::Builder;
pub use model::Diagram;
pub use picture::PictureError;

/// How much is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Messages and endings, an arrow each.
    #[default]
    Messages,
    /// Connects and accepts too, and sending and receiving each as an arrow of its own.
    Lifecycle,
}
