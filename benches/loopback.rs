//! Round trips and connections per second of a played, traced scenario, beside a bare async-std program of the same shape
//! in the same run.
//!
//! `cargo bench --bench loopback [PATTERN [TURNS]]` prints one row for each pattern whose name holds PATTERN: the bare
//! rate, ours, and their ratio, each the median of several interleaved turns. Only the ratio is worth quoting: the rates
//! are those of one machine at one moment.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_std::net::{SocketAddr, TcpListener, TcpStream};
use async_std::task;
use futures::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::{TlsAcceptor, TlsConnector};
use wiretale::actor::StandIns;
use wiretale::finding::Verdict;
use wiretale::plan::{Overrides, Plan};
use wiretale::run::{Options, run};
use wiretale::runtime;
use wiretale::scenario::load_text;
use wiretale::wire::tls::{Accepting, Asked, Authority, Opening, ServerName};

/// The size of a message.
const SIZE: usize = 64;

/// How often each pattern is measured, bare and ours in turn.
const TURNS: usize = 5;

fn main() {
    runtime::start(1);
    // Cargo adds an argument of its own.
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let wanted = args.next().unwrap_or_default();
    let turns = args.next().and_then(|turns| turns.parse().ok()).unwrap_or(TURNS);
    let row = |name: &str, total, bare: &dyn Fn() -> Duration, ours: &dyn Fn() -> Duration| {
        if name.contains(&wanted) {
            row(name, total, turns, bare, ours);
        }
    };
    println!("{:<28} {:>12} {:>12} {:>8}", "pattern", "bare /s", "traced /s", "ratio");
    for (connections, rounds) in [(1, 20_000), (100, 400), (1_000, 40)] {
        let name = format!("ping-pong, {connections} connections");
        let total = connections * rounds;
        let bare = || task::block_on(bare(&ECHO, connections, rounds));
        row(&name, total, &bare, &|| ours(connections, rounds, 1));
    }
    for (connections, rounds) in [(1, 5_000), (100, 100)] {
        let name = format!("tls, {connections} connections");
        let bare = || task::block_on(bare_tls(connections, rounds));
        row(&name, connections * rounds, &bare, &|| {
            ours_at(
                r#"{ "tcp": 0, "framing": { "fixed": 64 }, "tls": true }"#,
                connections,
                rounds,
                1,
            )
        });
    }
    for (clients, each) in [(1, 2_000), (50, 40)] {
        let name = format!("connect, {clients} clients");
        let bare = || task::block_on(bare_connects(clients, each));
        row(&name, clients * each, &bare, &|| ours(clients, 1, each));
    }
    for (connections, rounds) in [(1, 5_000), (100, 50)] {
        let name = format!("http, {connections} connections");
        let bare = || task::block_on(bare(&HTTP, connections, rounds));
        row(&name, connections * rounds, &bare, &|| ours_http(connections, rounds));
    }
}

/// What is said in one round trip.
struct Talk {
    request: &'static [u8],
    response: &'static [u8],
}

/// A message and its echo.
const ECHO: Talk = Talk {
    request: &[b'x'; SIZE],
    response: &[b'x'; SIZE],
};

/// An HTTP request and its response, as large as ours.
const HTTP: Talk = Talk {
    request: b"GET /greeting HTTP/1.1\r\nhost: bench.localhost\r\n\r\n",
    response: b"HTTP/1.1 200 OK\r\ncontent-type: text/plain;charset=utf-8\r\ncontent-length: 5\r\n\r\nhello",
};

/// Prints the medians of one pattern.
fn row(name: &str, total: usize, turns: usize, bare: &dyn Fn() -> Duration, ours: &dyn Fn() -> Duration) {
    let (mut b, mut o) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        b.push(total as f64 / bare().as_secs_f64());
        o.push(total as f64 / ours().as_secs_f64());
    }
    let mut ratios: Vec<f64> = b.iter().zip(&o).map(|(b, o)| o / b).collect();
    println!(
        "{name:<28} {:>12.0} {:>12.0} {:>8.2}",
        median(&mut b),
        median(&mut o),
        median(&mut ratios)
    );
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn server(talk: &'static Talk) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    task::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.set_nodelay(true).expect("a TCP socket");
            task::spawn(async move {
                let mut request = vec![0; talk.request.len()];
                while stream.read_exact(&mut request).await.is_ok() && stream.write_all(talk.response).await.is_ok() {}
            });
        }
    });
    address
}

async fn client(talk: &'static Talk, address: SocketAddr, rounds: usize) {
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    stream.set_nodelay(true).expect("a TCP socket");
    let mut response = vec![0; talk.response.len()];
    for _ in 0..rounds {
        stream.write_all(talk.request).await.expect("the server is there");
        stream.read_exact(&mut response).await.expect("the server answers");
    }
}

async fn bare(talk: &'static Talk, connections: usize, rounds: usize) -> Duration {
    let address = server(talk).await;
    let began = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| task::spawn(client(talk, address, rounds)))
        .collect();
    for client in clients {
        client.await;
    }
    began.elapsed()
}

