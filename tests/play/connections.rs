//! How connections come about.
