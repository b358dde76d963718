//! A whole list as a file: walked batch by batch and written while it is read, so that memory does not grow with it.
//!
//! A fault in the middle breaks the connection off, because the status has been sent: a file that ends early is never
//! taken for a whole one.

use std::{fs::File, io::Read, io::Seek};

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    web::{self, Bytes},
};
use futures_util::stream;
use madang_domain::page::{Cursor, Listed, Listing, PageSize, Window};
use madang_interchange::{
    columns::{Exported, Scope, write_header, write_row},
    write::{Chunks, CsvWriter, TableWriter, WriteError, XlsxWriter},
};

use crate::{
    problem::{Problem, ProblemCode},
    request::ListFormat,
};

pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// How much of a finished spreadsheet is sent at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Answers a list as a file; the first batch is read before anything is sent, so that a refusal is a problem document.
pub async fn list_file<F, S, T, E>(
    format: ListFormat,
    listing: Listing<F, S>,
    mut fetch: impl AsyncFnMut(Listing<F, S>) -> Result<Listed<T>, E> + 'static,
) -> Result<HttpResponse, Problem>
where
    F: Clone + 'static,
    S: Clone + 'static,
    T: Exported + Send,
    Problem: From<E>,
{
    let listing = at(&listing, None);
    let first = fetch(listing.clone()).await?;
    let mut file = ListFile::open(format).map_err(|error| refused(&error))?;
    file = file.rows(first.items).await?;
    let kind = if format == ListFormat::Xlsx { XLSX } else { CSV };
    let extension = if format == ListFormat::Xlsx { "xlsx" } else { "csv" };
    let name = format!("attachment; filename=\"{}.{extension}\"", T::TABLE);
    let walk = Walk { file, next: first.next, listing, fetch, stage: Stage::Reading };
    let body = stream::try_unfold(walk, |walk| async { walk.step().await });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(body))
}

/// The same list, from this place on.
fn at<F: Clone, S: Clone>(listing: &Listing<F, S>, cursor: Option<Cursor>) -> Listing<F, S> {
    Listing {
        filter: listing.filter.clone(),
        sort: listing.sort.clone(),
        window: Window::After { cursor, size: PageSize::BATCH },
    }
}

fn refused(error: &WriteError) -> Problem {
    tracing::error!(%error, "a list could not be written as a file");
    Problem::new(ProblemCode::Internal)
}

/// A walk under way.
struct Walk<F, S, A> {
    file: ListFile,
    next: Option<Cursor>,
    listing: Listing<F, S>,
    fetch: A,
    stage: Stage,
}

/// How far a walk is.
enum Stage {
    /// There may be more rows.
    Reading,
    /// The file is whole; the rest of it is being sent.
    Sending,
}

impl<F: Clone, S: Clone, A> Walk<F, S, A> {
    /// The next piece of the file, if there is one.
    async fn step<T, E>(mut self) -> Result<Option<(Bytes, Self)>, Problem>
    where
        A: AsyncFnMut(Listing<F, S>) -> Result<Listed<T>, E>,
        T: Exported + Send,
        Problem: From<E>,
    {
        loop {
            let piece = match self.stage {
                Stage::Reading => self.file.written(),
                Stage::Sending => self.file.finished().await?,
            };
            if !piece.is_empty() {
                return Ok(Some((Bytes::from(piece), self)));
            }
            match (&self.stage, self.next.take()) {
                (Stage::Sending, _) => return Ok(None),
                (Stage::Reading, Some(cursor)) => {
                    let listed = (self.fetch)(at(&self.listing, Some(cursor))).await?;
                    self.next = listed.next;
                    self.file = self.file.rows(listed.items).await?;
                }
                (Stage::Reading, None) => {
                    self.file = self.file.end().await?;
                    self.stage = Stage::Sending;
                }
            }
        }
    }
}

/// A file being written: CSV can be sent as it grows, a spreadsheet only once it is whole.
struct ListFile {
    writer: Option<Box<dyn TableWriter>>,
    chunks: Chunks,
    whole: Option<File>,
    has_header: bool,
}

impl ListFile {
    fn open(format: ListFormat) -> Result<Self, WriteError> {
        let chunks = Chunks::new();
        let (writer, whole): (Box<dyn TableWriter>, Option<File>) = match format {
            ListFormat::Json | ListFormat::Csv => (Box::new(CsvWriter::new(chunks.clone())?), None),
            ListFormat::Xlsx => {
                let file = tempfile::tempfile()?;
                (Box::new(XlsxWriter::new(file.try_clone()?)?), Some(file))
            }
        };
        Ok(Self { writer: Some(writer), chunks, whole, has_header: false })
    }

    /// Writes rows, away from the thread that serves requests.
    async fn rows<T: Exported + Send>(mut self, rows: Vec<T>) -> Result<Self, Problem> {
        blocking(move || {
            if let Some(writer) = &mut self.writer {
                if !self.has_header {
                    write_header::<T>(&mut **writer, Scope::All)?;
                    self.has_header = true;
                }
                for row in &rows {
                    write_row(&mut **writer, Scope::All, row)?;
                }
            }
            Ok(self)
        })
        .await
    }

    /// Writes what stands at the end of the file.
    async fn end(mut self) -> Result<Self, Problem> {
        blocking(move || {
            if let Some(writer) = self.writer.take() {
                writer.finish()?;
            }
            if let Some(file) = &mut self.whole {
                file.rewind()?;
            }
            Ok(self)
        })
        .await
    }

    /// What was written since it was last asked.
    fn written(&self) -> Vec<u8> {
        self.chunks.take()
    }

    /// The next piece of a file that is whole; empty at its end.
    async fn finished(&mut self) -> Result<Vec<u8>, Problem> {
        let rest = self.written();
        let Some(file) = &self.whole else { return Ok(rest) };
        let mut file = file.try_clone().map_err(|error| refused(&error.into()))?;
        blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            Ok(piece)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WriteError> + Send + 'static,
) -> Result<T, Problem> {
    match web::block(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(Problem::new(ProblemCode::Internal)),
    }
}
