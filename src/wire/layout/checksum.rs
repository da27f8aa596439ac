//! Checksums over parts of a message.

/// How a checksum is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// CRC-32 as Ethernet, gzip and PNG have it (reflected, polynomial 0xEDB88320).
    Crc32,
    /// The one's complement of the one's complement sum of 16-bit words (RFC 1071), as IP, UDP and TCP have it.
    Internet,
}

impl Algorithm {
    /// All of them by their names.
    pub const NAMES: [(&'static str, Self); 2] = [("crc32", Self::Crc32), ("internet", Self::Internet)];

    /// How many bytes it has.
    pub const fn width(self) -> usize {
        match self {
            Self::Crc32 => 4,
            Self::Internet => 2,
        }
    }

    /// The checksum of these bytes.
    pub(super) fn of(self, bytes: &[u8]) -> u32 {
        match self {
            Self::Crc32 => !bytes.iter().fold(!0, |crc: u32, byte| {
                TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8)
            }),
            Self::Internet => {
                let words = bytes.chunks(2).map(|word| match word {
                    [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
                    // An odd byte is the high one of a word.
                    rest => rest.iter().map(|byte| u64::from(*byte) << 8).sum(),
                });
                let mut sum: u64 = words.sum();
                while sum >> 16 != 0 {
                    sum = (sum & 0xffff) + (sum >> 16);
                }
                u32::from(!(sum as u16))
            }
        }
    }
}

/// What each byte does to a CRC-32.
static TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32_is_the_published_one() {
        assert_eq!(Algorithm::Crc32.of(b"123456789"), 0xcbf4_3926);
        assert_eq!(Algorithm::Crc32.of(b""), 0);
    }

    #[test]
    fn the_internet_checksum_is_that_of_rfc_1071() {
        let words = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(Algorithm::Internet.of(&words), !0xddf2 & 0xffff);
        assert_eq!(Algorithm::Internet.of(&[0x01]), u32::from(!0x0100_u16));
    }

    #[test]
    fn what_holds_its_internet_checksum_sums_up_to_zero() {
        // An IPv4 header of Wikipedia's article on its checksum.
        let mut header = [
            0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8,
            0x00, 0xc7,
        ];
        assert_eq!(Algorithm::Internet.of(&header), 0xb861);
        header[10..12].copy_from_slice(&[0xb8, 0x61]);
        assert_eq!(Algorithm::Internet.of(&header), 0);
    }
}
