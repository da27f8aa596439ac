//! A server that sends by hand, and what a client makes of it.

use serde_json::{Value as Json, json};
use wiretale::finding::FindingKind;

use crate::stage::{Scene, Tale};

/// Takes the head of a request. A server without a framing takes it and the body apart.
pub(crate) fn take() -> Json {
    json!({ "receive": { "contains": "\r\n\r\n" } })
}

/// Takes the head of a request that says all of this.
pub(crate) fn saying(parts: &[&str]) -> Json {
    let parts: Vec<String> = parts.iter().map(|part| regex_escaped(part)).collect();
    json!({ "receive": { "regex": format!("(?s).*?{}.*?\r\n\r\n", parts.join(".*?")) } })
}

/// Takes exactly these bytes.
pub(crate) fn body(text: &str) -> Json {
    json!({ "receive": text })
}

/// Sends these bytes.
pub(crate) fn give(text: &str) -> Json {
    json!({ "send": text })
}

/// A response of this status line, with a length.
pub(crate) fn response(status: &str, text: &str) -> Json {
    give(&format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    ))
}

/// All that still comes, and the end of the connection, from the client.
pub(crate) fn rest() -> Json {
    json!({ "choose": [ { "receive": { "any": true, "until": "closed" } }, { "closed": "eof" } ] })
}

/// The end of the connection, from the client.
pub(crate) fn end() -> Json {
    json!({ "closed": "eof" })
}

/// A client with this script, and a server with this session; they speak over plain TCP.
pub(crate) fn scene(script: &[Json], session: &[Json]) -> Talk {
    whole(script, json!({ "listen": "tcp", "session": session }))
}

/// A client with this script, and a server as it is given.
pub(crate) fn whole(script: &[Json], server: Json) -> Talk {
    with_limits(script, server, json!({}))
}

pub(crate) fn with_limits(script: &[Json], server: Json, limits: Json) -> Talk {
    let mut all = vec![json!({ "connect": "Server", "framing": "http" })];
    all.extend_from_slice(script);
    let scenario = json!({ "limits": limits, "actors": { "Client": { "script": all }, "Server": server } });
    Talk::of(&scenario)
}

/// What the client's messages were in the trace: of those that it sent or received, the `content`.
pub(crate) fn contents(tale: &Tale, event: &str) -> Vec<Json> {
    let lines = tale
        .trace
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap());
    lines
        .filter(|line| line["strand"] == "Client")
        .filter_map(|line| line["event"].get(event).map(|event| event["content"].clone()))
        .collect()
}

/// How many connections the client opened.
pub(crate) fn opened(tale: &Tale) -> usize {
    tale.trace
        .lines()
        .filter(|line| line.contains("\"event\":{\"connected\""))
        .count()
}

/// What a scenario of this shows each time, ports aside, for bytes that are taken apart are drawn with the host in them.
pub(crate) struct Talk(Scene);

impl Talk {
    pub(crate) fn of(scenario: &Json) -> Self {
        Self(Scene::of(&serde_json::to_string_pretty(scenario).unwrap()))
    }

    pub(crate) fn play(&self) -> Tale {
        self.0.play()
    }

    /// That it passes, and always shows the same.
    #[track_caller]
    pub(crate) fn passes(&self) -> Tale {
        self.same(|tale| tale.passed())
    }

    /// That it fails, each time with exactly these kinds of findings.
    #[track_caller]
    pub(crate) fn finds(&self, kinds: &[FindingKind]) -> Tale {
        self.same(|tale| tale.finds(kinds))
    }

    #[track_caller]
    fn same(&self, check: impl Fn(&Tale)) -> Tale {
        const TIMES: usize = 3;
        let first = self.0.play();
        check(&first);
        for _ in 1..TIMES {
            let tale = self.0.play();
            check(&tale);
            assert_eq!(blanked(&tale), blanked(&first));
        }
        first
    }
}

/// The lines of a diagram without ports, and without digests that depend on them.
fn blanked(tale: &Tale) -> Vec<String> {
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let digest = regex::Regex::new(r"127.*, [0-9a-f]{8}\)$").unwrap();
    let blank = |line: &String| {
        digest
            .replace(&port.replace_all(line, "127.0.0.1:N"), "127…")
            .into_owned()
    };
    tale.lines().iter().map(blank).collect()
}

fn regex_escaped(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        c if c.is_ascii_punctuation() => format!("\\{c}"),
        c => c.to_string(),
    });
    escaped.collect()
}
