//! Real etcds of a test's own: on free ports, ready when they answer, gone with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use metactl::store::etcd::{Etcd as Store, EtcdOptions, EtcdTls};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a server may take until it answers.
const READY: Duration = Duration::from_secs(30);

/// One etcd: one server, or several that form a cluster.
pub struct Etcd {
    members: Vec<Member>,
    scheme: &'static str,
    // Removed after the servers have ended.
    _directory: TempDir,
}

/// One server, which can be killed, frozen and started again where it was.
pub struct Member {
    args: Vec<String>,
    client: u16,
    data: PathBuf,
    plain: bool,
    running: Mutex<Option<Running>>,
}

/// A server that runs, and the shell that ends it with the tests.
struct Running {
    keeper: Child,
    etcd: Pid,
}

/// How to start one.
#[derive(Default)]
pub struct Setup {
    pub args: Vec<String>,
    /// Certificates that the server shows and asks for.
    pub tls: Option<ServerTls>,
    pub members: usize,
}

#[derive(Clone)]
pub struct ServerTls {
    pub ca: PathBuf,
    pub cert: PathBuf,
    pub key: PathBuf,
    /// Whether clients must show one of their own.
    pub mutual: bool,
}

impl Etcd {
    /// A server with etcd's defaults.
    pub fn start() -> Etcd {
        Etcd::start_with(Setup::default())
    }

    /// A server with more arguments, as in `--max-txn-ops=32`.
    pub fn start_args(args: &[&str]) -> Etcd {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Etcd::start_with(Setup { args, ..Setup::default() })
    }

    /// Three servers.
    pub fn start_three() -> Etcd {
        Etcd::start_with(Setup { members: 3, ..Setup::default() })
    }

    pub fn start_with(setup: Setup) -> Etcd {
        // A port that the system gave may be taken again before etcd binds it.
        for _ in 0..5 {
            let etcd = Etcd::try_start(&setup);
            if etcd.members.iter().all(Member::wait_ready) {
                return etcd;
            }
        }
        panic!("etcd did not start: its last words are above");
    }

    fn try_start(setup: &Setup) -> Etcd {
        let directory = TempDir::new().unwrap();
        let count = setup.members.max(1);
        let ports: Vec<(u16, u16)> =
            free_ports(count * 2).chunks(2).map(|p| (p[0], p[1])).collect();
        let scheme = if setup.tls.is_some() { "https" } else { "http" };
        let cluster: Vec<_> = ports
            .iter()
            .enumerate()
            .map(|(index, (_, peer))| format!("m{index}=http://127.0.0.1:{peer}"))
            .collect();
        let members = ports.iter().enumerate().map(|(index, (client, peer))| {
            let data = directory.path().join(format!("m{index}"));
            let mut args = vec![
                format!("--name=m{index}"),
                format!("--data-dir={}", data.display()),
                format!("--listen-client-urls={scheme}://127.0.0.1:{client}"),
                format!("--advertise-client-urls={scheme}://127.0.0.1:{client}"),
                format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
                format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
                format!("--initial-cluster={}", cluster.join(",")),
                "--logger=zap".to_owned(),
                "--log-level=warn".to_owned(),
            ];
            if let Some(tls) = &setup.tls {
                args.push(format!("--cert-file={}", tls.cert.display()));
                args.push(format!("--key-file={}", tls.key.display()));
                if tls.mutual {
                    args.push("--client-cert-auth".to_owned());
                    args.push(format!("--trusted-ca-file={}", tls.ca.display()));
                }
            }
            args.extend(setup.args.iter().cloned());
            let running = Mutex::new(Some(spawn(&args)));
            Member { args, client: *client, data, plain: setup.tls.is_none(), running }
        });
        Etcd { members: members.collect(), scheme, _directory: directory }
    }

    pub fn member(&self, index: usize) -> &Member {
        &self.members[index]
    }

    /// `host:port` of each server.
    pub fn addresses(&self) -> Vec<String> {
        self.members.iter().map(Member::address).collect()
    }

    /// The endpoint as one types it.
    pub fn endpoint(&self) -> String {
        let scheme = if self.scheme == "https" { "etcds" } else { "etcd" };
        format!("{scheme}://{}", self.addresses().join(","))
    }

    /// What opens a store on it.
    pub fn options(&self) -> EtcdOptions {
        EtcdOptions {
            endpoints: self.addresses(),
            tls: (self.scheme == "https").then(EtcdTls::default),
            user: None,
            password: None,
            prefix: None,
            timeout: Duration::from_secs(10),
        }
    }

