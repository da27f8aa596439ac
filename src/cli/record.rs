//! `wiretale record`: a trace, a diagram and a scenario of what others say.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::args_record::{HeardArgs, RecordArgs};
use super::exit::Exit;
use super::output::{complain, say};
use crate::capture::cast::service;
use crate::capture::conversation::{Conversation, Limits};
use crate::capture::journal::Pieces;
use crate::capture::pcap;
use crate::capture::proxy::{Journal, Proxy, Until};
use crate::runtime::{self, Heeding, channel};
use crate::suite::{self, Recording, Telling};

/// How often is looked whether the command has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Records, and leaves what came of it.
pub(super) fn record(args: &RecordArgs) -> Exit {
    let heard = match &args.pcap {
        Some(file) => capture(file, &args.heard),
        None => live(args),
    };
    let conversation = match heard {
        Ok(conversation) => conversation,
        Err(exit) => return exit,
    };
    if conversation.connections.is_empty() {
        conversation.notes.iter().for_each(|note| complain(note));
        complain("nothing was heard: no connection came");
        return Exit::Wrong;
    }
    if !conversation.says_anything() {
        conversation.notes.iter().for_each(|note| complain(note));
        complain("nothing was said: is the server there?");
        return Exit::Wrong;
    }
    let name = called(&args.output);
    let names = args.names();
    let telling = Telling {
        name: &name,
        title: args.title.as_deref(),
        framing: args.heard.framing.as_ref(),
        names: &names,
        side: Some(args.side.into()),
        command: (!args.command.is_empty()).then_some(&args.command[..]),
        detail: args.detail.into(),
    };
    match suite::tell(&conversation, &telling) {
        Ok(recording) => leave(args, &conversation, &recording, &name),
        Err(error) => {
            complain(&format!("cannot draw the recording: {error}"));
            Exit::Other
        }
    }
}

/// What a capture holds.
pub(super) fn capture(file: &Path, args: &HeardArgs) -> Result<Conversation, Exit> {
    let opened = File::open(file).map_err(|error| {
        complain(&format!("cannot read {}: {error}", file.display()));
        Exit::Wrong
    })?;
    pcap::read(io::BufReader::new(opened), limits(args)).map_err(|error| {
        complain(&format!("{}:{error}", file.display()));
        Exit::Wrong
    })
}

const fn limits(args: &HeardArgs) -> Limits {
    Limits {
        bytes: args.keep,
        connections: args.most as usize,
    }
}

/// The scenario is called as its folder.
fn called(folder: &Path) -> String {
    let name = folder.file_name().and_then(|name| name.to_str());
    let fits = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    name.filter(fits).unwrap_or("recorded").to_owned()
}

fn leave(args: &RecordArgs, conversation: &Conversation, recording: &Recording, name: &str) -> Exit {
    for note in &conversation.notes {
        complain(note);
    }
    if let Some(cut) = &conversation.cut {
        complain(&format!("not all is recorded: it was cut by {cut}"));
    }
    if let Some(error) = &recording.mistakes {
        // It is a defect of wiretale, and the file is worth having all the same.
        complain(&format!("the scenario that was written is wrong: {error}"));
    }
    let mut remarks = recording.replay.iter().flat_map(|replay| &replay.remarks);
    remarks
        .by_ref()
        .for_each(|remark| complain(&format!("the scenario is not all that was said: {remark}")));
    recording
        .drawing
        .diagram
        .remarks
        .iter()
        .for_each(|remark| complain(remark));
    match suite::leave(recording, &args.output, name) {
        Ok(written) if !args.quiet => {
            for (server, framing) in &recording.framings {
                let how = if args.heard.framing.is_some() {
                    ""
                } else {
                    ", as it seems"
                };
                say(&format!("{server} speaks {framing}{how}\n"));
            }
            let count = recording.framings.len().max(conversation.connections.len());
            let what = if count == 1 { "connection" } else { "connections" };
            say(&format!("{count} {what}:\n"));
            for path in written {
                say(&format!("  {}\n", path.display()));
            }
            Exit::Passed
        }
        Ok(_) => Exit::Passed,
        Err(error) => {
            complain(&format!("cannot write {error}"));
            Exit::Other
        }
    }
}

