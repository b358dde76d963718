//! The rotating code of a lecture, as JSON and as a QR code.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{ACCEPT, CACHE_CONTROL},
};
use madang_domain::{attendance::capture::CODE_STEP_SECONDS, ids::LectureId};
use qrcode::{Color, EcLevel, QrCode, render::svg};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::shapes::CheckInCodeResponse;
use crate::{
    problem::{Problem, ProblemCode},
    request::{Authenticated, Id, Params},
    state::App,
};

/// Pixels of one module of the PNG, and modules of the margin that readers need (ISO/IEC 18004).
const MODULE_PIXELS: usize = 8;
const MARGIN_MODULES: usize = 4;

/// The form of a code.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeFormat {
    /// The payload and the digits.
    Json,
    /// A QR code as a vector image.
    Svg,
    /// A QR code as a bitmap.
    Png,
}

/// The query of `GET /lectures/{id}/check-in-code`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CheckInCodeQuery {
    /// `json`, unless `svg` or `png` is asked for here or by `Accept`.
    #[param(inline = false)]
    format: Option<CodeFormat>,
}

/// Get the check-in code of a lecture.
///
/// It changes every 15 seconds, is bound to the lecture, and is stored nowhere. As JSON, or as a QR code in SVG or PNG. For managers and the lecturers and
/// assistants of the class. 출석 코드.
#[utoipa::path(tag = "attendances", params(("id" = Uuid, Path, description = "The id of the lecture."), CheckInCodeQuery),
    responses((status = 200, description = "The code that holds now.", content(
        (CheckInCodeResponse = "application/json"), (String = "image/svg+xml"), (Vec<u8> = "image/png")))))]
#[get("/lectures/{id}/check-in-code")]
pub(super) async fn get_check_in_code(
    request: HttpRequest,
    caller: Authenticated,
    id: Id<LectureId>,
    query: Params<CheckInCodeQuery>,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request)?;
    let code = app.services().capture.code(&caller, id.0).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    let format = query.0.format.unwrap_or_else(|| accepted(&request));
    let picture = || {
        QrCode::with_error_correction_level(&code.payload, EcLevel::M)
            .map_err(|_| Problem::new(ProblemCode::Internal))
    };
    Ok(match format {
        CodeFormat::Json => response.json(CheckInCodeResponse::of(code, CODE_STEP_SECONDS)),
        CodeFormat::Svg => {
            let image = picture()?.render::<svg::Color<'_>>().min_dimensions(320, 320).build();
            response.content_type("image/svg+xml").body(image)
        }
        CodeFormat::Png => {
            let image = bitmap(&picture()?).map_err(|_| Problem::new(ProblemCode::Internal))?;
            response.content_type("image/png").body(image)
        }
    })
}

fn accepted(request: &HttpRequest) -> CodeFormat {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.starts_with("image/svg+xml") {
        CodeFormat::Svg
    } else if accept.starts_with("image/png") {
        CodeFormat::Png
    } else {
        CodeFormat::Json
    }
}

/// A black and white PNG, one bit a pixel.
fn bitmap(code: &QrCode) -> Result<Vec<u8>, png::EncodingError> {
    let width = (code.width() + 2 * MARGIN_MODULES) * MODULE_PIXELS;
    let dark = |x: usize, y: usize| {
        let module = |pixel: usize| {
            (pixel / MODULE_PIXELS).checked_sub(MARGIN_MODULES).filter(|at| *at < code.width())
        };
        matches!((module(x), module(y)), (Some(x), Some(y)) if code[(x, y)] == Color::Dark)
    };
    let mut pixels = Vec::with_capacity(width * width.div_ceil(8));
    for y in 0..width {
        for byte in 0..width.div_ceil(8) {
            let bits = (0..8).map(|bit| byte * 8 + bit);
            // A set bit is white.
            pixels.push(bits.fold(0_u8, |byte, x| byte << 1 | u8::from(!dark(x, y))));
        }
    }
    let mut image = Vec::new();
    let side = u32::try_from(width).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut image, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(image)
}
