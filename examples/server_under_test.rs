//! A hand-written server under test: ordinary code, put in the place of an actor of a scenario.
//!
//! ```sh
//! cargo run --example server_under_test    # plays it
//! cargo test --example server_under_test   # its tests
//! ```

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use futures::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use wiretale::actor::{Actor, BoxError, Stage, async_trait};

/// A store of keys and values. It speaks lines to whatever carries bytes, and knows nothing of scenarios.
#[derive(Clone, Default)]
struct Store {
    values: Arc<Mutex<HashMap<String, String>>>,
}

impl Store {
    /// Serves one client, to the end of what it sends.
    async fn serve(self, stream: impl AsyncRead + AsyncWrite) -> io::Result<()> {
        let (reader, mut writer) = stream.split();
        let mut reader = BufReader::new(Box::pin(reader));
        let mut line = String::new();
        while reader.read_line(&mut line).await? > 0 {
            let answer = self.answer(line.trim_end());
            writer.write_all(answer.as_bytes()).await?;
            writer.write_all(b"\n").await?;
            writer.flush().await?;
            line.clear();
        }
        Ok(())
    }

    fn answer(&self, line: &str) -> String {
        let mut values = self.values.lock().expect("no thread panics while it holds the values");
        match line.splitn(3, ' ').collect::<Vec<_>>()[..] {
            ["GET", key] => match values.get(key) {
                Some(value) => format!("VALUE {value}"),
                None => "NONE".to_owned(),
            },
            ["SET", key, value] => {
                values.insert(key.to_owned(), value.to_owned());
                "OK".to_owned()
            }
            ["DEL", key] => match values.remove(key) {
                Some(_) => "OK".to_owned(),
                None => "NONE".to_owned(),
            },
            [command, ..] => format!("ERROR {command} is no command"),
            [] => "ERROR".to_owned(),
        }
    }
}

/// The store in the place of an actor: each connection that comes is served in a session of its own.
struct StoreUnderTest;

#[async_trait]
impl Actor for StoreUnderTest {
    async fn play(&self, stage: Stage) -> Result<(), BoxError> {
        let store = Store::default();
        stage.serve(move |connection| store.clone().serve(connection)).await?;
        Ok(())
    }
}

fn main() {
    let scenario = wiretale::suite::check("scenarios/key-value.json");
    match scenario.with("Store", StoreUnderTest).outcome() {
        Ok(()) => println!("the store does what results/key-value.mmd shows"),
        Err(wrong) => eprintln!("{wrong}"),
    }
}

#[cfg(test)]
mod tests {
    use wiretale::actor::{Connection, StageError};
    use wiretale::suite::check;

    use super::*;

    #[test]
    fn the_store_does_what_is_approved() {
        check("scenarios/key-value.json").with("Store", StoreUnderTest).passes();
    }

    #[test]
    fn the_scenarios_own_store_does_the_same() {
        check("scenarios/key-value.json").passes();
    }

    /// A store that forgets to say that it has stored something.
    async fn forgetful(stage: Stage) -> Result<(), StageError> {
        let store = Store::default();
        let serve = move |connection: Connection| {
            let store = store.clone();
            async move {
                while let Some(line) = connection.receive().await? {
                    let line = String::from_utf8_lossy(&line);
                    let answer = store.answer(&line);
                    if !line.starts_with("SET") {
                        connection.send(answer).await?;
                    }
                }
                Ok::<_, StageError>(())
            }
        };
        stage.serve(serve).await
    }

    #[test]
    fn a_forgotten_reply_is_caught() {
        let wrong = check("scenarios/key-value.json")
            .with("Store", forgetful)
            .outcome()
            .unwrap_err();
        assert!(wrong.contains("\"OK\", which nobody can send"), "{wrong}");
    }

    /// A store that says `NOTHING` where it has nothing.
    async fn wordy(stage: Stage) -> Result<(), StageError> {
        let store = Store::default();
        let serve = move |connection: Connection| {
            let store = store.clone();
            async move {
                while let Some(line) = connection.receive().await? {
                    let answer = store.answer(&String::from_utf8_lossy(&line));
                    connection.send(answer.replace("NONE", "NOTHING")).await?;
                }
                Ok::<_, StageError>(())
            }
        };
        stage.serve(serve).await
    }

    #[test]
    fn another_reply_is_caught() {
        let wrong = check("scenarios/key-value.json")
            .with("Store", wordy)
            .outcome()
            .unwrap_err();
        assert!(wrong.contains("NOTHING"), "{wrong}");
    }
}
