//! Connections as streams of bytes: where messages are cut, and when they are recorded.

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use wiretale::actor::{Connection, Stage, StageError, StandIns};
use wiretale::finding::FindingKind;

use super::stage::{fails, pair, passes, plays_alike};

/// A stage whose connections are each served by this code.
macro_rules! served {
    ($work:expr) => {
        move || StandIns::new().with("Server", move |stage: Stage| async move { stage.serve($work).await })
    };
}

#[test]
fn bytes_written_one_at_a_time_are_one_message() {
    async fn slowly(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut byte = [0];
        let mut line = Vec::new();
        while stream.read(&mut byte).await? > 0 {
            line.push(byte[0]);
            if byte == *b"\n" {
                for byte in line.to_ascii_uppercase() {
                    stream.write_all(&[byte]).await?;
                    stream.flush().await?;
                }
                line.clear();
            }
        }
        Ok(())
    }
    let scenario = pair(
        r#""crlf""#,
        r#"{ "send": "hello" }, { "receive": "HELLO" }, { "send": "x" }, { "receive": "X" }, { "close": true }"#,
        r#"{ "receive": "hello" }, { "send": "HELLO" }, { "receive": "x" }, { "send": "X" }, { "closed": "eof" }"#,
    );
    plays_alike(&scenario, served!(slowly));
}

#[test]
fn large_messages_go_through_in_both_directions() {
    async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut size = [0; 4];
        while stream.read_exact(&mut size).await.is_ok() {
            let mut body = vec![0; usize::try_from(u32::from_be_bytes(size)).unwrap()];
            stream.read_exact(&mut body).await?;
            stream.write_all(&size).await?;
            stream.write_all(&body).await?;
        }
        Ok(())
    }
    let scenario = pair(
        r#"{ "length": "u32" }"#,
        r#"{ "send": "{{ 'x' * 5000000 }}" }, { "receive": "{{ 'x' * 5000000 }}" }, { "close": true }"#,
        r#"{ "receive": "{{ 'x' * 5000000 }}" }, { "send": "{{ message.text }}" }, { "closed": "eof" }"#,
    );
    plays_alike(&scenario, served!(echo));
}

#[test]
fn what_is_begun_of_a_message_goes_out_before_the_code_waits() {
    async fn asks(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        stream.write_all(b"login: ").await?;
        let mut name = [0; 3];
        stream.read_exact(&mut name).await?;
        stream.write_all(b"welcome\n").await?;
        Ok(())
    }
    let client = r#"{ "framing": { "server": "raw" } }, { "receive": "login: " }, { "send": "ada" },
        { "framing": { "server": "lines" } }, { "receive": "welcome" }, { "closed": "eof" }"#;
    let scenario = pair(
        r#"{ "client": { "fixed": 3 }, "server": "lines" }"#,
        client,
        r#"{ "closed": "eof" }"#,
    );
    let first = passes(&scenario, served!(asks)());
    let shown = "p1->>p0: login:#160;\n    p0->>p1: ada\n    p1-->>p0: welcome\n";
    assert!(first.contains(shown), "{first}");
    for _ in 0..5 {
        assert_eq!(passes(&scenario, served!(asks)()), first);
    }
}

#[test]
fn what_is_read_in_part_is_left_over() {
    async fn impatient(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut some = [0; 2];
        stream.read_exact(&mut some).await?;
        stream.write_all(b"enough\n").await
    }
    let scenario = pair(
        r#""lines""#,
        r#"{ "send": "hello" }, { "receive": "enough" }, { "closed": "eof" }"#,
        r#"{ "receive": "hello" }, { "send": "enough" }"#,
    );
    let (kind, _, text) = fails(&scenario, served!(impatient)());
    assert_eq!(
        (kind, text.as_str()),
        (FindingKind::LeftOver, "left over from Client: \"hello\"")
    );
}

#[test]
fn what_is_no_message_is_read_as_bytes_and_said() {
    async fn sink(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await?;
        assert_eq!(all, [255, 255, 255, 255, 1]);
        Ok(())
    }
    let client = r#"{ "framing": { "client": "raw" } }, { "send": { "hex": "ffffffff01" } }, { "close": true }"#;
    let scenario = pair(r#"{ "length": "u32" }"#, client, r#"{ "closed": "eof" }"#);
    let shown = passes(&scenario, served!(sink)());
    assert!(shown.contains("ffffffff01"), "{shown}");
}

#[test]
fn messages_of_raw_are_what_is_written_and_read() {
    async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut some = [0; 4];
        stream.read_exact(&mut some).await?;
        stream.write_all(&some).await
    }
    let scenario = pair(
        r#""raw""#,
        r#"{ "send": "ping" }, { "receive": "ping" }, { "closed": "eof" }"#,
        r#"{ "receive": "ping" }, { "send": "ping" }"#,
    );
    plays_alike(&scenario, served!(echo));
}

#[test]
fn one_message_until_the_close_is_recorded_with_it() {
    async fn tells(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut all = String::new();
        stream.read_to_string(&mut all).await?;
        stream.write_all(b"you ").await?;
        stream.write_all(b"said ").await?;
        stream.write_all(all.as_bytes()).await?;
        stream.close().await
    }
    let scenario = pair(
        r#""until_close""#,
        r#"{ "send": "hello" }, { "shutdown": true }, { "receive": "you said hello" }, { "closed": "eof" }"#,
        r#"{ "receive": "hello" }, { "closed": "eof" }, { "send": "you said hello" }, { "close": true }"#,
    );
    plays_alike(&scenario, served!(tells));
}

