import { captureProtocols } from '../capture/index.ts';
import { nearest } from '../config/nearest.ts';
import type { Report } from '../config/parse.ts';
import type { Problem } from '../config/problem.ts';
import { isTrustEntry } from '../enrich/ip.ts';
import type { Config } from './schema.ts';

/** What only the whole configuration knows: references, and claims that clash. */
export function crossCheck(config: Config, report: Report): readonly Problem[] {
  return [
    ...hostClashes(config, report),
    ...pathClashes(config, report),
    ...unknownHostProblem(config, report),
    ...trustProblems(config, report),
    ...httpsProblems(config, report),
    ...adminProblem(config, report),
  ];
}

function hostClashes({ sites }: Config, report: Report): readonly Problem[] {
  const owner = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [name, site] of Object.entries(sites)) {
    for (const [index, host] of site.hosts.entries()) {
      const other = owner.get(host);
      owner.set(host, name);
      if (other === undefined) continue;
      const message = `The host ${host} already belongs to the site ${other}.`;
      problems.push(report(['sites', name, 'hosts', index], { code: 'host_conflict', message }));
    }
  }
  return problems;
}

function pathClashes(config: Config, report: Report): readonly Problem[] {
  const owner = new Map([
    [config.sdk.path, 'the browser SDK'],
    [config.linker.path, 'the linker'],
  ]);
  const problems: Problem[] = [];
  if (owner.size < 2) {
    const message = `The path ${config.linker.path} of the linker is already taken by the browser SDK.`;
    problems.push(report(['linker', 'path'], { code: 'path_conflict', message }));
  }
  for (const { name, routes } of captureProtocols) {
    const entry = config.capture[name];
    if (entry === undefined || !entry.enabled) continue;
    for (const path of new Set(routes.map((route) => entry.prefix + route.path))) {
      const other = owner.get(path);
      owner.set(path, name);
      if (other === undefined) continue;
      const message = `The path ${path} of ${name} is already taken by ${other}.`;
      problems.push(report(['capture', name, 'prefix'], { code: 'path_conflict', message }));
    }
  }
  return problems;
}

function unknownHostProblem({ edge, sites }: Config, report: Report): readonly Problem[] {
  const { unknownHost } = edge;
  if (unknownHost === 'refuse' || Object.hasOwn(sites, unknownHost)) return [];
  const allowed = ['refuse', ...Object.keys(sites)];
  const suggestion = nearest(unknownHost, allowed);
  return [
    report(['edge', 'unknownHost'], {
      code: 'unknown_reference',
      message: `There is no site ${unknownHost}.`,
      allowed,
      ...(suggestion !== undefined && { suggestion }),
    }),
  ];
}

function trustProblems({ edge }: Config, report: Report): readonly Problem[] {
  return edge.trustedProxies.flatMap((entry, index) => {
    if (isTrustEntry(entry)) return [];
    const message = `${entry} is no address, network or known name.`;
    const allowed = ['an address', 'a network such as 10.0.0.0/8', 'loopback', 'private'];
    return [report(['edge', 'trustedProxies', index], { code: 'invalid_value', message, allowed })];
  });
}

/** The gateway itself speaks http; without a proxy's word it would redirect https to itself for ever, so it does nothing. */
function httpsProblems({ edge, sites }: Config, report: Report): readonly Problem[] {
  if (edge.trustedProxies.length > 0) return [];
  return Object.entries(sites).flatMap(([name, { canonical }]) => {
    if (!canonical.https) return [];
    const message = 'Without edge.trustedProxies nobody can say which requests came over http.';
    const allowed = ['false', 'true, with the TLS proxy named in edge.trustedProxies'];
    return [report(['sites', name, 'canonical', 'https'], { code: 'missing_key', message, allowed })];
  });
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

function adminProblem({ admin }: Config, report: Report): readonly Problem[] {
  if (!admin.enabled || admin.token !== undefined || loopback.has(admin.host)) return [];
  const message = 'The admin port would be open to others without a token.';
  return [
    report(['admin', 'host'], {
      code: 'missing_key',
      message,
      allowed: ['127.0.0.1', 'any address, with admin.token set'],
    }),
  ];
}