    pub fn store(&self) -> Store {
        Store::open(&self.options()).unwrap()
    }

    /// etcd's own client, in plain text, for what a foreign writer does.
    pub async fn client(&self) -> etcd_client::Client {
        etcd_client::Client::connect(self.addresses(), None).await.unwrap()
    }
}

/// A server that was used by other tests and is empty again.
pub struct Lent(Option<Etcd>);

static IDLE: Mutex<Vec<Etcd>> = Mutex::new(Vec::new());

impl Lent {
    /// Of its own for one test; starting one for each would take most of the time.
    pub async fn take() -> Lent {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let etcd = idle.unwrap_or_else(Etcd::start);
        let everything = etcd_client::DeleteOptions::new().with_from_key();
        etcd.client().await.delete("", Some(everything)).await.unwrap();
        Lent(Some(etcd))
    }
}

impl std::ops::Deref for Lent {
    type Target = Etcd;

    fn deref(&self) -> &Etcd {
        self.0.as_ref().unwrap()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let etcd = self.0.take();
        // Who has failed may have left anything behind.
        if !std::thread::panicking() {
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).extend(etcd);
        }
    }
}

impl Member {
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.client)
    }

    /// Ends it without a warning.
    pub fn kill(&self) {
        if let Some(mut running) = self.running().take() {
            let _ = kill_process(running.etcd, Signal::KILL);
            let _ = running.keeper.wait();
        }
    }

    /// Starts it again, on the same ports and the same data, and waits for it.
    pub fn restart(&self) {
        self.kill();
        *self.running() = Some(spawn(&self.args));
        assert!(self.wait_ready(), "etcd did not come back");
    }

    /// Stops it in the middle of whatever it does.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// A copy of the data of a server that was killed.
    pub fn backup(&self) -> TempDir {
        let copy = TempDir::new().unwrap();
        copy_into(&self.data, copy.path());
        copy
    }

    /// Puts a copy in the place of the data of a server that was killed.
    pub fn restore(&self, copy: &TempDir) {
        std::fs::remove_dir_all(&self.data).unwrap();
        copy_into(copy.path(), &self.data);
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.running().as_ref().unwrap().etcd, signal).unwrap();
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it answers before it ends or the time is over.
    fn wait_ready(&self) -> bool {
        let deadline = Instant::now() + READY;
        let address: SocketAddr = self.address().parse().unwrap();
        while Instant::now() < deadline {
            let ended = match self.running().as_mut() {
                Some(running) => running.keeper.try_wait().unwrap().is_some(),
                None => true,
            };
            if ended {
                return false;
            }
            if answers(address, self.plain).unwrap_or(false) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}

fn copy_into(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(done.success(), "cp has failed");
}

/// Whether the server says that it is well, or, with TLS, that it listens.
fn answers(address: SocketAddr, plain: bool) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200))?;
    if !plain {
        return Ok(true);
    }
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET /health HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.contains("\"health\":\"true\""))
}

/// Runs etcd, says its id, and ends it when its input ends: also when the tests
/// are killed, no server stays behind.
const KEEPER: &str = r#"
exec 3<&0
"$@" </dev/null &
etcd=$!
echo $etcd
{ read -r _ <&3; kill -0 $$ && kill -9 $etcd; } 2>/dev/null &
wait $etcd
"#;

fn spawn(args: &[String]) -> Running {
    let mut keeper = Command::new("/bin/sh")
        .args(["-c", KEEPER, "etcd"])
        .arg(program("etcd"))
        .args(args)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut id = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut id).unwrap();
    let etcd = Pid::from_raw(id.trim().parse().unwrap()).unwrap();
    // Its last words are of interest to who reads the output of a failed test.
    let stderr = BufReader::new(keeper.stderr.take().unwrap());
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok).filter(|line| line.contains("fatal")) {
            eprintln!("etcd: {line}");
        }
    });
    Running { keeper, etcd }
}

/// A program under `target/tools/bin/`, or on the PATH.
#[allow(clippy::disallowed_methods)] // The tests' own environment, no setting of the program.
pub fn program(name: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin").join(name);
    if own.exists() {
        return own;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("`{name}` is missing; type `tests/run.sh`, which fetches it"))
}

fn free_ports(count: usize) -> Vec<u16> {
    let listeners: Vec<_> =
        (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap()).collect();
    listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}
