//! The binary itself: it starts with nothing, serves, stops when told, and names what is wrong with its settings.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that finds what it does not expect is to fail"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a server may take to start, and to stop, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn madang(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madang"));
    command.current_dir(folder.path()).env_clear().env("PORT", "0").env("PASSWORD_COST", "4");
    command
}

fn run(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// A server that is killed if the test fails.
struct Server {
    child: Child,
    address: String,
    greeting: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C") {
            let line = lines.next().unwrap_or_else(|| panic!("the server ended:\n{greeting}")).unwrap();
            greeting.push_str(&line);
            greeting.push('\n');
        }
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let address = greeting.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address, greeting }
    }

    fn get(&self, path: &str) -> String {
        self.get_with(path, "")
    }

    fn get_with(&self, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn stop(mut self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(began.elapsed() < PATIENCE, "the server does not stop");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn it_serves_with_no_set_up_at_all_and_a_second_start_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let first = Server::start(madang(&folder).args(["serve", "--sample"]));
    assert!(first.greeting.contains("admin /"), "{}", first.greeting);
    assert!(first.get("/health/ready").starts_with("HTTP/1.1 200"));
    assert!(first.get("/api/v1/courses").starts_with("HTTP/1.1 401"));
    first.stop();
    assert!(folder.path().join("data/madang.db").exists());

    let second = Server::start(madang(&folder).args(["serve", "--sample"]));
    assert!(!second.greeting.contains("admin /"), "{}", second.greeting);
    assert!(second.get("/health/ready").starts_with("HTTP/1.1 200"));
    second.stop();
}

#[test]
fn every_wrong_setting_stops_the_start_and_is_named() {
    let folder = TempDir::new().unwrap();
    let (good, said) =
        run(madang(&folder).arg("serve").env("PORT", "x").env("CORS_ORIGINS", "*").env("LOG_FORMAT", "y"));
    assert!(!good);
    for name in ["PORT", "CORS_ORIGINS", "LOG_FORMAT"] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!folder.path().join("data").exists(), "a wrong start left something behind");
}

#[test]
fn a_misspelt_setting_in_the_file_is_named() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(".env"), "DATABSE_URL=sqlite://x.db\n").unwrap();
    let (good, said) = run(madang(&folder).args(["migrate", "status"]));
    assert!(!good && said.contains("DATABSE_URL"), "{said}");
}

#[test]
fn the_doctor_says_what_to_do_until_all_is_well() {
    let folder = TempDir::new().unwrap();
    let (good, said) = run(madang(&folder).arg("doctor"));
    assert!(!good && said.contains("madang migrate up"), "{said}");
    assert!(run(madang(&folder).args(["migrate", "up"])).0);
    let (good, said) = run(madang(&folder).arg("doctor"));
    assert!(good, "{said}");
}

#[test]
fn migrations_go_up_and_down_and_show_where_they_stand() {
    let folder = TempDir::new().unwrap();
    let status = || run(madang(&folder).args(["migrate", "status"])).1;
    assert!(status().contains("pending"));
    assert!(run(madang(&folder).args(["migrate", "up"])).0);
    assert!(!status().contains("pending"));
    assert!(run(madang(&folder).args(["migrate", "down", "1"])).0);
    assert!(status().contains("pending"));
}

#[test]
fn an_admin_is_made_once_per_name() {
    let folder = TempDir::new().unwrap();
    let (good, said) = run(madang(&folder).args(["create-admin", "--username", "chief"]));
    assert!(good && said.contains("password"), "{said}");
    assert!(!run(madang(&folder).args(["create-admin", "--username", "chief"])).0);
}

/// The names of the keys by what they do, as `madang keys list` tells.
fn keys(said: &str, state: &str) -> Vec<String> {
    let rows = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(1) == Some(&state)).map(|row| row.first().unwrap().to_string()).collect()
}

#[test]
fn keys_are_rotated_and_a_running_server_notices() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(madang(&folder).arg("serve"));
    let (good, before) = run(madang(&folder).args(["keys", "list"]));
    assert!(good, "{before}");
    let (active, next) = (keys(&before, "active"), keys(&before, "next"));
    assert_eq!((active.len(), next.len(), keys(&before, "retiring").len()), (1, 1, 0), "{before}");
    let published = server.get("/.well-known/jwks.json");
    assert!(published.contains(&active[0]) && published.contains(&next[0]), "{published}");

    let (good, after) = run(madang(&folder).args(["keys", "rotate"]));
    assert!(good, "{after}");
    assert_eq!((keys(&after, "active"), keys(&after, "retiring")), (next, active.clone()), "{after}");
    let new = keys(&after, "next");
    assert!(new.len() == 1 && !before.contains(&new[0]), "{after}");

    // A token of a key that the server has not heard of makes it look, so nobody waits for the half minute.
    let header = format!("{{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"{}\"}}", new[0]);
    let token =
        format!("{}.e30.AAAA", base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, header));
    let refused = server.get_with("/api/v1/courses", &format!("Authorization: Bearer {token}\r\n"));
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let published = server.get("/.well-known/jwks.json");
    assert!(published.contains(&new[0]) && published.contains(&active[0]), "{published}");
    server.stop();
}

#[test]
fn with_a_shared_secret_there_are_no_keys_to_rotate() {
    let folder = TempDir::new().unwrap();
    let secret = "9f8a7c6b5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b";
    let (good, said) = run(madang(&folder).args(["keys", "rotate"]).env("JWT_SECRET", secret));
    assert!(!good && said.contains("JWT_SECRET") && !said.contains(secret), "{said}");
    for weak in ["short", "your-secret-key-change-this-in-production"] {
        let (good, said) = run(madang(&folder).arg("serve").env("JWT_SECRET", weak));
        assert!(!good && said.contains("JWT_SECRET") && !said.contains(weak), "{said}");
    }
}

#[test]
fn help_names_every_command() {
    let folder = TempDir::new().unwrap();
    let (good, said) = run(madang(&folder).arg("--help"));
    assert!(good);
    for command in [
        "serve",
        "worker",
        "keys",
        "migrate",
        "create-admin",
        "import",
        "export",
        "openapi",
        "doctor",
        "healthcheck",
    ] {
        assert!(said.contains(command), "{said}");
    }
}

#[test]
fn a_health_check_of_a_server_that_is_not_there_fails() {
    let folder = TempDir::new().unwrap();
    assert!(!run(madang(&folder).arg("healthcheck").env("PORT", "1")).0);
}
