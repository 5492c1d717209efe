import { readFileSync } from 'node:fs';
import type { Node } from 'constructs';

/** Everything that `cdk -c name=value` may set. */
export interface Config {
  readonly stage: string;
  /** Data survives `destroy`, and releases go out as canaries. */
  readonly prod: boolean;
  /** Leaves out what the emulator lacks. */
  readonly emulated: boolean;
  /** Address of the emulator, and what its functions are told beside. */
  readonly emulatorUrl: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly architecture: 'arm64' | 'x86_64';
  readonly imageTag: string;
  readonly adminEmail: string;
  readonly alarmEmail: string | undefined;
  readonly tracing: boolean;
  readonly waf: boolean;
  readonly domain: string | undefined;
  readonly certificateArn: string | undefined;
  readonly maxRunning: number;
  readonly userMaxRunning: number;
  /** Directory with `<binary>/bootstrap`. */
  readonly lambdaDir: string;
  /** Of the workspace, as the functions tell it. */
  readonly version: string;
  /** The dashboard as it was built; without it there is nothing to upload. */
  readonly dashboardDir: string;
}

const ROOT = new URL('../../', import.meta.url).pathname;

export const TEMPLATE = `${ROOT}template.yaml`;

export function config(node: Node): Config {
  const text = (name: string): string | undefined => {
    const value: unknown = node.tryGetContext(name);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const flag = (name: string): boolean => {
    const value = text(name) ?? 'false';
    if (value !== 'true' && value !== 'false') throw new Error(`-c ${name} must be true or false`);
    return value === 'true';
  };
  const number = (name: string, fallback: number): number => {
    const value = Number(text(name) ?? fallback);
    if (!Number.isInteger(value) || value < 1) throw new Error(`-c ${name} must be a whole number above 0`);
    return value;
  };
  const stage = text('stage') ?? 'dev';
  if (!/^[a-z][a-z0-9-]{1,15}$/.test(stage)) throw new Error('-c stage must be 2 to 16 of a-z, 0-9 and -');
  const architecture = text('arch') ?? 'arm64';
  if (architecture !== 'arm64' && architecture !== 'x86_64') throw new Error('-c arch must be arm64 or x86_64');
  const domain = text('domain');
  const certificateArn = text('certificate');
  if ((domain === undefined) !== (certificateArn === undefined)) {
    throw new Error('-c domain and -c certificate belong together');
  }
  const emulated = flag('emulated');
  const emulatorUrl = text('emulatorUrl') ?? process.env.AWS_ENDPOINT_URL;
  if (emulated && emulatorUrl === undefined) throw new Error('-c emulated=true needs AWS_ENDPOINT_URL');
  return {
    stage,
    prod: stage === 'prod',
    emulated,
    emulatorUrl: emulated ? emulatorUrl : undefined,
    variables: emulated ? JSON.parse(text('variables') ?? '{}') : {},
    architecture,
    imageTag: text('imageTag') ?? 'latest',
    adminEmail: text('adminEmail') ?? 'admin@example.com',
    alarmEmail: text('alarmEmail'),
    tracing: flag('tracing'),
    waf: flag('waf'),
    domain,
    certificateArn,
    maxRunning: number('maxRunning', 50),
    userMaxRunning: number('userMaxRunning', 20),
    version: version(),
    lambdaDir: text('lambdaDir') ?? `${ROOT}target/lambda`,
    dashboardDir: text('dashboardDir') ?? `${ROOT}dashboard/dist`,
  };
}

function version(): string {
  const found = /^version = "([^"]+)"$/m.exec(readFileSync(`${ROOT}Cargo.toml`, 'utf8'))?.[1];
  if (found === undefined) throw new Error('Cargo.toml names no version');
  return found;
}
