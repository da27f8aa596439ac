//! The head of a message that has one: a start line, and headers.
//!
//! Owns looking headers up, whatever their case. Does not own reading a head off the wire (`framing::headers`, `http`).

/// The head of an HTTP message, or of one with the framing `headers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The start line, where there is one: `GET /users/7 HTTP/1.1`, `HTTP/1.1 200 OK`.
    pub line: Option<String>,
    /// The headers as they came, in order; a name may come more than once.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// A head without headers.
    pub fn new(line: impl Into<String>) -> Self {
        Self {
            line: Some(line.into()),
            headers: Vec::new(),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Each value of a header.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(own, _)| self.is_named(own, name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether a header's own name is this one; a message of SIP may have the short one instead.
    pub fn is_named(&self, own: &str, name: &str) -> bool {
        own.eq_ignore_ascii_case(name)
            || ((own.len() == 1 || name.len() == 1) && self.is_sip() && long(own).eq_ignore_ascii_case(long(name)))
    }

    fn is_sip(&self) -> bool {
        let line = self.line.as_deref().unwrap_or_default();
        line.starts_with("SIP/2.0 ") || line.ends_with(" SIP/2.0")
    }

    /// A header's value; what comes more than once is joined by `, ` (RFC 9110, 5.2).
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.values(name).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether a header is there.
    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// Whether a header's list of words has this one: `Connection: keep-alive, Upgrade`.
    pub fn lists(&self, name: &str, word: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(','))
            .any(|own| own.trim().eq_ignore_ascii_case(word))
    }

    /// The code of a status line: `HTTP/1.1 200 OK`, `SIP/2.0 180 Ringing`.
    pub fn status(&self) -> Option<u16> {
        let mut words = self.line.as_deref()?.split(' ');
        let (version, code) = (words.next()?, words.next()?);
        let is_code = version.contains('/') && code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| code.parse().ok()).flatten()
    }
}

/// The long name of a header of SIP (RFC 3261, 7.3.3, and the registry of its header fields).
fn long(name: &str) -> &str {
    let &[letter] = name.as_bytes() else { return name };
    match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'j' => "Reject-Contact",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        _ => name,
    }
}

/// The text of a header's value or a start line: UTF-8, or else each byte the character of its number (ISO 8859-1), as
/// RFC 9110, 5.5 has it.
pub(super) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case_and_joined() {
        let head = Head::new("HTTP/1.1 200 OK")
            .with("Via", "a")
            .with("X", "1")
            .with("via", "b");
        assert_eq!(head.header("VIA").as_deref(), Some("a, b"));
        assert_eq!(head.header("y"), None);
        assert!(head.lists("x", "1") && !head.lists("x", "2"));
    }

    #[test]
    fn headers_of_sip_have_short_names_too() {
        let head = Head::new("SIP/2.0 200 OK")
            .with("v", "a")
            .with("Via", "b")
            .with("i", "1");
        assert_eq!(head.header("via").as_deref(), Some("a, b"));
        assert_eq!(head.header("V").as_deref(), Some("a, b"));
        assert_eq!(head.header("Call-ID").as_deref(), Some("1"));
        assert_eq!(Head::new("GET / HTTP/1.1").with("v", "a").header("via"), None);
    }

    #[test]
    fn a_status_is_that_of_a_status_line() {
        assert_eq!(Head::new("HTTP/1.1 204 No Content").status(), Some(204));
        assert_eq!(Head::new("SIP/2.0 180 Ringing").status(), Some(180));
        assert_eq!(Head::new("GET /204 HTTP/1.1").status(), None);
        assert_eq!(Head::default().status(), None);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_characters_of_their_number() {
        assert_eq!(text(b"caf\xe9"), "café");
        assert_eq!(text("café".as_bytes()), "café");
    }
}
