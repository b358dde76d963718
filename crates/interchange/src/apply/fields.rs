//! What the columns are called in the files of each format, for problems that are found after reading.
//!
//! Where a format has no column for something, its place takes the name of the API: no file can be at fault there.

use crate::formats::Format;

macro_rules! fields {
    ($($field:ident $tables:literal $one_roster:literal $korean_standard:literal $oulad:literal;)+) => {
        /// A column of the neutral model that can be at fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field { $($field,)+ }

        impl Field {
            /// The column's name in the files of this format.
            pub fn column(self, format: Format) -> &'static str {
                let [tables, one_roster, korean_standard, oulad] = match self {
                    $(Self::$field => [$tables, $one_roster, $korean_standard, $oulad],)+
                };
                match format {
                    Format::Tables => tables,
                    Format::OneRoster => one_roster,
                    Format::KoreanStandard => korean_standard,
                    Format::Oulad => oulad,
                }
            }
        }
    };
}

fields! {
    Username "username" "username" "username" "user_id";
    Name "name" "givenName" "name" "user_id";
    Email "email" "email" "email" "email";
    Phone "phone" "phone" "phone" "phone";
    Authorizations "authorizations" "authorizations" "authorizations" "authorizations";
    CourseTitle "title" "title" "강좌명" "course_code";
    Description "description" "description" "운영기관명" "description";
    Keyword "keyword" "courseCode" "강좌내용" "keyword";
    ClassTitle "title" "title" "강좌명" "code_presentation";
    LecturerInfo "lecturer_info" "lecturer_info" "강사명" "lecturer_info";
    DateInfo "date_info" "date_info" "운영요일" "starts_on";
    BeginDate "begin_date" "termSourcedIds" "교육시작일자" "starts_on";
    EndDate "end_date" "termSourcedIds" "교육종료일자" "ends_on";
    Capacity "capacity" "capacity" "강좌정원수" "capacity";
    LectureTitle "title" "title" "운영요일" "kind";
    Sequence "sequence" "sequence" "운영요일" "starts_on";
    AttendanceType "attendance_type" "attendance_type" "attendance_type" "attendance_type";
    Duration "duration_minutes" "duration_minutes" "교육종료시각" "duration_minutes";
    CancelReason "cancel_reason" "cancel_reason" "cancel_reason" "cancel_reason";
    Place "place" "location" "교육장소" "place";
    LeftOn "left_on" "endDate" "left_on" "date_unregistration";
    DetailType "detail_type" "detail_type" "detail_type" "detail_type";
    MarkNote "description" "description" "description" "description";
    Assignment "assignment_id" "assignment_id" "assignment_id" "assignment_id";
    Snapshot "snapshot" "snapshot" "snapshot" "snapshot";
    Standing "standing" "standing" "standing" "standing";
    Course "course_id" "courseSourcedId" "강좌명" "course_code";
    Class "class_id" "classSourcedId" "강좌명" "class_id";
    Classes "class_ids" "classSourcedId" "강좌명" "class_id";
    Lecture "lecture_id" "lecture_id" "lecture_id" "lecture_id";
    User "user_id" "userSourcedId" "user_id" "user_id";
}
