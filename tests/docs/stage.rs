//! Where examples are played: a folder of their own, and the program itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Map, Value as Json, json};

/// A folder with the files that examples refer to.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
}

/// What the program said.
pub(crate) struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

/// What examples of `schema` refer to.
const USER_SCHEMA: &str = r#"{
  "type": "object",
  "required": ["user"],
  "properties": { "user": { "type": "string" }, "age": { "type": "integer", "minimum": 0 } }
}"#;

impl Stage {
    pub(crate) fn new() -> Self {
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        stage.write("users.csv", "user,age\nada,36\nbob,41\n");
        stage.write("user.schema.json", USER_SCHEMA);
        stage.write("hello.txt", "hello");
        stage
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Runs wiretale in the folder.
    pub(crate) fn wiretale(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_wiretale"))
            .args(arguments)
            .current_dir(self.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            exit: status.code().unwrap_or(-1),
            out: text(stdout),
            err: text(stderr),
        }
    }

    /// What `check` says of these scenarios, by their names; nothing where nothing is wrong.
    pub(crate) fn check(&self, scenarios: &BTreeMap<String, Json>) -> String {
        let mut arguments: Vec<String> = ["check", "--quiet", "--allow", "all"].map(str::to_owned).into();
        for (name, scenario) in scenarios {
            let file = format!("{name}.json");
            self.write(&file, &serde_json::to_string_pretty(scenario).unwrap());
            arguments.push(file);
        }
        assert!(arguments.len() > 2, "no example is checked");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.wiretale(&arguments).err
    }
}

/// The whole scenario around an example of this kind.
pub(crate) fn around(kind: &str, example: &Json) -> Json {
    let mut other = json!({ "listen": { "tcp": 0, "framing": "lines" }, "session": [] });
    let client = |steps: Json| {
        let mut script = vec![json!({ "connect": "Server" })];
        script.extend(steps.as_array().unwrap().clone());
        json!({ "script": script })
    };
    let idle = json!({ "script": [ { "connect": "Server" } ] });
    let (client, server) = match kind {
        "top" => {
            let mut whole = scenario(idle, lines(json!([])), other);
            merge(&mut whole, example);
            return whole;
        }
        "invariant" => return around("top", &json!({ "invariants": [example] })),
        "client" => (client(example.clone()), lines(json!([]))),
        "web" => (client(example.clone()), json!({ "listen": "http", "session": [] })),
        "api" => (
            json!({ "script": [ { "connect": "Server" } ] }),
            json!({ "listen": "http", "state": { "users": {} }, "session": example }),
        ),
        "listener" => (
            idle,
            json!({ "listen": { "tcp": 0, "framing": "lines" }, "script": example }),
        ),
        "datagrams" => (
            client(json!([{ "send": "hello" }])),
            json!({ "listen": "udp", "script": example }),
        ),
        "session" => (idle, lines(example.clone())),
        "listen" => {
            other = json!({ "listen": example });
            if example.is_array() {
                (client(json!([{ "connect": "Other.data" }])), lines(json!([])))
            } else {
                let is_udp = *example == json!("udp") || example.get("udp").is_some();
                other["script"] = match is_udp {
                    true => json!([{ "receive": { "any": true } }]),
                    false => json!([{ "accept": true }]),
                };
                (client(json!([{ "connect": "Other" }])), lines(json!([])))
            }
        }
        "guard" => (
            client(json!([{ "timer": { "resend": "1s" } }, { "choose": [example] }, { "signal": "go" }])),
            lines(json!([])),
        ),
        "delay" => (client(json!([{ "wait": example }])), lines(json!([]))),
        "framing" => (
            idle,
            json!({ "listen": { "tcp": 0, "framing": example }, "session": [ { "closed": "eof" } ] }),
        ),
        other => panic!("no example is of kind `{other}`"),
    };
    let mut whole = scenario(client, server, other);
    let program = json!({ "process": { "command": ["true"], "ready": { "stdout": "ready" }, "start": false } });
    whole["actors"]["Program"] = program;
    whole
}

/// A scenario of three, with the variables that examples use.
pub(crate) fn scenario(client: Json, server: Json, other: Json) -> Json {
    json!({
        "matchers": { "Token": { "regex": "t-[0-9a-f]{4}" } },
        "procedures": { "login": { "with": ["who"], "do": [], "result": { "token": "{{ who }}" } } },
        "vars": { "list": ["a", "b"], "user": { "id": 7, "name": "Ada" } },
        "actors": {
            "Client": setting_n(client), "Server": setting_n(server), "Other": other,
        },
    })
}

/// A server of lines with this session.
pub(crate) fn lines(session: Json) -> Json {
    json!({ "listen": { "tcp": 0, "framing": "lines" }, "state": { "users": {}, "first": "" }, "session": session })
}

/// `n` is a variable of the strand, so that examples can set it.
fn setting_n(mut actor: Json) -> Json {
    for part in ["script", "session"] {
        if let Some(steps) = actor.get_mut(part).and_then(Json::as_array_mut) {
            steps.insert(0, json!({ "set": { "n": 3 } }));
        }
    }
    actor
}

fn merge(whole: &mut Json, part: &Json) {
    let empty = Map::new();
    for (key, value) in part.as_object().unwrap_or(&empty) {
        whole[key] = value.clone();
    }
}

/// The bytes that `\r`, `\n`, `\0`, `\x02` in a text stand for.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, c == '\\') {
            (_, true) => match rest.next() {
                Some('r') => bytes.push(b'\r'),
                Some('n') => bytes.push(b'\n'),
                Some('0') => bytes.push(0),
                Some('x') => {
                    let digits: String = rest.by_ref().take(2).collect();
                    bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                }
                Some(other) => bytes.extend(format!("\\{other}").bytes()),
                None => bytes.push(b'\\'),
            },
            (c, false) => bytes.extend(c.to_string().bytes()),
        }
    }
    bytes
}

/// These bytes as a payload or matcher of hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> Json {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "hex": digits })
}
