import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BINARIES } from '../lib/binaries.ts';

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation is JSON of any shape
export type Json = any;
export interface Resource {
  readonly Type: string;
  readonly Properties: Json;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | string[];
}
export type Resources = Readonly<Record<string, Resource>>;

const scratch = mkdtempSync(join(tmpdir(), 'errand-infra-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Functions that are there and do nothing. */
export function lambdaDir(): string {
  for (const binary of Object.values(BINARIES)) {
    mkdirSync(join(scratch, binary), { recursive: true });
    const bootstrap = join(scratch, binary, 'bootstrap');
    writeFileSync(bootstrap, '#!/bin/sh\n');
    chmodSync(bootstrap, 0o755);
  }
  return scratch;
}

/** What a stage deploys, stack by stack, as tools/synth.ts wrote it; the application as SAM expands it for production. */
export function deployed(stage: string): { platform: Resources; app: Resources; edge: Resources; all: Resources } {
  const platform = resources(`${stage}/errand-${stage}-platform.template.json`);
  const edge = resources(`${stage}/errand-${stage}-edge.template.json`);
  const app = resources('expanded.json');
  return { platform, app, edge, all: { ...platform, ...edge, ...app } };
}

export const EXPANDED = fileURLToPath(new URL('../cdk.out/expanded.json', import.meta.url));

function resources(path: string): Resources {
  return JSON.parse(readFileSync(new URL(`../cdk.out/${path}`, import.meta.url), 'utf8')).Resources;
}

export function only(resources: Resources, type: string): [string, Resource] {
  const found = ofType(resources, type);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of ${type}`);
  return found[0];
}

export function ofType(resources: Resources, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type);
}

export function list<T>(one: T | T[] | undefined): T[] {
  if (one === undefined) return [];
  return Array.isArray(one) ? one : [one];
}

export interface Statement {
  readonly where: string;
  readonly effect: string;
  readonly actions: string[];
  readonly resources: Json[];
  readonly condition: Json;
}

/** All that identities are allowed, role by role. */
export function statements(resources: Resources): Statement[] {
  const found: Statement[] = [];
  const read = (where: string, document: Json): void => {
    for (const entry of list<Json>(document.Statement)) {
      const statement = entry['Fn::If'] === undefined ? entry : entry['Fn::If'][1];
      found.push({
        where,
        effect: statement.Effect,
        actions: list<string>(statement.Action),
        resources: list(statement.Resource),
        condition: statement.Condition ?? {},
      });
    }
  };
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type === 'AWS::IAM::Role') for (const policy of Properties.Policies ?? []) read(id, policy.PolicyDocument);
    if (Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy') read(id, Properties.PolicyDocument);
  }
  return found;
}