/// Round trips over TLS.
async fn bare_tls(connections: usize, rounds: usize) -> Duration {
    let authority = Authority::new().expect("an authority");
    let accepting = Accepting {
        identity: authority.issue("bench", &[]).expect("a certificate"),
        client: Asked::No,
        trusted: Vec::new(),
        alpn: Vec::new(),
    };
    let opening = Opening {
        identity: None,
        trusted: Some(vec![authority.certificate()]),
        alpn: Vec::new(),
    };
    let acceptor = TlsAcceptor::from(accepting.config().expect("it can be"));
    let connector = TlsConnector::from(opening.config().expect("it can be"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    task::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).expect("a TCP socket");
            let accept = acceptor.accept(stream);
            task::spawn(async move {
                let mut stream = accept.await.expect("the client speaks TLS");
                let mut message = [0; SIZE];
                while stream.read_exact(&mut message).await.is_ok()
                    && stream.write_all(&message).await.is_ok()
                    && stream.flush().await.is_ok()
                {}
            });
        }
    });
    let began = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let connector = connector.clone();
            task::spawn(async move {
                let stream = TcpStream::connect(address).await.expect("the server accepts");
                stream.set_nodelay(true).expect("a TCP socket");
                let name = ServerName::try_from("localhost").expect("a name");
                let mut stream = connector.connect(name, stream).await.expect("the server speaks TLS");
                let mut message = [b'x'; SIZE];
                for _ in 0..rounds {
                    stream.write_all(&message).await.expect("the server is there");
                    stream.flush().await.expect("the server is there");
                    stream.read_exact(&mut message).await.expect("the server answers");
                }
            })
        })
        .collect();
    for client in clients {
        client.await;
    }
    began.elapsed()
}

async fn bare_connects(clients: usize, each: usize) -> Duration {
    let address = server(&ECHO).await;
    let began = Instant::now();
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            task::spawn(async move {
                for _ in 0..each {
                    client(&ECHO, address, 1).await;
                }
            })
        })
        .collect();
    for client in clients {
        client.await;
    }
    began.elapsed()
}

/// The same as a scenario: `clients` actors that each connect `connects` times and make `rounds` round trips on each.
fn ours(clients: usize, rounds: usize, connects: usize) -> Duration {
    ours_at(r#"{ "tcp": 0, "framing": { "fixed": 64 } }"#, clients, rounds, connects)
}

/// The same at another endpoint.
fn ours_at(listen: &str, clients: usize, rounds: usize, connects: usize) -> Duration {
    let message = "x".repeat(SIZE);
    let text = format!(
        r#"{{
          "limits": {{ "scenario": "10m", "steps": 100000000 }},
          "actors": {{
            "Client": {{ "count": {clients}, "script": [
              {{ "repeat": {connects}, "do": [
                {{ "connect": "Server" }},
                {{ "repeat": {rounds}, "do": [ {{ "send": "{message}" }}, {{ "receive": "{message}" }} ] }},
                {{ "close": true }}
              ] }}
            ] }},
            "Server": {{ "listen": {listen}, "session": [
              {{ "serve": [ {{ "receive": "{message}", "do": [ {{ "send": {{ "copy": true }} }} ] }} ] }}
            ] }}
          }}
        }}"#
    );
    play(&text)
}

/// The same for HTTP requests.
fn ours_http(clients: usize, rounds: usize) -> Duration {
    play(&format!(
        r#"{{
          "limits": {{ "scenario": "10m", "steps": 100000000 }},
          "actors": {{
            "Client": {{ "count": {clients}, "script": [
              {{ "connect": "Server" }},
              {{ "repeat": {rounds}, "do": [ {{ "request": "GET /greeting", "response": {{ "status": 200, "text": "hello" }} }} ] }},
              {{ "close": true }}
            ] }},
            "Server": {{ "listen": "http", "session": [
              {{ "serve": [ {{ "request": "GET /{{path}}", "do": [ {{ "respond": {{ "text": "hello" }} }} ] }} ] }}
            ] }}
          }}
        }}"#
    ))
}

fn play(text: &str) -> Duration {
    let (scenario, sources) = load_text("bench.json", text).expect("the scenario is sound");
    let plan = Plan::compile("bench.json", &scenario, &sources, &Overrides::default()).expect("the scenario is sound");
    let folder = tempfile::tempdir().expect("a folder for the trace");
    let file = std::fs::File::create(folder.path().join("trace.jsonl")).expect("a file for the trace");
    let options = Options {
        trace: Box::new(file),
        flip: None,
        stand_ins: StandIns::new(),
        signals: false,
        outputs: None,
    };
    let began = Instant::now();
    let outcome = runtime::block_on(run(Arc::new(plan), options)).expect("the run can start");
    let took = began.elapsed();
    assert_eq!(outcome.verdict, Verdict::Pass, "{:?}", outcome.findings);
    took
}
