//! A connection between the application and one of its servers that can be cut.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// The way to a server, which can be cut.
pub struct Proxy {
    address: String,
    broken: Arc<AtomicBool>,
    cut: watch::Sender<u32>,
}

impl Proxy {
    /// A way to the server at this address.
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let broken = Arc::new(AtomicBool::new(false));
        let (cut, cuts) = watch::channel(0);
        let is_broken = broken.clone();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.expect("a connection");
                if is_broken.load(Ordering::SeqCst) {
                    continue;
                }
                let (target, mut cuts) = (target.clone(), cuts.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut server) = TcpStream::connect(target).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Self { address, broken, cut }
    }

    /// Where the way begins.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Cuts every connection, and lets none through any more.
    pub fn break_networking(&self) {
        self.broken.store(true, Ordering::SeqCst);
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    /// Lets connections through again.
    pub fn restore_networking(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }
}