#[test]
fn reading_and_writing_at_once_is_one_strand() {
    let scenario = pair(
        r#""lines""#,
        r#"{ "receive": "hello" }, { "send": "a" }, { "receive": "A" }, { "close": true }"#,
        r#"{ "send": "hello" }, { "receive": "a" }, { "send": "A" }, { "closed": "eof" }"#,
    );
    let both = |connection: Connection| async move {
        let (mut reader, mut writer) = connection.split();
        let (mut tell, mut told) = futures::channel::mpsc::channel::<Vec<u8>>(1);
        let reads = async move {
            let mut line = [0; 2];
            while reader.read_exact(&mut line).await.is_ok() {
                futures::SinkExt::send(&mut tell, line.to_ascii_uppercase())
                    .await
                    .unwrap();
            }
        };
        let writes = async move {
            writer.write_all(b"hello\n").await?;
            while let Some(line) = futures::StreamExt::next(&mut told).await {
                writer.write_all(&line).await?;
            }
            Ok::<_, std::io::Error>(())
        };
        futures::join!(reads, writes).1
    };
    plays_alike(&scenario, served!(both));
}

#[test]
fn clones_are_one_connection() {
    let scenario = pair(
        r#""lines""#,
        r#"{ "send": "a" }, { "receive": "A" }, { "closed": "eof" }"#,
        r#"{ "receive": "a" }, { "send": "A" }"#,
    );
    let clones = |connection: Connection| async move {
        let mut other = connection.clone();
        connection.receive().await?;
        drop(connection);
        other.write_all(b"A\n").await.unwrap();
        assert_eq!(other.peer(), "Client");
        assert_eq!(other.name(), "Server/Client#1");
        Ok::<_, StageError>(())
    };
    plays_alike(&scenario, served!(clones));
}

#[test]
fn what_is_passed_on_in_pieces_is_the_same_in_pieces_of_any_size() {
    async fn echo(connection: Connection) -> std::io::Result<()> {
        let (reader, mut writer) = (connection.clone(), connection);
        futures::io::copy(reader, &mut writer).await?;
        Ok(())
    }
    async fn by(size: usize, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut some = vec![0; size];
        loop {
            match stream.read(&mut some).await? {
                0 => return Ok(()),
                count => stream.write_all(&some[..count]).await?,
            }
        }
    }
    let words = ["a", "bc", "def ghi"];
    for framing in [
        r#""lines""#,
        r#""crlf""#,
        r#"{ "delimiter": "--" }"#,
        r#"{ "length": "u8" }"#,
        r#"{ "length": "varint" }"#,
        r#"{ "regex": "[a-z ]+;" }"#,
    ] {
        let end = if framing.contains("regex") { ";" } else { "" };
        let client: Vec<_> = words
            .iter()
            .map(|word| format!(r#"{{ "send": "{word}{end}" }}, {{ "receive": "{word}{end}" }}"#))
            .collect();
        let server: Vec<_> = words
            .iter()
            .map(|word| format!(r#"{{ "receive": "{word}{end}" }}, {{ "send": "{word}{end}" }}"#))
            .collect();
        let client = format!(r#"{}, {{ "close": true }}"#, client.join(", "));
        let scenario = pair(
            framing,
            &client,
            &format!(r#"{}, {{ "closed": "eof" }}"#, server.join(", ")),
        );
        plays_alike(&scenario, served!(echo));
        for size in [1, 3] {
            plays_alike(&scenario, served!(move |connection| by(size, connection)));
        }
    }
}

#[test]
fn what_is_passed_on_while_it_comes_is_one_message() {
    async fn echo(connection: Connection) -> std::io::Result<()> {
        let (reader, mut writer) = (connection.clone(), connection);
        futures::io::copy(reader, &mut writer).await?;
        Ok(())
    }
    let scenario = pair(
        r#"{ "length": "u32" }"#,
        r#"{ "send": "{{ 'x' * 3000000 }}" }, { "receive": "{{ 'x' * 3000000 }}" }, { "close": true }"#,
        r#"{ "receive": "{{ 'x' * 3000000 }}" }, { "send": "{{ message.text }}" }, { "closed": "eof" }"#,
    );
    plays_alike(&scenario, served!(echo));
}

#[test]
fn a_client_that_is_slow_to_read_is_waited_for() {
    async fn floods(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        for _ in 0..200 {
            stream.write_all(&[b'x'; 50_000]).await?;
            stream.write_all(b"\n").await?;
        }
        stream.flush().await
    }
    let scenario = pair(
        r#""lines""#,
        r#"{ "wait": "50ms" }, { "repeat": 200, "do": [ { "receive": { "size": 50000 } } ] }, { "closed": "eof" }"#,
        r#"{ "repeat": 200, "do": [ { "send": "{{ 'x' * 50000 }}" } ] }, { "close": true }"#,
    )
    .replacen('{', r#"{ "limits": { "unsent": "64KiB" }, "#, 1);
    let first = passes(&scenario, served!(floods)());
    assert!(first.contains("loop 200 times") || first.contains("200"), "{first}");
    assert_eq!(passes(&scenario, served!(floods)()), first);
}

#[test]
fn a_client_that_never_reads_is_a_finding() {
    async fn floods(connection: Connection) -> Result<(), StageError> {
        for _ in 0..400 {
            connection.send(vec![b'x'; 50_000]).await?;
        }
        Ok(())
    }
    let scenario = pair(
        r#""lines""#,
        r#"{ "await": "never", "timeout": "3s" }"#,
        r#"{ "signal": "never" }"#,
    )
    .replacen('{', r#"{ "limits": { "unsent": "64KiB", "step": "100ms" }, "#, 1);
    let told = super::stage::play(&scenario, served!(floods)());
    let texts: Vec<_> = told
        .outcome
        .findings
        .iter()
        .map(|finding| finding.text.as_str())
        .collect();
    assert!(texts.contains(&"Client does not read (`limits.unsent`)"), "{texts:?}");
}
