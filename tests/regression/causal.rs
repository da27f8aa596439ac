//! What is a difference, and what is none.

use crate::tool::Folder;

/// Two clients that say something to a server, ordered by these steps of theirs.
fn clients(a: &str, b: &str, session: bool) -> String {
    let serve = r#"{ "receive": { "pattern": "{word}" } }, { "send": "ok {{ word }}" }"#;
    let server = match session {
        true => format!(r#""session": [ {serve}, {{ "closed": "eof" }} ]"#),
        false => format!(
            r#""script": [ {{ "repeat": 2, "do": [ {{ "accept": true, "as": "one" }}, {}, {{ "closed": "eof", "on": "one" }} ] }} ]"#,
            serve
                .replace(" }, { \"send\"", ", \"on\": \"one\" }, { \"send\"")
                .replace("word }}\" }", "word }}\", \"on\": \"one\" }")
        ),
    };
    let says = |word: &str| {
        format!(
            r#"{{ "connect": "Server" }}, {{ "send": "{word}" }}, {{ "receive": "ok {word}" }}, {{ "close": true }}"#
        )
    };
    format!(
        r#"{{ "actors": {{
            "A": {{ "script": [ {} ] }},
            "B": {{ "script": [ {} ] }},
            "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, {server} }} }} }}"#,
        a.replace("SAYS", &says("a")),
        b.replace("SAYS", &says("b")),
    )
}

#[test]
fn two_independent_clients_in_another_order_are_no_difference() {
    let folder = Folder::empty();
    // They wait so that the one or the other comes first in time; nothing else ties them.
    folder.write(
        "scenarios/x.json",
        &clients("SAYS", r#"{ "wait": "30ms" }, SAYS"#, true),
    );
    folder.approve();
    folder.write(
        "scenarios/x.json",
        &clients(r#"{ "wait": "30ms" }, SAYS"#, "SAYS", true),
    );
    let told = folder.wiretale(&["test", "--ci"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
}

#[test]
fn two_dependent_messages_in_another_order_are_a_difference_that_names_them() {
    let folder = Folder::empty();
    // One strand of the server serves both, so that whom it serves first is a part of what it did.
    let first = r#"SAYS, { "signal": "done" }"#;
    let second = r#"{ "await": "done" }, SAYS"#;
    folder.write("scenarios/x.json", &clients(first, second, false));
    folder.approve();
    folder.write("scenarios/x.json", &clients(second, first, false));
    let told = folder.wiretale(&["test", "--ci"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    assert!(
        told.out.contains("moved") && told.out.contains("A ->> Server: a"),
        "{}",
        told.out
    );
    assert!(told.out.contains("their order per lifeline is not"), "{}", told.out);
}
