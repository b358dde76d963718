//! How inks look: the colours of Okabe and Ito, which colour-blind people tell apart, on light or dark paper.

use crate::{scene::Ink, status::Status};

/// On what a chart is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The colour of an ink: red, green, blue.
    pub fn color(self, ink: Ink) -> [u8; 3] {
        match (ink, self) {
            (Ink::Paper, Self::Light) => [0xff, 0xff, 0xff],
            (Ink::Paper, Self::Dark) => [0x14, 0x17, 0x1c],
            (Ink::Text, Self::Light) => [0x1b, 0x1f, 0x24],
            (Ink::Text, Self::Dark) => [0xee, 0xf0, 0xf3],
            (Ink::Muted, Self::Light) => [0x57, 0x60, 0x6a],
            (Ink::Muted, Self::Dark) => [0xae, 0xb6, 0xc0],
            (Ink::Grid, Self::Light) => [0xdf, 0xe3, 0xe8],
            (Ink::Grid, Self::Dark) => [0x33, 0x3a, 0x44],
            (Ink::Main, Self::Light) => [0x00, 0x72, 0xb2],
            (Ink::Main | Ink::Status(Status::Present), Self::Dark)
            | (Ink::Status(Status::Present), Self::Light) => [0x56, 0xb4, 0xe9],
            (Ink::Reference, Self::Light) => [0xb8, 0x4f, 0x00],
            (Ink::Reference, Self::Dark) => [0xff, 0x9d, 0x4d],
            (Ink::Status(Status::Late), _) => [0xf0, 0xe4, 0x42],
            (Ink::Status(Status::EarlyLeave), _) => [0xcc, 0x79, 0xa7],
            (Ink::Status(Status::Excused), _) => [0x00, 0x9e, 0x73],
            (Ink::Status(Status::Absent), _) => [0xd5, 0x5e, 0x00],
            (Ink::Status(Status::Unmarked), Self::Light) => [0xcf, 0xd4, 0xda],
            (Ink::Status(Status::Unmarked), Self::Dark) => [0x74, 0x7d, 0x89],
            (Ink::OnStatus, _) => [0x10, 0x10, 0x10],
        }
    }
}
