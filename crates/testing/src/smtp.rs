//! A mail server for tests: it speaks SMTP, keeps what it is given, and misbehaves when told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How the server treats one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpManner {
    /// It takes the mail.
    Accept,
    /// It puts the recipient off (451).
    PutOff,
    /// It knows no such recipient (550).
    Refuse,
    /// It does not let us in (535).
    LockOut,
    /// It takes the connection and says nothing.
    Hang,
    /// It takes the whole mail and is gone before it says so.
    CutAfterData,
}

/// A mail that the server was given, whether it said so or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// The address of `MAIL FROM`.
    pub from: String,
    /// The addresses of `RCPT TO`.
    pub to: Vec<String>,
    /// Headers and body as they came.
    pub data: String,
}

impl ReceivedMail {
    /// The value of a header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let unfolded = self.data.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let mut lines = unfolded.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }
}

#[derive(Default)]
struct State {
    manners: VecDeque<SmtpManner>,
    mails: Vec<ReceivedMail>,
    connections: usize,
}

/// A mail server on a port of its own; gone when it is dropped.
pub struct FakeSmtpServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl FakeSmtpServer {
    /// A server that treats its connections like this, one after the other, and takes the mails of all further ones.
    pub async fn start(manners: impl IntoIterator<Item = SmtpManner>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state =
            Arc::new(Mutex::new(State { manners: manners.into_iter().collect(), ..State::default() }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let manner = {
                    let mut state = lock(&shared);
                    state.connections += 1;
                    state.manners.pop_front().unwrap_or(SmtpManner::Accept)
                };
                // A client that breaks off is nothing to fail about.
                tokio::spawn(converse(stream, manner, Arc::clone(&shared)));
            }
        });
        Self { address, state, task }
    }

    /// The address for a mailer.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it was given so far.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        lock(&self.state).mails.clone()
    }

    /// How many mails it was given so far.
    pub fn count(&self) -> usize {
        lock(&self.state).mails.len()
    }

    /// How often somebody came.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

impl Drop for FakeSmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn converse(stream: TcpStream, manner: SmtpManner, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    if manner == SmtpManner::Hang {
        // Until the client gives up.
        stream.read_to_end(&mut Vec::new()).await?;
        return Ok(());
    }
    say(&mut stream, "220 fake.example ESMTP").await?;
    let mut mail = ReceivedMail { from: String::new(), to: Vec::new(), data: String::new() };
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (verb, rest) =
            line.trim_end().split_at(line.trim_end().find([' ', ':']).unwrap_or(line.trim_end().len()));
        match (verb.to_ascii_uppercase().as_str(), manner) {
            ("EHLO", _) => say(&mut stream, "250-fake.example\r\n250-8BITMIME\r\n250 SMTPUTF8").await?,
            ("MAIL", SmtpManner::LockOut) => say(&mut stream, "535 5.7.8 Authentication required").await?,
            ("MAIL", _) => {
                mail.from = address(rest);
                say(&mut stream, "250 2.1.0 Ok").await?;
            }
            ("RCPT", SmtpManner::PutOff) => say(&mut stream, "451 4.7.1 Try again later").await?,
            ("RCPT", SmtpManner::Refuse) => {
                say(&mut stream, &format!("550 5.1.1 <{}> unknown", address(rest))).await?;
            }
            ("RCPT", _) => {
                mail.to.push(address(rest));
                say(&mut stream, "250 2.1.5 Ok").await?;
            }
            ("DATA", _) => {
                say(&mut stream, "354 End data with <CR><LF>.<CR><LF>").await?;
                mail.data = data(&mut stream).await?;
                lock(&state).mails.push(mail.clone());
                if manner == SmtpManner::CutAfterData {
                    return Ok(());
                }
                say(&mut stream, "250 2.0.0 Ok: queued").await?;
            }
            ("RSET" | "NOOP", _) => say(&mut stream, "250 2.0.0 Ok").await?,
            ("QUIT", _) => return say(&mut stream, "221 2.0.0 Bye").await,
            _ => say(&mut stream, "502 5.5.2 Command not recognized").await?,
        }
    }
}

async fn say(stream: &mut BufStream<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// Reads up to the lonely dot and takes away the dots that were put before others.
async fn data(stream: &mut BufStream<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            // Whoever sent it is gone: a mail without its end was not received.
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

/// `MAIL FROM:<a@b> BODY=8BITMIME` names `a@b`.
fn address(rest: &str) -> String {
    let inner = rest.split_once('<').map_or("", |(_, inner)| inner);
    inner.split('>').next().unwrap_or_default().to_owned()
}
