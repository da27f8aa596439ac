//! The handshake with which a connection becomes a WebSocket (RFC 6455, 4).
//!
//! Owns what a client asks and what a server answers: heads of HTTP messages, what is wrong with one that came, and which
//! of the subprotocols is agreed on. Does not own the bytes (`http`), nor when they go (`actor::upgrade`).

use data_encoding::BASE64;
use tungstenite::handshake::derive_accept_key;

use super::head::Head;
use super::http;
use super::message::Message;

/// The version that is spoken.
const VERSION: &str = "13";

const KEY: &str = "sec-websocket-key";
const ACCEPT: &str = "sec-websocket-accept";
const PROTOCOL: &str = "sec-websocket-protocol";
const EXTENSIONS: &str = "sec-websocket-extensions";

/// Headers by name, in order.
pub type Headers = Vec<(String, String)>;

/// What a server says of its WebSockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upgrade {
    /// The path that there is; any, where it says nothing.
    pub path: Option<String>,
    /// Headers of its response; of `Sec-WebSocket-Protocol` the first that the client offers.
    pub headers: Headers,
}

/// Why a server does not become a WebSocket's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status of its response.
    pub status: u16,
    /// What is wrong with the request.
    pub why: String,
}

/// The key of a handshake.
pub fn key(nonce: &[u8]) -> String {
    BASE64.encode(nonce)
}

/// What a client asks; headers given here go instead of those of the same name that stand there anyway.
pub fn request(path: &str, host: &str, key: &str, headers: Headers) -> Message {
    let usual = [
        ("Host", host),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", VERSION),
    ];
    let head = with_usual(Head::new(format!("GET {path} HTTP/1.1")), &usual, headers);
    Message::with_head(head, *b"")
}

/// The response to a client's request, where it is one of a WebSocket that there is.
pub fn accept(request: &Head, upgrade: &Upgrade) -> Result<Message, Refusal> {
    let refused = |status, why: String| Err(Refusal { status, why });
    let line = request.line.as_deref().unwrap_or_default();
    if http::method(request) != Some("GET") || http::is_old(request) {
        return refused(
            400,
            format!("`{line}` is no request of a WebSocket: `GET … HTTP/1.1` is"),
        );
    }
    if !request.lists("upgrade", "websocket") || !request.lists("connection", "upgrade") {
        return refused(426, format!("`{line}` does not ask for a WebSocket"));
    }
    match request.header("sec-websocket-version").as_deref() {
        Some(VERSION) => {}
        Some(other) => return refused(426, format!("the version of WebSocket is {other}, not {VERSION}")),
        None => return refused(426, format!("the version of WebSocket is missing; {VERSION} is spoken")),
    }
    let key = request.header(KEY).unwrap_or_default();
    if !BASE64.decode(key.as_bytes()).is_ok_and(|nonce| nonce.len() == 16) {
        return refused(400, format!("`Sec-WebSocket-Key: {key}` is not 16 bytes in base64"));
    }
    let target = http::target(request).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    if let Some(own) = upgrade.path.as_deref().filter(|own| *own != path) {
        return refused(404, format!("the path is `{path}`, not `{own}`"));
    }
    let answer = derive_accept_key(key.as_bytes());
    let usual = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", answer.as_str()),
    ];
    let (protocols, mut headers): (Headers, Headers) = upgrade
        .headers
        .iter()
        .cloned()
        .partition(|(name, _)| name.eq_ignore_ascii_case(PROTOCOL));
    let mut own = protocols.iter().flat_map(|(_, value)| words(value));
    if let Some(agreed) = own.find(|own| offered(request).any(|word| word == *own)) {
        headers.push(("Sec-WebSocket-Protocol".to_owned(), agreed.to_owned()));
    }
    let head = with_usual(Head::new("HTTP/1.1 101 Switching Protocols"), &usual, headers);
    Ok(Message::with_head(head, *b""))
}

/// The response that says why there is no WebSocket.
pub fn refusal(refusal: &Refusal) -> Message {
    let Refusal { status, why } = refusal;
    let mut head = Head::new(format!("HTTP/1.1 {status} {}", http::reason(*status)))
        .with("content-type", "text/plain;charset=utf-8");
    if *status == 426 {
        head = head
            .with("upgrade", "websocket")
            .with("sec-websocket-version", VERSION)
            .with("connection", "upgrade, close");
    } else {
        head = head.with("connection", "close");
    }
    Message::with_head(head, format!("{why}\n").into_bytes())
}

