/**
 * A GA4 event name made of ours, or undefined where Google keeps the name for itself.
 * Measurement Protocol reference, "Reserved names" and "Limitations", 2026-11-23.
 */
export function ga4EventName(name: string): string | undefined {
  const given = name.trim();
  if (isReserved(given) || reservedEvents.has(given)) return undefined;
  const sanitised = sanitise(given);
  return sanitised === undefined || reservedEvents.has(sanitised) || isReserved(sanitised)
    ? undefined
    : sanitised;
}

/** A GA4 parameter name made of ours, or undefined where it is reserved or nothing is left of it. */
export function ga4ParameterName(name: string): string | undefined {
  if (isReserved(name)) return undefined;
  const sanitised = sanitise(name);
  return sanitised === undefined || isReserved(sanitised) ? undefined : sanitised;
}

const maxNameCharacters = 40;
const reservedPrefixes = ['_', 'firebase_', 'ga_', 'google_', 'gtag.'];
const reservedEvents = new Set(
  `ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_background app_clear_data app_exception
  app_remove app_store_refund app_store_subscription_cancel app_store_subscription_convert
  app_store_subscription_renew app_update app_upgrade dynamic_link_app_open dynamic_link_app_update
  dynamic_link_first_open error firebase_campaign first_open first_visit in_app_purchase notification_dismiss
  notification_foreground notification_open notification_receive notification_send os_update session_start
  session_start_with_rollout user_engagement`.split(/\s+/),
);

function isReserved(name: string): boolean {
  return reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

/** Letters, digits and underscores, a letter first, 40 characters at most. */
function sanitise(name: string): string | undefined {
  const plain = name
    .slice(0, 200)
    .replace(/[^A-Za-z0-9_]/g, '_')
    .replace(/^[^A-Za-z]+/, '');
  return plain === '' ? undefined : plain.slice(0, maxNameCharacters);
}