/// Listens between clients and the server until it is enough.
fn live(args: &RecordArgs) -> Result<Conversation, Exit> {
    let wrong = |error: String| {
        complain(&error);
        Exit::Wrong
    };
    let other = |text: String| {
        complain(&text);
        Exit::Other
    };
    let listen = args.listens().map_err(wrong)?;
    let to = args.address(args.to.as_deref().unwrap_or_default()).map_err(wrong)?;
    runtime::start(1);
    runtime::leave_unheeded();
    let heeding = Heeding::begin();
    let proxy = Proxy::listen(listen, to).map_err(|error| other(format!("cannot listen at {listen}: {error}")))?;
    let journal = journal(args, to).map_err(|error| other(format!("cannot write {error}")))?;
    let at = proxy.address();
    // Whoever started this waits for the line.
    let told = writeln!(io::stdout(), "{at}").and_then(|()| io::stdout().flush());
    if told.is_err() && args.command.is_empty() {
        return Err(other("nobody can be told the address".to_owned()));
    }
    let until = Until {
        connections: args.connections.map(|count| count as usize),
        time: args.time,
    };
    let client = match args.command.is_empty() {
        true => None,
        false => Some(start(&args.command, at).map_err(|error| {
            complain(&format!("cannot start {}: {error}", args.command[0]));
            Exit::Wrong
        })?),
    };
    let ended = client.clone();
    let stop = async move {
        let signal = heeding.next();
        let exits = async {
            match ended {
                Some(client) => exit(client).await,
                None => std::future::pending().await,
            }
        };
        futures::future::select(Box::pin(signal), Box::pin(exits)).await;
    };
    let heard = runtime::block_on(proxy.record(limits(&args.heard), until, Some(journal), stop));
    if let Some(client) = client {
        end(&client, &args.command[0]);
    }
    Ok(heard)
}

fn journal(args: &RecordArgs, to: SocketAddr) -> io::Result<Box<dyn Journal>> {
    let path = args.output.join("trace.jsonl");
    let about = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    fs::create_dir_all(&args.output).map_err(about)?;
    let file = File::create(&path).map_err(about)?;
    let client = args.client.as_deref().unwrap_or("Client");
    let server = args
        .server
        .as_deref()
        .or_else(|| service(to.port()))
        .unwrap_or("Server");
    let scenario = format!("{}.json", called(&args.output));
    Ok(Box::new(Pieces::begin(file, &scenario, client, server).map_err(about)?))
}

/// The command, while it runs.
type Client = Arc<Mutex<Child>>;

fn start(command: &[String], at: SocketAddr) -> io::Result<Client> {
    let fill = |word: &String| {
        word.replace("{address}", &at.to_string())
            .replace("{port}", &at.port().to_string())
            .replace("{host}", &at.ip().to_string())
    };
    let words: Vec<String> = command.iter().map(fill).collect();
    let child = Command::new(&words[0]).args(&words[1..]).spawn()?;
    Ok(Arc::new(Mutex::new(child)))
}

/// Waits until the command has ended.
async fn exit(client: Client) {
    let (over, ends) = channel::bounded(1);
    std::thread::spawn(move || {
        while status(&client).is_none() {
            std::thread::sleep(LOOK);
        }
        // Nobody waits any more where the recording has ended before.
        let _ = over.try_send(());
    });
    let _ = ends.recv().await;
}

fn status(client: &Client) -> Option<ExitStatus> {
    let mut child = client.lock().expect("no thread panics while it looks");
    // What cannot be asked is over.
    child.try_wait().unwrap_or_else(|_| Some(ExitStatus::default()))
}

/// Ends the command where it still runs, and says how it ended where that is not well.
fn end(client: &Client, name: &str) {
    match status(client) {
        Some(status) if status.success() => {}
        Some(status) => complain(&format!("{name} has ended with {status}")),
        None => {
            let mut child = client.lock().expect("no thread panics while it looks");
            // That it has ended just now is no matter.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
