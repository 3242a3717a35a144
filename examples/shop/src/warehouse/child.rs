//! A warehouse of the shop's own, as a child process.
//!
//! The two hold a connection on loopback. The child says on it where it listens, and ends when it
//! is closed: so it ends with its parent, however that ends, and whatever becomes of its logs.

use reqwest::Url;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::timeout;

/// How long it may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The child process; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Child {
    process: tokio::process::Child,
    lifeline: BufReader<TcpStream>,
    url: Url,
}

impl Child {
    /// Starts a warehouse and waits until it listens. It writes its logs where ours go.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["warehouse", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
        command.arg("--lifeline");
        command.arg(listener.local_addr()?.to_string());
        // The name is the shop's. Ctrl-C is the shop's too, which still needs it for jobs in hand.
        command.env_remove("OTEL_SERVICE_NAME").stdin(Stdio::null()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command.spawn()?;
        let connected = async {
            let (stream, _) = listener.accept().await?;
            let mut lifeline = BufReader::new(stream);
            let mut url = String::new();
            lifeline.read_line(&mut url).await?;
            Ok::<_, io::Error>((lifeline, url))
        };
        let (lifeline, url) = tokio::select! {
            connected = timeout(PATIENCE, connected) => connected??,
            ended = process.wait() => {
                return Err(io::Error::other(format!("the warehouse does not start: {}", ended?)));
            }
        };
        let url = url.trim_end().parse().map_err(io::Error::other)?;
        Ok(Self { process, lifeline, url })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Has it end, and waits until it has sent its telemetry.
    pub(crate) async fn end(self) -> io::Result<()> {
        let Self { mut process, lifeline, .. } = self;
        drop(lifeline);
        match timeout(PATIENCE, process.wait()).await {
            Ok(ended) => ended.map(drop),
            Err(_) => process.kill().await,
        }
    }
}

/// The child's side: says where it listens; what is returned is done when the parent has gone.
pub(crate) async fn hold(
    lifeline: SocketAddr,
    url: &str,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut stream = TcpStream::connect(lifeline).await?;
    stream.write_all(format!("{url}\n").as_bytes()).await?;
    Ok(async move {
        // It never says anything; that it is at its end, or broken, is what is waited for.
        let _ = stream.read(&mut [0]).await;
    })
}
