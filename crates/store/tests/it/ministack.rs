//! `MiniStack` as a process of its own, one for the whole suite. It ends with us, however we end.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

/// How many cases a property is tried with: this engine is slow.
pub(crate) const CASES: u32 = 6;

/// The path of its executable.
const VARIABLE: &str = "ERRAND_MINISTACK";

const MISSING: &str = "ERRAND_MINISTACK must be the path of MiniStack's executable. To install it:
    python3 -m venv .venv-emulator && .venv-emulator/bin/pip install 'ministack==1.5.33'
    export ERRAND_MINISTACK=$PWD/.venv-emulator/bin/ministack";

/// Waits until its input closes, which happens when the suite's process is gone, and then ends its process group.
const GUARDED: &str = r#"
"$0" >/dev/null 2>&1 </dev/null &
read -r _
trap '' TERM
kill -TERM 0
sleep 2
kill -KILL 0
"#;

/// The running engine.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) url: String,
}

impl Engine {
    pub(crate) fn start() -> Self {
        static PROCESS: OnceLock<(SocketAddr, Child)> = OnceLock::new();
        let (address, _) = PROCESS.get_or_init(start);
        Self { url: format!("http://{address}") }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings but this one, and real time")]
fn start() -> (SocketAddr, Child) {
    let executable = std::env::var(VARIABLE).unwrap_or_else(|_| panic!("{MISSING}"));
    // Free now, and most likely still free in a moment.
    let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let child = Command::new("sh")
        .args(["-c", GUARDED, &executable])
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", address.port().to_string())
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_healthy(address) {
        assert!(Instant::now() < deadline, "{executable} did not start. {MISSING}");
        std::thread::sleep(Duration::from_millis(100));
    }
    (address, child)
}

fn is_healthy(address: SocketAddr) -> bool {
    let Ok(mut connection) = TcpStream::connect(address) else { return false };
    let request = "GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    connection.write_all(request.as_bytes()).is_ok()
        && connection.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}
