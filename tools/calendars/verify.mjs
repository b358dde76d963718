// Reads a calendar from standard input and writes what another program makes of it, as JSON: moments are in UTC, by the time zone that the
// file describes.

import {text} from 'node:stream/consumers';

import {convertIcsCalendar} from 'ts-ics';

const calendar = convertIcsCalendar(undefined, await text(process.stdin));
process.stdout.write(JSON.stringify({
  name: calendar.name,
  method: calendar.method,
  version: calendar.version,
  timezones: (calendar.timezones ?? []).map(timezone => timezone.id),
  events: (calendar.events ?? []).map(event => ({
    uid: event.uid,
    summary: event.summary,
    location: event.location ?? null,
    start: event.start.date,
    end: event.end.date,
    timezone: event.start.local?.timezone ?? null,
    stamp: event.stamp.date,
    sequence: event.sequence ?? 0,
    status: event.status
  }))
}));
