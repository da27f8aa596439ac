//! Reading a trace file back, up to its last whole line.
