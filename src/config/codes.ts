/** What one stable error code says: its number, a title, what it means and what to do about it. */
export interface CodeText {
  /** Stable for ever: `TL1001`. 1xxx configuration, 2xxx rules, 3xxx start, 4xxx running. */
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  /** What to do, in one imperative sentence; printed where no nearer advice is known. */
  readonly fix: string;
}

/** The one list of stable error codes, by name. The documentation's page of errors is generated from it. */
export const codes = {
  unknown_key: {
    id: 'TL1001',
    title: 'Unknown key',
    meaning: 'The key is not one the configuration has at this place. Nothing is ignored silently.',
    fix: 'Correct the spelling, or remove the key.',
  },
  wrong_type: {
    id: 'TL1002',
    title: 'Wrong type',
    meaning: 'The value is of another type than the key takes, such as text where a number is needed.',
    fix: 'Write a value of the type that is asked for.',
  },
  invalid_value: {
    id: 'TL1003',
    title: 'Invalid value',
    meaning: 'The value has the right type and is not one that the key takes.',
    fix: 'Write a value that the key takes.',
  },
  missing_key: {
    id: 'TL1004',
    title: 'Missing key',
    meaning: 'A key that has no default is not there.',
    fix: 'Add the key.',
  },
  yaml_syntax: {
    id: 'TL1005',
    title: 'Not readable as YAML',
    meaning: 'The file breaks the rules of YAML 1.2, so nothing in it could be read.',
    fix: 'Correct the file at this place; the indentation and the quotes are the usual suspects.',
  },
  duplicate_key: {
    id: 'TL1006',
    title: 'Duplicate key',
    meaning: 'The same key stands twice in one map; one of the two would be lost.',
    fix: 'Keep one of the two.',
  },
  too_complex: {
    id: 'TL1007',
    title: 'File too large or too nested',
    meaning: 'The file is larger, more deeply nested or uses more aliases than any honest file does.',
    fix: 'Split the file, and write values out instead of using aliases.',
  },
  bad_reference: {
    id: 'TL1008',
    title: `Malformed \${…} reference`,
    meaning: `Inside \${…} there is neither an environment variable nor a file.`,
    fix: `Write \${NAME}, \${NAME:-default} or \${file:/path}; write $\${ for a literal \${.`,
  },
  missing_variable: {
    id: 'TL1009',
    title: 'Environment variable not set',
    meaning: 'A value refers to an environment variable that is not set and has no default.',
    fix: `Set the variable, or give a default: \${NAME:-default}.`,
  },
  unreadable_file: {
    id: 'TL1010',
    title: 'Secret file not readable',
    meaning: 'A value refers to a file that does not exist or cannot be read by this user.',
    fix: 'Create the file, or correct its path and permissions.',
  },
  unknown_reference: {
    id: 'TL1011',
    title: 'Reference to something that is not configured',
    meaning: 'A value names a destination, site or other entry that the configuration does not have.',
    fix: 'Name one that exists, or add the entry.',
  },
  undeclared_needs: {
    id: 'TL1012',
    title: 'Consent needs not declared',
    meaning:
      'The destination can be any platform, so nobody but the operator knows which consent it needs; without that nothing may be sent.',
    fix: 'Declare the consent types that the destination needs.',
  },
  expression_syntax: {
    id: 'TL2001',
    title: 'Expression not readable',
    meaning: 'The text is not a CEL expression.',
    fix: 'Correct the expression at this place.',
  },
  expression_type: {
    id: 'TL2002',
    title: 'Expression of the wrong type',
    meaning: 'Parts of the expression do not go together, such as text compared with a number.',
    fix: 'Compare values of one type; string(), double() and int() convert.',
  },
  unknown_field: {
    id: 'TL2003',
    title: 'Unknown field of the event',
    meaning:
      'The event has no such field. What a tracker sends beyond the known fields is under `properties`.',
    fix: 'Correct the spelling, or use `properties`.',
  },
  unknown_name: {
    id: 'TL2004',
    title: 'Unknown name in an expression',
    meaning: 'The expression uses a variable or function that does not exist. The one variable is `event`.',
    fix: 'Start field names with `event.`, and use a function of the rules language.',
  },
  expression_forbidden: {
    id: 'TL2005',
    title: 'Expression not allowed',
    meaning: 'The expression could take unbounded time: matches(), loops in loops, or a size over the limit.',
    fix: 'Use re(text, "pattern") instead of matches(), and split the expression.',
  },
  bad_pattern: {
    id: 'TL2006',
    title: 'Pattern not readable',
    meaning:
      'The pattern of re() is not in RE2 syntax (which has no look-around and no back-references), or is not a literal.',
    fix: 'Write the pattern as a literal text in RE2 syntax.',
  },
  unknown_destination: {
    id: 'TL2007',
    title: 'Unknown destination',
    meaning: 'The rule or test names a destination that the configuration does not have.',
    fix: 'Name a configured destination, or configure it.',
  },
  duplicate_name: {
    id: 'TL2008',
    title: 'Duplicate name',
    meaning: 'Two rules or two transformations have one name; decision records could not tell them apart.',
    fix: 'Give each its own name.',
  },
  protected_field: {
    id: 'TL2009',
    title: 'Protected field',
    meaning:
      'Rules cannot change who the visitor is, which event it is, or what was consented to. Consent can only be made stricter.',
    fix: 'Remove the line; to ask for more consent use the `consent` list of the rule.',
  },
  bad_path: {
    id: 'TL2010',
    title: 'Path that cannot be changed so',
    meaning: 'The path goes through a list or names an object where a single field is needed.',
    fix: 'Name a single field, or a key under `properties`.',
  },
  consent_bound: {
    id: 'TL2011',
    title: 'Consent-bound value moved out of its place',
    meaning:
      'Contact data, addresses and click ids hang on a consent type. Copied elsewhere, they would reach destinations that did not ask for that type.',
    fix: 'Add the consent type to the `consent` list of the rule, or leave the value in its place.',
  },
  bad_test: {
    id: 'TL2012',
    title: 'Test that cannot run',
    meaning: "A rule test's event or expectation does not fit the event's shape.",
    fix: "Correct the test's event.",
  },
  bad_module: {
    id: 'TL2013',
    title: 'Rule module not usable',
    meaning: 'A TypeScript rule module could not be loaded, or exports no rule made by defineRule.',
    fix: 'Export what defineRule returns.',
  },
  not_found: {
    id: 'TL3001',
    title: 'File not found',
    meaning: 'The configuration or a rule file does not exist or cannot be read.',
    fix: 'Correct the path.',
  },
  secret_missing: {
    id: 'TL3002',
    title: 'Secret missing',
    meaning: 'A destination is enabled and its secret is empty.',
    fix: 'Set the environment variable or the file that the value refers to.',
  },
  upstream_unreachable: {
    id: 'TL3003',
    title: 'Upstream not reachable',
    meaning: "The site's own server did not answer.",
    fix: 'Start the upstream, or correct its address.',
  },
  port_in_use: {
    id: 'TL3004',
    title: 'Port in use',
    meaning: 'Another process listens on the port.',
    fix: 'Stop the other process, or choose another port.',
  },
  host_conflict: {
    id: 'TL3005',
    title: 'Host claimed twice',
    meaning: 'Two sites claim one host, so the gateway could not tell whose visit it is.',
    fix: 'Give each host to one site.',
  },
  path_conflict: {
    id: 'TL3006',
    title: 'Path claimed twice',
    meaning: 'Two capture protocols or scripts claim one path of one site.',
    fix: 'Choose another path or prefix for one of the two.',
  },
  store_locked: {
    id: 'TL3007',
    title: 'Store in use',
    meaning: 'Another process has the data folder open; two writers would corrupt the order of events.',
    fix: 'Stop the other process, or use another data folder.',
  },
  store_unusable: {
    id: 'TL3008',
    title: 'Store not usable',
    meaning: 'The data folder cannot be written, or its contents come from a newer version.',
    fix: 'Correct the permissions, or use the version that wrote the data.',
  },
  unsupported_node: {
    id: 'TL3009',
    title: 'Node version not supported',
    meaning: 'This Node lacks something the gateway relies on.',
    fix: 'Use the Node version that package.json names under engines.',
  },
  no_browser: {
    id: 'TL3020',
    title: 'No browser to walk in',
    meaning:
      '`throughline trace --browser` needs Chromium and the package playwright-core, and one is missing.',
    fix: 'Install what is missing, or name the program in CHROMIUM_PATH.',
  },
  reload_refused: {
    id: 'TL4001',
    title: 'Reload refused',
    meaning: 'A changed configuration or rule file has problems; the version before stays in force.',
    fix: 'Correct the problems that are listed and save again.',
  },
  destination_paused: {
    id: 'TL4002',
    title: 'Destination paused',
    meaning: 'The platform refused the credentials. Events stay queued until somebody acts.',
    fix: 'Correct the credentials; a reload resumes the destination.',
  },
  disk_full: {
    id: 'TL4003',
    title: 'Log cannot be written',
    meaning: 'The disk is full or failing. Pages still flow; trackers are asked to try again.',
    fix: 'Free disk space.',
  },
  not_running: {
    id: 'TL4004',
    title: 'No running gateway found',
    meaning: 'The command needs a running gateway, and none answers at the address.',
    fix: 'Start the gateway, or name its address.',
  },
  bad_use: {
    id: 'TL4005',
    title: 'Wrong use of a command',
    meaning: 'The command line has an option or argument that the command does not take.',
    fix: 'Run the command with --help.',
  },
  canary_alert: {
    id: 'TL4020',
    title: 'Landing page loses parameters',
    meaning:
      'The canary walks the landing pages again and again, and found a parameter that does not arrive any more, or a page that cannot be reached.',
    fix: 'Run `throughline trace` with the address: it names the hop, the cause and the remedy.',
  },
  canary_undelivered: {
    id: 'TL4021',
    title: 'Canary alert not delivered',
    meaning: 'The webhook for canary alerts did not take one. It is kept and sent again with the next run.',
    fix: 'Correct canary.alert.webhook, or look at why its receiver does not answer.',
  },
} as const satisfies Readonly<Record<string, CodeText>>;

/** The name of one stable error code. */
export type Code = keyof typeof codes;

/** The codes in the order of their numbers. */
export function listCodes(): readonly (CodeText & { readonly name: string })[] {
  return Object.entries(codes)
    .map(([name, text]) => ({ name, ...text }))
    .toSorted((a, b) => a.id.localeCompare(b.id));
}
