//! Plays a scenario with and without code in the place of its actors.

use std::sync::Once;

use futures::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, StreamExt};
use wiretale::actor::StandIns;
use wiretale::diagram::{Detail, mermaid};
use wiretale::finding::{FindingKind, Verdict};
use wiretale::suite::{Told, play_with};

/// How often code is played to see whether it always shows the same.
const TIMES: usize = 5;

pub(crate) fn play(scenario: &str, stand_ins: StandIns) -> Told {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| wiretale::runtime::start(2));
    play_with("scene.json", scenario, Detail::Messages, stand_ins).unwrap_or_else(|error| panic!("{error}\n{scenario}"))
}

pub(crate) fn diagram(told: &Told) -> String {
    mermaid::write(&told.drawing.diagram)
}

/// The diagram of a run that must pass.
pub(crate) fn passes(scenario: &str, stand_ins: StandIns) -> String {
    let told = play(scenario, stand_ins);
    let trace = String::from_utf8_lossy(&told.trace);
    assert_eq!(told.outcome.verdict, Verdict::Pass, "{:#?}\n{trace}", told.outcome);
    diagram(&told)
}

/// Code must play as the scenario's own actors do.
#[track_caller]
pub(crate) fn plays_alike(scenario: &str, stand_ins: impl Fn() -> StandIns) -> String {
    let own = passes(scenario, StandIns::new());
    for _ in 0..TIMES {
        assert_eq!(passes(scenario, stand_ins()), own);
    }
    own
}

/// The only finding that follows from no other, of a run that must not pass.
#[track_caller]
pub(crate) fn fails(scenario: &str, stand_ins: StandIns) -> (FindingKind, String, String) {
    let told = play(scenario, stand_ins);
    let found: Vec<_> = told
        .outcome
        .findings
        .iter()
        .filter(|finding| !finding.follows)
        .collect();
    let [finding] = &found[..] else {
        panic!("{:#?}\n{}", told.outcome, diagram(&told));
    };
    assert!(diagram(&told).contains("sequenceDiagram"));
    (finding.kind, finding.strand.clone(), finding.text.clone())
}

/// A client and a server of this framing, by their steps.
pub(crate) fn pair(framing: &str, client: &str, session: &str) -> String {
    format!(
        r#"{{ "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" }}, {client} ] }},
            "Server": {{ "listen": {{ "tcp": 0, "framing": {framing} }}, "session": [ {session} ] }} }} }}"#
    )
}

/// A server of lines that answers each with itself in capitals. It is ordinary code, which knows of no scenario.
pub(crate) async fn shouts(stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    let (reader, mut writer) = futures::AsyncReadExt::split(stream);
    let mut lines = futures::io::BufReader::new(reader).lines();
    while let Some(line) = lines.next().await {
        let answer = line?.to_uppercase() + "\n";
        writer.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
