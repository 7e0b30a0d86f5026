/**
 * Every way an event can go on or stop. A closed list: counters, decision records and the debugger all speak it.
 * The text is what a person reads.
 */
export const reasons = {
  received: 'The hit was decoded into an event.',
  refused_too_large: 'The body is larger than the limit.',
  refused_encoding: 'The body could not be decompressed, or is not valid UTF-8.',
  refused_malformed: 'The body is not what the protocol allows.',
  refused_invalid: 'A field has the wrong type or value.',
  refused_unknown_version: 'The protocol version is not one that is understood.',
  refused_too_many: 'More parameters or events than the limit.',
  refused_method: 'The path exists, with another method.',
  refused_origin: "The page that sent it is not one of the site's own.",
  refused_busy: 'The log could not take the event; the sender was asked to try again.',
  ignored_prefetch: 'The browser was prefetching; nobody saw the page.',
  visitor_known: 'The visitor cookie came with the hit.',
  visitor_new: 'A new visitor: nothing came with the hit.',
  visitor_joined: 'A first request of a browser that another first request had just given an identity.',
  visitor_named: 'No cookie of ours; the visitor goes by the id that the tracker sent.',
  visitor_none: 'No visitor: analytics_storage is not granted.',
  touch_read: 'The event brings a source.',
  touch_none: 'The event brings no source of its own.',
  redacted: 'Fields that consent does not allow were removed before anything was stored.',
  duplicate: 'An event with this id was already taken in.',
  bot: 'The client is a bot: kept apart, not counted, not forwarded.',
  session_started: 'The event began a session.',
  session_continued: 'The event belongs to the running session.',
  session_attached: 'A server event, attached to the running session without extending it.',
  session_none:
    'No session: there is no visitor, no session was live at the time, or the event came too late.',
  rule_matched: 'The rule matched.',
  rule_not_matched: 'The rule did not match.',
  rule_disabled: 'The rule is switched off.',
  rule_sampled_out: 'The rule matched and its sample left the event out.',
  rule_failed: "The rule's expression failed on this event; it counts as not matched.",
  destination_off: 'The destination is switched off in the configuration.',
  no_rule: 'No rule sends this event anywhere.',
  consent_granted: 'Every consent type the destination needs is granted.',
  consent_denied: 'The visitor denied a consent type that the destination needs.',
  consent_undecided:
    'Nobody has decided yet on a consent type that the destination needs; dropped by policy.',
  held: 'Held until the visitor decides.',
  released: 'The visitor granted what was missing; the held event goes on.',
  held_expired: 'Nobody decided in time; the held event was purged.',
  held_denied: 'The visitor denied; the held event was purged.',
  not_supported: 'The destination has no counterpart for this event.',
  build_refused: 'The destination could not make a payload of this event.',
  failed: 'The gateway itself failed on this event, which is a bug; it was not forwarded.',
  queued: 'The payload is in the outbox.',
  delivered: 'The destination accepted it.',
  retrying: 'The destination could not take it now; it will be tried again.',
  dead: 'The destination refused it, or every try failed; it is a dead letter.',
} as const;

/** One of the closed list of reasons. */
export type Reason = keyof typeof reasons;
