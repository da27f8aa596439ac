//! Reading a file forward, with the offset of each byte.
//!
//! Owns that what is read at once is bounded. Does not own what it means (`file`).

use std::io::{self, Read};

use super::error::PcapError;

/// The bytes of a file, one after another.
#[derive(Debug)]
pub(super) struct Input<R> {
    from: R,
    /// How many were read.
    pub(super) at: u64,
}

impl<R: Read> Input<R> {
    pub(super) const fn new(from: R) -> Self {
        Self { from, at: 0 }
    }

    /// The next bytes; none at the end of the file. `what` is what they are.
    pub(super) fn maybe<const N: usize>(&mut self, what: &str) -> Result<Option<[u8; N]>, PcapError> {
        let mut bytes = [0; N];
        let at = self.at;
        match self.fill(&mut bytes)? {
            0 => Ok(None),
            read if read == N => Ok(Some(bytes)),
            read => Err(PcapError::broken(at, format!("{what} is cut: {read} of {N} bytes"))),
        }
    }

    /// So many bytes, which the caller has bounded.
    pub(super) fn bytes(&mut self, size: usize, what: &str) -> Result<Vec<u8>, PcapError> {
        let at = self.at;
        let mut bytes = vec![0; size];
        match self.fill(&mut bytes)? {
            read if read == size => Ok(bytes),
            read => Err(PcapError::broken(at, format!("{what} is cut: {read} of {size} bytes"))),
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<usize, PcapError> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.from.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let at = self.at + filled as u64;
                    return Err(PcapError::Read { at, error });
                }
            }
        }
        self.at += filled as u64;
        Ok(filled)
    }
}

/// Numbers of either order of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Big,
    Little,
}

impl Order {
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let field = [bytes[at], bytes[at + 1]];
        match self {
            Self::Big => u16::from_be_bytes(field),
            Self::Little => u16::from_le_bytes(field),
        }
    }

    pub(super) fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let field = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        match self {
            Self::Big => u32::from_be_bytes(field),
            Self::Little => u32::from_le_bytes(field),
        }
    }
}
