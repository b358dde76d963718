//! Bytes to text: UTF-8, CP949 and UTF-16, strictly.
//!
//! Korean spreadsheets save CSV as CP949 (`windows-949`, a superset of EUC-KR) unless told otherwise, newer ones as
//! UTF-8 with a byte order mark, "Unicode text" as UTF-16. A byte that fits no encoding is an error with its place,
//! never a replacement character: a name that was silently damaged would be stored.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, EUC_KR, Encoding, UTF_8, UTF_16BE, UTF_16LE};

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
/// How much of a file is looked at for its first line.
const FIRST_LINE_WINDOW: usize = 64 * 1024;

/// The encodings that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// CP949, also known as windows-949 or UHC.
    Cp949,
    /// UTF-16, little endian, marked.
    Utf16Le,
    /// UTF-16, big endian, marked.
    Utf16Be,
}

/// A file as text, without its byte order mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// What it was written in.
    pub encoding: TextEncoding,
}

/// A file fits none of the encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {byte_offset} (line {line}) is neither UTF-8 nor CP949")]
pub struct DecodeError {
    /// The first byte that could not be read, counted from 0, in the encoding that got furthest.
    pub byte_offset: usize,
    /// The line of that byte, counted from 1.
    pub line: u32,
}

/// Decodes a whole file.
///
/// A byte order mark decides; without one UTF-8 is tried first and CP949 second, because Korean text in CP949 is
/// practically never valid UTF-8. UTF-8 is decoded in place.
///
/// # Errors
///
/// [`DecodeError`] when a byte fits none of them.
pub fn decode(mut bytes: Vec<u8>) -> Result<Decoded, DecodeError> {
    if let Some((encoding, mark_length)) = Encoding::for_bom(&bytes) {
        if encoding != UTF_8 {
            return decode_utf16(&bytes, encoding, mark_length);
        }
        bytes.drain(..mark_length);
        return match String::from_utf8(bytes) {
            Ok(text) => Ok(Decoded { text, encoding: TextEncoding::Utf8 }),
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                Err(DecodeError {
                    byte_offset: offset + mark_length,
                    line: line_of(error.as_bytes(), offset),
                })
            }
        };
    }
    let (bytes, utf8_offset) = match String::from_utf8(bytes) {
        Ok(text) => return Ok(Decoded { text, encoding: TextEncoding::Utf8 }),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            (error.into_bytes(), offset)
        }
    };
    match decode_strictly(EUC_KR, &bytes) {
        Ok(text) => Ok(Decoded { text, encoding: TextEncoding::Cp949 }),
        Err(cp949_offset) => {
            let byte_offset = utf8_offset.max(cp949_offset);
            Err(DecodeError { byte_offset, line: line_of(&bytes, byte_offset) })
        }
    }
}

/// The first line of a file for finding out what it is; bytes that do not fit are replaced.
pub(crate) fn first_line(bytes: &[u8]) -> String {
    let window = bytes.get(..FIRST_LINE_WINDOW).unwrap_or(bytes);
    let text: Cow<'_, str> = match Encoding::for_bom(window) {
        Some((encoding, _)) if encoding != UTF_8 => encoding.decode(window).0,
        _ => {
            let window = window.strip_prefix(UTF8_BOM).unwrap_or(window);
            let line = window.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty());
            let line = line.unwrap_or_default();
            match std::str::from_utf8(line) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => EUC_KR.decode_without_bom_handling(line).0,
            }
        }
    };
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
}

fn decode_utf16(
    bytes: &[u8],
    encoding: &'static Encoding,
    mark_length: usize,
) -> Result<Decoded, DecodeError> {
    let body = bytes.get(mark_length..).unwrap_or_default();
    let (label, low_byte) =
        if encoding == UTF_16BE { (TextEncoding::Utf16Be, 1) } else { (TextEncoding::Utf16Le, 0) };
    debug_assert!(encoding == UTF_16BE || encoding == UTF_16LE);
    match decode_strictly(encoding, body) {
        Ok(text) => Ok(Decoded { text, encoding: label }),
        Err(offset) => {
            let read = body.get(..offset).unwrap_or(body);
            let is_newline =
                |unit: &&[u8]| unit.get(low_byte) == Some(&b'\n') && unit.get(1 - low_byte) == Some(&0);
            Err(DecodeError {
                byte_offset: offset + mark_length,
                line: count_to_line(read.chunks(2).filter(is_newline).count()),
            })
        }
    }
}

