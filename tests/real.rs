//! The shipped scenarios against real programs: each is played ten times against its program and draws its approved diagram
//! each time.
//!
//! `results/real/NAME.mmd` holds the approved diagram of each; `WIRETALE_BLESS=1` writes them anew. A program that is not
//! installed is not asked; with `WIRETALE_REQUIRE_PEERS` it must be. The other shipped scenarios are in `tests/shipped.rs`.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[expect(dead_code, reason = "a part of the tool is enough here")]
mod tool;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use tool::{Folder, golden, top};

/// How often each is played.
const TIMES: usize = 10;

/// A test for each scenario, so that failures are told apart, and that none is left out.
macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => {
        $(
            #[test]
            fn $test() {
                draws_its_approved_diagram($name);
            }
        )*

        #[test]
        fn every_scenario_is_played_and_every_approved_diagram_is_ones() {
            let tested = BTreeSet::from([$($name.to_owned()),*]);
            assert_eq!(names("scenarios/real", ".json"), tested);
            assert_eq!(names("results/real", ".mmd"), tested);
        }
    };
}

scenarios! {
    dig: "dig",
    dnsmasq: "dnsmasq",
    http_curl: "http-curl",
    https_curl: "https-curl",
    mosquitto: "mosquitto",
    mosquitto_clients: "mosquitto-clients",
    openssl: "openssl",
    psql: "psql",
    redis_cli: "redis-cli",
    redis_server: "redis-server",
    sipp_uac: "sipp-uac",
    sipp_uac_tcp: "sipp-uac-tcp",
    sipp_uas: "sipp-uas",
    sipp_uas_tcp: "sipp-uas-tcp",
    swaks: "swaks",
    websockets: "websockets",
}

#[test]
fn none_is_warned_of_and_each_is_laid_out() {
    let folder = Folder::empty();
    let files: Vec<String> = names("scenarios/real", ".json").iter().map(|name| file(name)).collect();
    for command in [&["check"][..], &["fmt", "--check"]] {
        let mut told = folder.command(command);
        let output = told.args(&files).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !said.contains("warning"),
            "{command:?}\n{said}"
        );
    }
}

/// Plays a scenario again and again, if its programs are there.
fn draws_its_approved_diagram(name: &str) {
    if !programs(name).iter().all(|program| is_installed(program)) {
        return;
    }
    let folder = Folder::empty();
    let file = file(name);
    let mut args = vec!["run", "--allow-process"];
    args.extend([&*file; TIMES]);
    let told = folder.wiretale(&args);
    assert_eq!(told.code, Some(0), "{name}\n{}\n{}", told.err, told.out);
    let drawn: Vec<&str> = told.out.split("sequenceDiagram\n").skip(1).collect();
    assert_eq!(drawn.len(), TIMES, "{name}");
    for diagram in drawn {
        golden(
            &format!("results/real/{name}.mmd"),
            &format!("sequenceDiagram\n{diagram}"),
        );
    }
    // What was decided by chance may be decided otherwise on another machine.
    assert!(!told.err.contains("race 1"), "{name}\n{}", told.err);
}

fn file(name: &str) -> String {
    let path = top().join("scenarios/real").join(format!("{name}.json"));
    path.into_os_string().into_string().unwrap()
}

/// What has this ending in a folder, without it.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let files = fs::read_dir(top().join(folder)).unwrap();
    files
        .filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            // `NAME.new.mmd` and `NAME.diff.mmd` are what a run left that drew another one.
            name.strip_suffix(ending)
                .filter(|name| !name.contains('.'))
                .map(str::to_owned)
        })
        .collect()
}

/// The programs that play actors of a scenario.
fn programs(name: &str) -> BTreeSet<String> {
    let scenario: Json = serde_json::from_str(&fs::read_to_string(file(name)).unwrap()).unwrap();
    let actors = scenario["actors"].as_object().unwrap().values();
    let commands = actors.filter_map(|actor| actor["process"]["command"].as_array());
    let programs: BTreeSet<String> = commands
        .map(|command| command[0].as_str().unwrap().to_owned())
        .collect();
    assert!(!programs.is_empty(), "{name} has no program");
    programs
}

/// Whether a program is there; it may be missing, unless it is said that it must not be.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let mut missing = program.to_owned();
    if program.ends_with("python3") {
        // What it is asked to import must be there too.
        let mut import = Command::new(program);
        import.args(["-c", "import websockets"]).stderr(Stdio::null());
        found = import.status().is_ok_and(|status| status.success());
        missing += " with websockets";
    }
    assert!(
        found || std::env::var_os("WIRETALE_REQUIRE_PEERS").is_none(),
        "{missing} is not installed"
    );
    if !found {
        eprintln!("not asked: {missing} is not installed");
    }
    found
}