/// What is wrong with a server's response that says there is a WebSocket.
pub fn check(request: &Head, response: &Head) -> Result<(), String> {
    if !response.lists("upgrade", "websocket") || !response.lists("connection", "upgrade") {
        return Err("the response says 101 without `Upgrade: websocket` and `Connection: Upgrade`".to_owned());
    }
    let key = request.header(KEY).unwrap_or_default();
    let (right, accept) = (derive_accept_key(key.as_bytes()), response.header(ACCEPT));
    match accept {
        Some(accept) if accept == right => {}
        Some(accept) => {
            return Err(format!(
                "`Sec-WebSocket-Accept: {accept}` does not fit the key; {right} does"
            ));
        }
        None => return Err("the response has no `Sec-WebSocket-Accept`".to_owned()),
    }
    if let Some(agreed) = response.header(PROTOCOL)
        && !offered(request).any(|word| word == agreed)
    {
        return Err(format!(
            "the server picked the subprotocol `{agreed}`, which was not offered"
        ));
    }
    if let Some(extensions) = response.header(EXTENSIONS) {
        return Err(format!(
            "the server picked the extensions `{extensions}`, which are not spoken here"
        ));
    }
    Ok(())
}

/// The subprotocols that a client offers.
fn offered(request: &Head) -> impl Iterator<Item = &str> {
    request.values(PROTOCOL).flat_map(words)
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn with_usual(mut head: Head, usual: &[(&str, &str)], headers: Headers) -> Head {
    for (name, value) in usual {
        if !headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
            head = head.with(*name, *value);
        }
    }
    head.headers.extend(headers);
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, 1.3.
    const EXAMPLE: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn asked(headers: &[(&str, &str)]) -> Head {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        request("/chat?x=1", "127.0.0.1:80", EXAMPLE, headers)
            .head()
            .cloned()
            .unwrap()
    }

    fn served(path: Option<&str>, protocol: Option<&str>) -> Upgrade {
        Upgrade {
            path: path.map(str::to_owned),
            headers: protocol
                .map(|value| (PROTOCOL.to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn the_example_of_the_rfc_is_accepted_and_understood() {
        let request = asked(&[]);
        let response = accept(&request, &served(Some("/chat"), None)).unwrap();
        let response = response.head().unwrap();
        assert_eq!(response.header(ACCEPT).as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(check(&request, response), Ok(()));
    }

    #[test]
    fn the_server_picks_the_first_of_its_subprotocols_that_is_offered() {
        let request = asked(&[("Sec-WebSocket-Protocol", "v1, v2"), ("sec-websocket-protocol", "v3")]);
        for (own, agreed) in [
            (Some("v9, v3,v1"), Some("v3")),
            (Some("v2"), Some("v2")),
            (Some("v9"), None),
            (None, None),
        ] {
            let response = accept(&request, &served(None, own)).unwrap();
            let response = response.head().unwrap();
            assert_eq!(response.header(PROTOCOL).as_deref(), agreed);
            assert_eq!(check(&request, response), Ok(()));
        }
    }

    #[test]
    fn each_wrong_request_has_its_status() {
        let status = |request: &Head| accept(request, &served(Some("/chat"), None)).unwrap_err().status;
        let upgrade = served(Some("/other"), None);
        assert_eq!(accept(&asked(&[]), &upgrade).unwrap_err().status, 404);
        assert_eq!(status(&asked(&[("Upgrade", "h2c")])), 426);
        assert_eq!(status(&asked(&[("connection", "close")])), 426);
        assert_eq!(status(&asked(&[("Sec-WebSocket-Version", "8")])), 426);
        assert_eq!(status(&asked(&[("Sec-WebSocket-Key", "c2hvcnQ=")])), 400);
        assert_eq!(status(&Head::new("POST /chat HTTP/1.1")), 400);
        assert_eq!(status(&Head::new("GET /chat HTTP/1.0")), 400);
        assert_eq!(status(&Head::new("GET /chat HTTP/1.1")), 426);
    }

    #[test]
    fn each_wrong_response_is_told() {
        let request = asked(&[]);
        let right = accept(&request, &Upgrade::default()).unwrap().head().cloned().unwrap();
        let without = |name: &str| {
            let mut head = right.clone();
            head.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
            head
        };
        let why = |response: &Head| check(&request, response).unwrap_err();
        assert!(why(&without("upgrade")).contains("Upgrade: websocket"));
        assert!(why(&without(ACCEPT)).contains("no `Sec-WebSocket-Accept`"));
        assert!(why(&without(ACCEPT).with(ACCEPT, "x")).contains("does not fit the key"));
        assert!(why(&right.clone().with(PROTOCOL, "v1")).contains("not offered"));
        assert!(why(&right.clone().with(EXTENSIONS, "permessage-deflate")).contains("not spoken"));
    }
}
