//! Whose certificate it is.

/// The object identifier of a common name.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];

/// The longest name that is shown, in bytes.
const LONGEST: usize = 256;

/// The common name of a certificate's subject, where it has one.
pub fn common_name(certificate: &[u8]) -> Option<String> {
    let signed = value(value(certificate)?)?;
    // The version is there where it is not the first.
    let mut rest = match signed.first() {
        Some(0xa0) => behind(signed)?,
        _ => signed,
    };
    // The serial number, the signature's algorithm, the issuer and the validity.
    for _ in 0..4 {
        rest = behind(rest)?;
    }
    let mut names = value(rest)?;
    while !names.is_empty() {
        let attribute = value(value(names)?)?;
        if value(attribute)? == COMMON_NAME {
            let name = value(behind(attribute)?)?;
            let name = name.get(..LONGEST).unwrap_or(name);
            return Some(String::from_utf8_lossy(name).into_owned());
        }
        names = behind(names)?;
    }
    None
}

/// The value of the first element of DER.
fn value(bytes: &[u8]) -> Option<&[u8]> {
    split(bytes).map(|(value, _)| value)
}

/// What stands behind the first element of DER.
fn behind(bytes: &[u8]) -> Option<&[u8]> {
    split(bytes).map(|(_, behind)| behind)
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = bytes.get(1..)?.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // A certificate is never as large as four bytes can say.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |all, &byte| all << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::super::Authority;
    use super::*;

    #[test]
    fn no_cut_of_a_certificate_panics_and_none_has_a_name() {
        let whole = Authority::new().unwrap().certificate();
        assert_eq!(common_name(&whole).as_deref(), Some("wiretale"));
        for end in 0..whole.len() {
            assert_eq!(common_name(&whole[..end]), None, "cut at {end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_that_are_no_certificate_have_no_name(bytes: Vec<u8>) {
            proptest::prop_assert_eq!(common_name(&bytes), None);
        }
    }
}
