//! What requests of ours are made of: methods, queries, kinds of bodies.

/// Those that are used most; named first where one is unknown.
pub const USUAL: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// All others (RFC 3253, 4918, 5842 and others). `CONNECT` asks for a tunnel, and what follows it is no HTTP.
pub const OTHERS: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

/// Whether a request can have this method.
pub fn is_method(text: &str) -> bool {
    USUAL.contains(&text) || OTHERS.contains(&text)
}

/// A text as part of a query: what has a meaning there, blanks, and what is not ASCII by their bytes in hexadecimal (RFC
/// 3986, 2.1).
pub fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// What a body is; the header `content-type` says so, unless the request has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `text/plain;charset=utf-8`.
    Text,
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/octet-stream`.
    Bytes,
}

impl Media {
    /// What `content-type` says of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text/plain;charset=utf-8",
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Bytes => "application/octet-stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn what_has_a_meaning_in_a_query_is_encoded() {
        assert_eq!(percent_encoded("a-b_c.d~e9"), "a-b_c.d~e9");
        assert_eq!(percent_encoded("a b&c=d+é%"), "a%20b%26c%3Dd%2B%C3%A9%25");
    }
}
