//! Programs that others wrote, where they are installed.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use crate::stage::{plays_alike, record};
use crate::tool::Folder;

/// Whether a program is there; it may be missing, unless it is said that it must not be.
pub(crate) fn installed(name: &str) -> Option<()> {
    let found =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(name).is_file());
    assert!(
        found || std::env::var_os("WIRETALE_REQUIRE_PEERS").is_none(),
        "{name} is not installed"
    );
    if !found {
        eprintln!("not asked: {name} is not installed");
    }
    found.then_some(())
}

/// A server that is ended with the test.
struct Redis(Child, SocketAddr);

impl Redis {
    fn start(folder: &Folder) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new("redis-server")
            .args([
                "--port",
                &address.port().to_string(),
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .current_dir(folder.path(""))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        assert!(lines.any(|line| line.contains("Ready to accept connections")));
        // What it says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self(child, address)
    }

    fn forgets(&self) {
        let port = self.1.port().to_string();
        let status = Command::new("redis-cli")
            .args(["-p", &port, "FLUSHALL"])
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

const COMMANDS: &str = "redis-cli -p {port} SET k v; redis-cli -p {port} INCR k; redis-cli -p {port} GET nobody; \
    printf 'MULTI\\nINCR n\\nINCR n\\nEXEC\\n' | redis-cli -p {port}";

#[test]
fn redis_cli_and_redis_server_are_recorded_and_each_side_is_played_against_the_real_other_one() {
    let (Some(()), Some(())) = (installed("redis-server"), installed("redis-cli")) else {
        return;
    };
    let folder = Folder::empty();
    let redis = Redis::start(&folder);
    for side in ["client", "server", "both"] {
        redis.forgets();
        let more = [
            "-o", side, "--as", side, "--server", "Redis", "--", "bash", "-c", COMMANDS,
        ];
        let told = record(&folder, redis.1, &more).ends_well();
        assert!(told.err.contains("Redis speaks \"resp\""), "{}", told.err);
        for _ in 0..3 {
            redis.forgets();
            plays_alike(&folder, side, &["--allow-process"]);
        }
    }
    redis.forgets();
    plays_alike(&folder, "both", &["--external", &format!("Redis={}", redis.1)]);
}
