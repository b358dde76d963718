//! Certificates on paper: one as PDF, many as a ZIP archive.

use std::io::Write as _;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    web::{self, Bytes},
};
use futures_util::stream;
use madang_domain::{
    access::Caller,
    certification::{
        Certification, CertificationFilter, CertificationSort, Paper, templates::CertificateTemplate,
    },
    ids::{CertificationId, ClassId, CourseId},
    page::{Cursor, Listing, PageSize, Sort, Window},
};
use madang_interchange::write::Chunks;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::number;
use crate::{
    papers::Papers,
    problem::{Problem, ProblemCode},
    request::{Authenticated, Id, Params},
    state::App,
};

/// So many certificates are read and printed before they are sent.
const BATCH: u32 = 50;

/// Print a certification.
///
/// The certificate as PDF (A4, PDF/A-2u), with a QR code that leads to its verification. It is made from the snapshot by the template
/// that held when it was issued, and is the same, byte for byte, each time. One's own, or anybody's for managers; 409 for one that was
/// revoked or superseded. 수료증 출력.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the certification.")),
    responses((status = 200, description = "The certificate.", content((Vec<u8> = "application/pdf")))))]
#[get("/certifications/{id}/document")]
pub(super) async fn print_certification(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CertificationId>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let paper = app.services().certifications.paper(&caller, id.0).await?;
    let name = format!("inline; filename=\"{}.pdf\"", paper.certification.snapshot.number);
    let papers = app.papers().clone();
    let pdf = printed(move || papers.print(&paper)).await?;
    Ok(pdf_answer(pdf, &name))
}

/// A PDF as an answer.
pub(super) fn pdf_answer(pdf: Vec<u8>, disposition: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/pdf"))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .body(pdf)
}

/// Prints away from the thread that serves requests.
pub(super) async fn printed<E: Send + 'static>(
    print: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
) -> Result<Vec<u8>, Problem>
where
    Problem: From<E>,
{
    Ok(web::block(print).await.map_err(|_| Problem::new(ProblemCode::Internal))??)
}

/// The query of `GET /courses/{id}/certifications/documents`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrintCertificationsQuery {
    /// That rest on this class, among others.
    class_id: Option<Uuid>,
    /// With this number or a later one.
    #[param(max_length = 20, example = "2026-0001")]
    number_from: Option<String>,
    /// With this number or an earlier one.
    #[param(max_length = 20, example = "2026-0100")]
    number_to: Option<String>,
}

/// Print the certifications of a course.
///
/// Every certificate that holds, as PDF files in a ZIP archive, in the order of their numbers. It is printed while it is sent, so there is no
/// limit; one that can't be printed breaks the archive off. For managers. 수료증 일괄 출력.
#[utoipa::path(tag = "certifications", params(("id" = Uuid, Path, description = "The id of the course."), PrintCertificationsQuery),
    responses((status = 200, description = "The certificates.", content((Vec<u8> = "application/zip")))))]
#[get("/courses/{id}/certifications/documents")]
pub(super) async fn print_certifications(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<CourseId>,
    query: Params<PrintCertificationsQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let query = query.0;
    let templates = app.services().certifications.templates(&caller, id.0).await?;
    let filter = CertificationFilter {
        course_id: Some(id.0),
        class_id: query.class_id.map(ClassId),
        number_from: number("number_from", query.number_from.as_deref())?,
        number_to: number("number_to", query.number_to.as_deref())?,
        ..CertificationFilter::default()
    };
    let chunks = Chunks::new();
    let archive =
        Archive { writer: ZipWriter::new_stream(chunks.clone()), papers: app.papers().clone(), templates };
    let caller = caller.0;
    let mut run = Run { app, caller, filter, chunks, archive: Some(archive), next: Some(None) };
    // The first batch is printed before anything is sent, so that a refusal is a problem document.
    let first = run.piece().await?.unwrap_or_default();
    let rest = stream::try_unfold(run, |mut run| async move {
        Ok::<_, Problem>(run.piece().await?.map(|piece| (piece, run)))
    });
    let body = stream::StreamExt::chain(stream::once(async { Ok(first) }), rest);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"certificates.zip\""))
        .streaming(body))
}

/// Printing under way.
struct Run {
    app: App,
    caller: Caller,
    filter: CertificationFilter,
    chunks: Chunks,
    /// `None` once the archive is whole.
    archive: Option<Archive>,
    /// Where the next batch begins; the outer `None` means that there is none.
    next: Option<Option<Cursor>>,
}

impl Run {
    /// The next piece of the archive, if there is one.
    async fn piece(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let written = self.chunks.take();
            if !written.is_empty() {
                return Ok(Some(Bytes::from(written)));
            }
            let Some(mut archive) = self.archive.take() else { return Ok(None) };
            let Some(cursor) = self.next.take() else {
                written_off(move || archive.finish()).await?;
                continue;
            };
            let window = Window::After { cursor, size: PageSize::parse(BATCH).unwrap_or(PageSize::BATCH) };
            let sort = Sort::ascending(CertificationSort::Number);
            let listing = Listing { filter: self.filter.clone(), sort, window };
            let listed = self.app.services().certifications.printable(&self.caller, listing).await?;
            self.next = listed.next.map(Some);
            let items = listed.items;
            let archive = written_off(move || {
                for certification in items {
                    archive.add(certification)?;
                }
                Ok(archive)
            })
            .await?;
            self.archive = Some(archive);
        }
    }
}

async fn written_off<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    web::block(work).await.map_err(|_| Problem::new(ProblemCode::Internal))?
}

/// An archive being written.
struct Archive {
    writer: ZipWriter<StreamWriter<Chunks>>,
    papers: Papers,
    /// The versions of the template of the course, the first first.
    templates: Vec<CertificateTemplate>,
}

impl Archive {
    fn add(&mut self, certification: Certification) -> Result<(), Problem> {
        let held = |template: &&CertificateTemplate| template.created_at <= certification.snapshot.issued_at;
        let template = self.templates.iter().rfind(held).cloned();
        let name = file_name(&certification);
        let pdf = self.papers.print(&Paper { certification, template })?;
        // What is inside a PDF is compressed already.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        self.writer.start_file(name, options).map_err(|error| broken(&error))?;
        self.writer.write_all(&pdf).map_err(|error| broken(&error))
    }

    fn finish(self) -> Result<(), Problem> {
        self.writer.finish().map(drop).map_err(|error| broken(&error))
    }
}

fn broken(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "an archive of certificates could not be written");
    Problem::new(ProblemCode::Internal)
}

/// `2026-0123 홍길동.pdf`: what file systems do not take in a name is left out of it.
fn file_name(certification: &Certification) -> String {
    let snapshot = &certification.snapshot;
    let allowed = |c: &char| {
        !c.is_control() && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '.')
    };
    let name: String = snapshot.user_name.chars().filter(allowed).take(50).collect();
    format!("{} {}.pdf", snapshot.number, name.trim())
}
