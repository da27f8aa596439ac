//! Traces that are exported, and read back as captures.

use std::time::Duration;

use super::*;
use crate::capture::conversation::Limits;
use crate::capture::pcap;

/// A trace of these events, each with its strand.
fn trace(events: &[(&str, String)]) -> TraceSource {
    let header = r#"{"header":{"trace":1,"wiretale":"","scenario":"x.json","seed":0,"actors":[{"name":"Client"},{"name":"Server","listens":true}],"steps":[]}}"#;
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut text = format!("{header}\n");
    for (time, (strand, event)) in events.iter().enumerate() {
        let index = counts.entry(strand).or_default();
        let line = format!(
            "{{\"strand\":\"{strand}\",\"index\":{index},\"time\":{},\"event\":{event}}}\n",
            time * 1000
        );
        text.push_str(&line);
        *index += 1;
    }
    TraceSource::from_bytes(text.into_bytes()).unwrap()
}

const SESSION: &str = "Server/Client#1";

fn event(kind: &str, more: &str) -> String {
    format!(r#"{{"{kind}":{{"connection":"Server/Client#1"{more}}}}}"#)
}

fn said(kind: &str, direction: &str, range: (usize, usize), text: &str) -> String {
    let (start, end) = range;
    let content = serde_json::json!({ "text": text });
    event(
        kind,
        &format!(r#","direction":"{direction}","start":{start},"end":{end},"content":{content}"#),
    )
}

fn read_back(trace: &TraceSource) -> (String, Vec<String>) {
    let mut bytes = Vec::new();
    let remarks = write(trace, &mut bytes).unwrap();
    let heard = pcap::read(bytes.as_slice(), Limits::default()).unwrap();
    assert_eq!(heard.notes.len(), 0, "{:?}", heard.notes);
    let shown = heard.connections.iter().flat_map(|connection| {
        connection.happened.iter().map(|happened| {
            let what = match &happened.what {
                crate::capture::conversation::What::Bytes(place) => {
                    String::from_utf8_lossy(&connection.said(happened.direction)[place.clone()]).into_owned()
                }
                other => format!("{other:?}"),
            };
            let way = if happened.direction == Direction::FromOpener {
                ">"
            } else {
                "<"
            };
            format!("{way} {what}\n")
        })
    });
    (shown.collect(), remarks)
}

#[test]
fn what_a_trace_says_is_read_back_from_its_capture() {
    let big = "x".repeat(65_000);
    let trace = trace(&[
        ("Client", event("connect", "")),
        (SESSION, event("accept", "")),
        ("Client", event("connected", "")),
        ("Client", said("send", ">", (0, 2), "hi")),
        (SESSION, said("receive", ">", (0, 2), "hi")),
        (SESSION, said("send", "<", (0, 65_000), &big)),
        ("Client", said("receive", "<", (0, 65_000), &big)),
        ("Client", event("closing", r#","direction":">","how":"fin""#)),
        (SESSION, event("closed", r#","direction":">","how":"eof""#)),
        (SESSION, event("closing", r#","direction":"<","how":"reset""#)),
    ]);
    let (shown, remarks) = read_back(&trace);
    assert_eq!(shown, format!("> hi\n< {big}\n> Fin\n< Reset\n"));
    assert_eq!(remarks, [""; 0]);
}

#[test]
fn what_only_one_end_saw_is_there_once() {
    let trace = trace(&[
        (SESSION, event("accept", "")),
        (SESSION, said("receive", ">", (0, 4), "hi")),
        (SESSION, said("send", "<", (0, 2), "ho")),
        (SESSION, event("closed", r#","direction":">","how":"eof""#)),
    ]);
    let (shown, remarks) = read_back(&trace);
    assert_eq!(shown, "> hi\n< ho\n> Fin\n");
    assert_eq!(remarks.len(), 1);
    assert!(remarks[0].contains("without the bytes of their framing"), "{remarks:?}");
}

#[test]
fn a_message_over_the_largest_packet_goes_in_several() {
    let mut ends = [End::new(Ipv4Addr::LOCALHOST, 1), End::new(Ipv4Addr::LOCALHOST, 2)];
    let largest = packet::packet(&mut ends, Side(0), PUSH, &[0; LARGEST]);
    assert_eq!(largest.len(), 65_535);
    assert_eq!(u16::from_be_bytes([largest[2], largest[3]]), 65_535);
}

#[test]
fn checksums_are_right() {
    let mut ends = [
        End::new(Ipv4Addr::new(10, 0, 0, 1), 40_000),
        End::new(Ipv4Addr::new(10, 0, 0, 2), 80),
    ];
    for payload in [&b""[..], b"odd", b"even"] {
        let packet = packet::packet(&mut ends, Side(0), PUSH, payload);
        let (header, tcp) = packet.split_at(20);
        assert_eq!(packet::checksum(&[header]), 0);
        let mut pseudo = header[12..20].to_vec();
        pseudo.extend([0, 6]);
        pseudo.extend((tcp.len() as u16).to_be_bytes());
        assert_eq!(packet::checksum(&[&pseudo, tcp]), 0);
    }
}

#[test]
fn times_are_those_of_the_trace() {
    let trace = trace(&[
        (SESSION, event("accept", "")),
        (SESSION, said("receive", ">", (0, 2), "hi")),
    ]);
    let mut bytes = Vec::new();
    write(&trace, &mut bytes).unwrap();
    let heard = pcap::read(bytes.as_slice(), Limits::default()).unwrap();
    assert_eq!(heard.connections[0].happened[0].time, Duration::from_nanos(1000));
}

#[test]
fn datagrams_are_exported_as_datagrams() {
    let trace = trace(&[
        ("Client", event("connect", r#","datagrams":true"#)),
        ("Client", event("connected", "")),
        ("Client", said("send", ">", (0, 7), "ask")),
        (SESSION, event("accept", r#","datagrams":true"#)),
        (SESSION, said("receive", ">", (0, 7), "ask")),
        (SESSION, said("send", "<", (0, 10), "answer")),
        ("Client", said("receive", "<", (0, 10), "answer")),
    ]);
    let mut bytes = Vec::new();
    let remarks = write(&trace, &mut bytes).unwrap();
    assert!(remarks.is_empty(), "{remarks:?}");
    let heard = pcap::read(bytes.as_slice(), Limits::default()).unwrap();
    let [association] = &heard.connections[..] else {
        panic!("{:?}", heard.connections)
    };
    assert_eq!(association.transport, crate::capture::conversation::Transport::Udp);
    assert_eq!(association.said(Direction::FromOpener), b"ask");
    assert_eq!(association.said(Direction::ToOpener), b"answer");
}
