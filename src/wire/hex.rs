//! Bytes written in hexadecimal.

use data_encoding::HEXLOWER_PERMISSIVE;

/// The bytes that a text in hexadecimal stands for; blanks are allowed between.
pub fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let digits = digits(text, |c| c.is_ascii_hexdigit())?;
    HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .map_err(|_| odd(digits.len()))
}

/// As [`bytes`], where `??` stands for any byte.
pub(super) fn wildcards(text: &str) -> Result<Vec<Option<u8>>, String> {
    let digits = digits(text, |c| c.is_ascii_hexdigit() || c == '?')?;
    if !digits.len().is_multiple_of(2) {
        return Err(odd(digits.len()));
    }
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| match pair {
            b"??" => Ok(None),
            pair => {
                let byte = HEXLOWER_PERMISSIVE
                    .decode(pair)
                    .ok()
                    .and_then(|bytes| bytes.first().copied());
                byte.map(Some)
                    .ok_or_else(|| "half a byte is `?`; `??` stands for any byte".to_owned())
            }
        })
        .collect()
}

/// Bytes as two digits each, with blanks between.
pub fn show(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// Bytes sixteen a line, with their offsets from `start` on and as text.
pub fn dump(bytes: &[u8], start: u64) -> String {
    let lines: Vec<String> = bytes
        .chunks(16)
        .zip(0u64..)
        .map(|(row, number)| {
            let text: String = row
                .iter()
                .map(|&b| if (0x20..0x7f).contains(&b) { b as char } else { '.' })
                .collect();
            format!("{:08x}  {:<47}  {text}", start + number * 16, show(row))
        })
        .collect();
    lines.join("\n")
}

fn digits(text: &str, allowed: impl Fn(char) -> bool) -> Result<String, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match digits.chars().find(|c| !allowed(*c)) {
        Some(other) => Err(format!("`{other}` is no hexadecimal digit")),
        None => Ok(digits),
    }
}

fn odd(count: usize) -> String {
    format!("{count} hexadecimal digits are no whole number of bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_allowed_and_half_bytes_are_not() {
        assert_eq!(bytes("00 fF\n0a"), Ok(vec![0, 255, 10]));
        assert_eq!(bytes(""), Ok(vec![]));
        assert!(bytes("0").unwrap_err().contains("whole number"));
        assert!(bytes("0g").unwrap_err().contains("`g`"));
        assert_eq!(wildcards("00 ?? 1F"), Ok(vec![Some(0), None, Some(0x1f)]));
        assert!(wildcards("0?").unwrap_err().contains("half"));
        assert!(wildcards("???").is_err());
        assert_eq!(show(&[0, 255]), "00 ff");
    }
}
