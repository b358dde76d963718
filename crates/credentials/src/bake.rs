//! Putting a credential into a picture of a badge, and finding it there again.

use serde_json::Value;

/// The key of the text in a PNG file, and the element in an SVG file.
const KEY: &[u8] = b"openbadgecredential";
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const NAMESPACE: &str = "https://purl.imsglobal.org/ob/v3p0";

/// The badge that comes with the program, as SVG.
pub const BADGE_SVG: &str = include_str!("../assets/badge.svg");
/// The badge that comes with the program, as PNG.
pub const BADGE_PNG: &[u8] = include_bytes!("../assets/badge.png");

/// A picture that is not of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the picture can't be read")]
pub struct PictureMalformed;

/// What is baked: a credential with its proof, or a token.
#[derive(Debug, Clone, Copy)]
pub enum Baked<'a> {
    /// A credential with a Data Integrity proof.
    Credential(&'a Value),
    /// A VC-JWT.
    Token(&'a str),
}

/// Puts a credential into a PNG file; one that was in it is replaced.
pub fn into_png(picture: &[u8], baked: Baked<'_>) -> Result<Vec<u8>, PictureMalformed> {
    let mut file = SIGNATURE.to_vec();
    for chunk in chunks(picture)? {
        if text_of(&chunk).is_some() {
            continue;
        }
        if chunk.kind == *b"IEND" {
            // Key, no compression, no language, no translated key, then the text.
            let text = match baked {
                Baked::Credential(credential) => credential.to_string(),
                Baked::Token(token) => token.to_owned(),
            };
            write(&mut file, *b"iTXt", &[KEY, b"\0\0\0\0\0", text.as_bytes()].concat());
        }
        write(&mut file, chunk.kind, chunk.data);
    }
    Ok(file)
}

/// What is baked into a PNG file; `None` where nothing is.
pub fn from_png(picture: &[u8]) -> Result<Option<String>, PictureMalformed> {
    let text = chunks(picture)?.iter().find_map(text_of);
    Ok(text.and_then(|text| String::from_utf8(text.to_vec()).ok()))
}

/// Puts a credential into an SVG file that has none.
pub fn into_svg(picture: &str, baked: Baked<'_>) -> Result<String, PictureMalformed> {
    let begin = picture.find("<svg").ok_or(PictureMalformed)? + "<svg".len();
    let (before, rest) = picture.split_at(begin);
    let (attributes, content) = rest.split_once('>').ok_or(PictureMalformed)?;
    let element = match baked {
        // A credential may hold what would end the section.
        Baked::Credential(credential) => {
            let text = credential.to_string().replace("]]>", "]]]]><![CDATA[>");
            format!("<openbadges:credential><![CDATA[{text}]]></openbadges:credential>")
        }
        Baked::Token(token) => format!("<openbadges:credential verify=\"{token}\"/>"),
    };
    Ok(format!("{before} xmlns:openbadges=\"{NAMESPACE}\"{attributes}>\n  {element}{content}"))
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

fn chunks(picture: &[u8]) -> Result<Vec<Chunk<'_>>, PictureMalformed> {
    let mut rest = picture.strip_prefix(SIGNATURE).ok_or(PictureMalformed)?;
    let mut chunks = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let (kind, after) = after.split_first_chunk::<4>().ok_or(PictureMalformed)?;
        let (data, after) = after.split_at_checked(length).ok_or(PictureMalformed)?;
        rest = after.get(4..).ok_or(PictureMalformed)?;
        chunks.push(Chunk { kind: *kind, data });
    }
    if chunks.last().is_some_and(|chunk| chunk.kind == *b"IEND") { Ok(chunks) } else { Err(PictureMalformed) }
}

fn text_of<'a>(chunk: &Chunk<'a>) -> Option<&'a [u8]> {
    if chunk.kind != *b"iTXt" {
        return None;
    }
    chunk.data.strip_prefix(KEY)?.strip_prefix(b"\0\0\0\0\0")
}

fn write(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&kind);
    checksum.update(data);
    // A chunk of more than four gigabytes does not come out of a picture that was read.
    file.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    file.extend(kind);
    file.extend(data);
    file.extend(checksum.finalize().to_be_bytes());
}
