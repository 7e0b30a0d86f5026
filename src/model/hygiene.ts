/**
 * What can be wrong with how links are tagged. A closed list: campaign decisions, the report and the command line speak
 * it. `what` is what a person reads, `fix` is what to do about it.
 */
export const hygieneProblems = {
  personal_data: {
    what: 'An address carries contact data of a person.',
    fix: 'Take the parameter out of the link or the form; platforms close accounts over it.',
  },
  mixed_case: {
    what: 'A source or medium is not written in lower case, and most reports tell cases apart.',
    fix: 'Write it in lower case.',
  },
  unknown_medium: {
    what: 'The medium belongs to no channel of the default channel group, so the visit is Unassigned.',
    fix: 'Use a medium that the channel group knows, such as cpc, email, social, affiliate or referral.',
  },
  space: {
    what: 'A label that is compared word for word holds a space.',
    fix: 'Write - or _ for the space.',
  },
  placeholder: {
    what: 'A placeholder of an ad platform or mail tool was never filled in.',
    fix: 'Correct the macro in the tracking template; each platform fills in its own only.',
  },
  still_encoded: {
    what: 'The value is still percent-encoded after it was decoded.',
    fix: 'Encode the value once, not in the link builder and again in the tool that sends it.',
  },
  too_long: {
    what: 'The value is longer than 2,048 characters; a label was cut, a click id ignored.',
    fix: 'Shorten the value.',
  },
  source_without_medium: {
    what: 'There is a source and no medium, so the channel cannot be told.',
    fix: 'Add utm_medium to the link.',
  },
  campaign_without_source: {
    what: 'There is a medium or campaign and no source.',
    fix: 'Add utm_source to the link.',
  },
  wrong_shape: {
    what: 'A click id does not look like one of its platform, so uploads with it will fail.',
    fix: 'Look for what writes the parameter by hand, cuts it or changes its letters.',
  },
  repeated: {
    what: 'A parameter is there more than once with different values; the last one counts.',
    fix: 'Take it out of the landing page address where the platform adds it by itself.',
  },
  damaged: {
    what: 'The parameters could only be read after mending the address; most tools lose them.',
    fix: 'Mend the link: one ?, a plain & between parameters, names in lower case, encoded once.',
  },
  near_duplicate: {
    what: 'Names differ only in case, separators or one letter, so reports split one thing in two.',
    fix: 'Choose one spelling, the most frequent as a rule, and use it everywhere.',
  },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly fix: string }>>;

/** One of the closed list of problems. */
export type HygieneProblem = keyof typeof hygieneProblems;
