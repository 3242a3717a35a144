//! Runs a warehouse as a child process of the shop.
//!
//! The two share a connection on loopback. The child sends its address on it, and ends when it is
//! closed: so it ends with its parent, however that ends.

use reqwest::Url;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::timeout;

/// The timeout for starting and for stopping.
const PATIENCE: Duration = Duration::from_secs(5);

/// The child process; dropping this stops it.
#[derive(Debug)]
pub(crate) struct Child {
    process: tokio::process::Child,
    lifeline: BufReader<TcpStream>,
    url: Url,
}

impl Child {
    /// Starts a warehouse and waits until it listens. Its logs go to the shop's stdout.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["warehouse", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
        command.arg("--lifeline");
        command.arg(listener.local_addr()?.to_string());
        // `OTEL_SERVICE_NAME` is the shop's. Ctrl-C is for the shop only, whose running jobs still need
        // the warehouse.
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

    /// Returns its address.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Stops it, and waits until it has sent its telemetry.
    pub(crate) async fn end(self) -> io::Result<()> {
        let Self { mut process, lifeline, .. } = self;
        drop(lifeline);
        match timeout(PATIENCE, process.wait()).await {
            Ok(ended) => ended.map(drop),
            Err(_) => process.kill().await,
        }
    }
}

/// Sends the child's address to the parent; the returned future completes when the parent has ended.
pub(crate) async fn hold(
    lifeline: SocketAddr,
    url: &str,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut stream = TcpStream::connect(lifeline).await?;
    stream.write_all(format!("{url}\n").as_bytes()).await?;
    Ok(async move {
        // The parent never sends anything: this waits until the connection is closed or broken.
        let _ = stream.read(&mut [0]).await;
    })
}
