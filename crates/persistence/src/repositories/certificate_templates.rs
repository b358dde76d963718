//! Templates of certificates.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use madang_domain::{
    certification::templates::{CertificateTemplate, CertificateTemplateRepository},
    error::Pending,
    ids::CourseId,
};

use super::{Session, all, one};
use crate::{rows::certificate_templates::CertificateTemplateRow, schema::certificate_templates, types};

impl CertificateTemplateRepository for Session {
    fn at(&mut self, course: CourseId, moment: DateTime<Utc>) -> Pending<'_, Option<CertificateTemplate>> {
        Box::pin(async move {
            let query = move || {
                certificate_templates::table
                    .filter(certificate_templates::course_id.eq(types::id(course)))
                    .filter(certificate_templates::created_at.le(types::time(moment)))
                    .order(certificate_templates::version.desc())
                    .limit(1)
                    .select(CertificateTemplateRow::as_select())
            };
            one::<CertificateTemplateRow, _>(self.rows(query).await?)
        })
    }

    fn of_course(&mut self, course: CourseId) -> Pending<'_, Vec<CertificateTemplate>> {
        Box::pin(async move {
            let query = move || {
                certificate_templates::table
                    .filter(certificate_templates::course_id.eq(types::id(course)))
                    .order(certificate_templates::version)
                    .select(CertificateTemplateRow::as_select())
            };
            all::<CertificateTemplateRow, _>(self.rows(query).await?)
        })
    }

    fn insert<'a>(&'a mut self, template: &'a CertificateTemplate) -> Pending<'a, ()> {
        Box::pin(async move { self.insert_rows(&[CertificateTemplateRow::from(template)]).await })
    }
}