/// The text, or the offset of the first byte that does not fit.
fn decode_strictly(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(capacity);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => {
            text.shrink_to_fit();
            Ok(text)
        }
        DecoderResult::Malformed(bad, consumed_after) => {
            Err(read.saturating_sub(usize::from(bad) + usize::from(consumed_after)))
        }
        DecoderResult::OutputFull => Err(read),
    }
}

fn line_of(bytes: &[u8], offset: usize) -> u32 {
    count_to_line(bytes.iter().take(offset).filter(|byte| **byte == b'\n').count())
}

fn count_to_line(newlines: usize) -> u32 {
    u32::try_from(newlines).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let mut bytes = if little { vec![0xFF, 0xFE] } else { vec![0xFE, 0xFF] };
        for unit in text.encode_utf16() {
            bytes.extend(if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
        }
        bytes
    }

    #[test]
    fn utf8_is_read_with_and_without_a_byte_order_mark() {
        for bytes in ["이름\n김마당".as_bytes().to_vec(), "\u{FEFF}이름\n김마당".as_bytes().to_vec()]
        {
            let decoded = decode(bytes).unwrap();
            assert_eq!(decoded, Decoded { text: "이름\n김마당".into(), encoding: TextEncoding::Utf8 });
        }
    }

    #[test]
    fn cp949_is_read_including_syllables_that_euc_kr_lacks() {
        let text = "강좌명,비고\n똠방각하 펲시,쓩\n";
        let (bytes, _, damaged) = EUC_KR.encode(text);
        assert!(!damaged);
        let decoded = decode(bytes.into_owned()).unwrap();
        assert_eq!(decoded, Decoded { text: text.into(), encoding: TextEncoding::Cp949 });
    }

    #[test]
    fn utf16_is_read_in_both_byte_orders() {
        for little in [true, false] {
            let decoded = decode(utf16("이름\r\n김마당", little)).unwrap();
            assert_eq!(decoded.text, "이름\r\n김마당");
        }
    }

    #[test]
    fn the_place_of_a_bad_byte_is_told() {
        let mut bytes = "이름\n김마당\n".as_bytes().to_vec();
        let offset = bytes.len();
        bytes.extend([0xFF, b'x']);
        assert_eq!(decode(bytes), Err(DecodeError { byte_offset: offset, line: 3 }));

        let mut bytes = EUC_KR.encode("이름\n김마당\n나").0.into_owned();
        let offset = bytes.len();
        bytes.extend([0xFF, b'\n']);
        assert_eq!(decode(bytes), Err(DecodeError { byte_offset: offset, line: 3 }));
    }

    #[test]
    fn a_bad_byte_after_a_byte_order_mark_counts_the_mark() {
        let bytes = b"\xEF\xBB\xBFa\n\xFFb".to_vec();
        assert_eq!(decode(bytes), Err(DecodeError { byte_offset: 5, line: 2 }));
        let mut bytes = utf16("가\n나", true);
        bytes.extend([0x00, 0xD8]);
        assert_eq!(decode(bytes), Err(DecodeError { byte_offset: 8, line: 2 }));
    }

    #[test]
    fn the_first_line_is_found_in_every_encoding() {
        let text = "강좌명,강사명\r\n스마트폰,김마당\r\n";
        let encoded = [
            text.as_bytes().to_vec(),
            EUC_KR.encode(text).0.into_owned(),
            utf16(text, true),
            utf16(text, false),
        ];
        for bytes in encoded {
            assert_eq!(first_line(&bytes), "강좌명,강사명");
        }
    }
}
