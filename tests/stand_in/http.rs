//! HTTP servers and clients that are code.

use futures::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use wiretale::actor::{Connection, Stage, StageError, StandIns};
use wiretale::wire::head::Head;
use wiretale::wire::message::Message;

use super::stage::plays_alike;

/// A server as one writes it by hand: it answers each request with what it was.
async fn server(stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut reader = futures::io::BufReader::new(reader);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).await?;
            match header.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).await?;
        let method = line.split(' ').next().unwrap();
        let answer = format!("{method} {}", String::from_utf8(body).unwrap());
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        writer.write_all(head.as_bytes()).await?;
        writer.flush().await?;
        if method != "HEAD" {
            writer.write_all(answer.as_bytes()).await?;
        }
    }
}

const SCENARIO: &str = r#"{ "actors": {
    "Client": { "script": [ { "connect": "Api" },
        { "request": { "POST": "/a", "text": "hello" }, "response": { "status": 200, "text": "POST hello" } },
        { "request": "HEAD /b", "response": 200 },
        { "request": "GET /c", "response": { "text": "GET " } },
        { "close": true } ] },
    "Api": { "listen": "http", "session": [ { "serve": [
        { "request": "POST /a", "do": [ { "respond": { "headers": { "content-type": "text/plain" }, "text": "POST hello" } } ] },
        { "request": "HEAD /b", "do": [ { "respond": { "headers": { "content-type": "text/plain" }, "text": "HEAD " } } ] },
        { "request": "GET /c", "do": [ { "respond": { "headers": { "content-type": "text/plain" }, "text": "GET " } } ] } ] } ] } } }"#;

#[test]
fn a_server_shows_as_the_scenarios_own() {
    plays_alike(SCENARIO, || {
        StandIns::new().with("Api", |stage: Stage| async move { stage.serve(server).await })
    });
}

#[test]
fn a_response_that_ends_with_the_connection_is_one() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Api" }, { "request": "GET /", "response": { "text": "all of it" } }, { "close": true } ] },
        "Api": { "listen": "http", "session": [ { "serve": [ { "request": "GET /", "do": [ { "respond": {
            "raw": "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it" } }, { "close": true } ] } ] } ] } } }"#;
    let old = |mut connection: Connection| async move {
        connection.receive_message().await?.unwrap();
        connection
            .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall ")
            .await?;
        connection.write_all(b"of it").await?;
        Ok::<_, wiretale::actor::BoxError>(())
    };
    let shown = super::stage::passes(
        scenario,
        StandIns::new().with("Api", move |stage: Stage| async move { stage.serve(old).await }),
    );
    assert!(shown.contains("p1-->>p0: 200 OK all of it\n"), "{shown}");
}

#[test]
fn chunks_are_one_response() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Api" }, { "request": "GET /", "response": { "text": "all of it" } }, { "close": true } ] },
        "Api": { "listen": "http", "session": [ { "serve": [ { "request": "GET /", "do": [
            { "respond": { "text": "all of it", "chunked": true, "headers": { "content-type": "text/plain" } } } ] } ] } ] } } }"#;
    let chunks = |mut connection: Connection| async move {
        while connection.receive_message().await?.is_some() {
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
            connection.write_all(head).await?;
            for part in ["4\r\nall \r\n", "5\r\nof it\r\n", "0\r\n\r\n"] {
                connection.write_all(part.as_bytes()).await?;
            }
        }
        Ok::<_, wiretale::actor::BoxError>(())
    };
    let stand_ins = || StandIns::new().with("Api", move |stage: Stage| async move { stage.serve(chunks).await });
    plays_alike(scenario, stand_ins);
}

#[test]
fn a_client_sends_requests_as_messages() {
    let client = |stage: Stage| async move {
        let api = stage.connect("Api").await?;
        let request = |line: &str, body: &str| {
            Message::with_head(Head::new(format!("{line} HTTP/1.1")).with("host", "x"), body.as_bytes())
        };
        for (line, body) in [("POST /a", "hello"), ("HEAD /b", ""), ("GET /c", "")] {
            api.send_message(&request(line, body)).await?;
            let response = api.receive_message().await?.unwrap();
            assert_eq!(response.head().unwrap().status(), Some(200));
        }
        api.close().await
    };
    let own = super::stage::passes(SCENARIO, StandIns::new());
    let shown = super::stage::passes(SCENARIO, StandIns::new().with("Client", client));
    let messages = |shown: &str| {
        shown
            .lines()
            .filter(|line| !line.contains("%%"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(messages(&shown), messages(&own));
    let _: fn(Stage) -> _ = |_| async { Ok::<(), StageError>(()) };
}
